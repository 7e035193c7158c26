"""The entry point: which half of the program is asked, and how it ends.

`safelight token` is answered before the command library is loaded, since other programs wait for
it at each of their requests.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

from safelight.errors import ConfigurationError, SafelightError

OPERATORS = ("admin", "serve")
_INTERRUPTED = 130
_TERMINATED = 143
_NO_ROOM = frozenset({errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
"""How writing fails where nobody did anything wrong."""
_STANDARD_ERROR = 2


def main() -> None:
    """Exit codes: `exits.py` for a person's commands; 0, 1, 2 and 130 for the operator's."""
    _require_output(sys.argv[1:])
    if sys.argv[1:2] != ["serve"]:
        with suppress(ValueError):  # of a thread, whose program has its own ways
            signal.signal(signal.SIGTERM, _terminate)
    try:
        _end(sys.argv[1:])
    except BrokenPipeError:
        _leave_output()
        _stop("What reads the output has gone away.", 1)
    except UnicodeEncodeError:  # its own words would hold the text, which may be a secret
        _leave_output()
        _stop("Something given, or to be printed, is not text in this encoding. Use UTF-8.", 1)
    except OSError as error:
        if error.filename:
            errors = import_module("safelight.client.errors")
            _fail(errors.file_failure(error.filename, error), sys.argv[1:])
        if error.errno not in _NO_ROOM:
            raise
        _leave_output()
        _stop(f"Writing to the output failed: {error.strerror}.", 1)


def _end(arguments: list[str]) -> NoReturn:
    """Raises, besides SystemExit, what the output itself raises: an error is told there, too."""
    try:
        code = None
        if arguments[:1] == ["token"]:
            code = import_module("safelight.cli.token").answer_lightly(arguments[1:])
        if code is None:
            code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except SafelightError as error:
        _fail(error, arguments)
    except ImportError as error:
        _require_own(error)
        _stop("This needs the server's packages: pip install 'safelight[server]'", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _run(arguments: list[str]) -> Any:
    commands = import_module("safelight.cli.commands")
    try:
        return commands.app(arguments, exit_on_error=False, print_error=False)
    except import_module("cyclopts").CycloptsError as error:
        explain = import_module("safelight.cli.misuse").explain_misuse
        raise ConfigurationError(explain(error)) from None


def _fail(error: SafelightError, arguments: list[str]) -> NoReturn:
    if arguments[:1] and arguments[0] in OPERATORS:
        _stop(error.message, 2 if isinstance(error, ConfigurationError) else 1)
    exits = import_module("safelight.cli.exits")
    exits.tell(error, arguments)
    sys.stdout.flush()  # what was printed before; where that fails, it is told
    _stop(error.message, exits.code_of(error))


def _terminate(*_: object) -> NoReturn:
    """As Ctrl-C does, so that nothing half done is left behind."""
    sys.exit(_TERMINATED)


def _require_output(arguments: list[str]) -> None:
    """A shell may have closed standard output or error, whose numbers the next files would get. A
    server does without; who asks for something wants to see it."""
    if sys.stdout is not None and sys.stderr is not None:
        return
    while os.open(os.devnull, os.O_RDWR) <= _STANDARD_ERROR:
        pass
    nowhere = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    is_closed = sys.stdout is None
    sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    if is_closed and arguments[:1] != ["serve"]:
        _stop("Standard output is closed. Send it to /dev/null instead.", 1)


def _leave_output() -> None:
    """The interpreter writes at its own end what is left, and would fail once more."""
    with suppress(OSError, ValueError):  # what has taken the place of standard output is no file
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())


def _stop(message: str, code: int) -> NoReturn:
    print(f"safelight: {message}", file=sys.stderr)
    sys.exit(code)


def _require_own(error: ImportError) -> None:
    """Raises `error` again unless it says that a package from outside is not installed."""
    cause = error.__cause__ or error
    if not isinstance(cause, ModuleNotFoundError) or (cause.name or "").startswith("safelight"):
        raise error


if __name__ == "__main__":
    main()

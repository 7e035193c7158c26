"""The entry point: which half of the program is asked, and how it ends.

`safelight token` is answered before the command library is loaded, since other programs wait for
it at each of their requests.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, NoReturn

from safelight.errors import ConfigurationError, SafelightError

OPERATORS = ("admin", "serve")
_INTERRUPTED = 130


def main() -> None:
    """Exit codes: `exits.py` for a person's commands; 0, 1, 2 and 130 for the operator's."""
    arguments = sys.argv[1:]
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
    except BrokenPipeError:
        _stop("What reads the output has gone away.", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _run(arguments: list[str]) -> Any:
    commands = import_module("safelight.cli.commands")
    try:
        return commands.app(arguments, exit_on_error=False, print_error=False)
    except import_module("cyclopts").CycloptsError as error:
        raise ConfigurationError(str(error)) from None


def _fail(error: SafelightError, arguments: list[str]) -> NoReturn:
    if arguments[:1] and arguments[0] in OPERATORS:
        _stop(error.message, 2 if isinstance(error, ConfigurationError) else 1)
    exits = import_module("safelight.cli.exits")
    exits.tell(error, arguments)
    _stop(error.message, exits.code_of(error))


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

"""What no answer may hold: that by which its request was signed. Pure.

Some services print a session's token where nobody would look for it. Whoever asks through an
address of ours is not to have it, so the answer is looked through as it passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safelight.client.errors import SecretInAnswer
from safelight.client.grant import Grant
from safelight.client.leaks import credentials_in, credentials_of, written

_SHORTEST = 16
"""A shorter value is no secret that could be kept, such as a cookie that says `1`."""


def secrets_of(grant: Grant | None, sent: Iterable[tuple[str, str]]) -> frozenset[bytes]:
    """The tokens and cookies of a grant, and the credentials among the headers that were `sent`,
    each as it stands in text, in an address and in JSON."""
    secrets = credentials_in(sent) | credentials_of(grant)
    return frozenset(form.encode("utf-8", "replace") for form in written(secrets, _SHORTEST))


def require_harmless(values: Iterable[str], secrets: frozenset[bytes]) -> None:
    """Raises SecretInAnswer for a header that has one."""
    for value in values:
        if any(secret in value.encode("utf-8", "replace") for secret in secrets):
            raise SecretInAnswer


def watched(pieces: Iterable[bytes], secrets: frozenset[bytes]) -> Iterator[bytes]:
    """The same bytes in other pieces. Raises SecretInAnswer before the first byte of a secret is
    given; so the end of a piece is held back until the next one has come."""
    held_back = max(map(len, secrets), default=1) - 1
    held = b""
    for piece in pieces:
        held += piece
        if any(secret in held for secret in secrets):
            raise SecretInAnswer
        end = len(held) - held_back
        if end > 0:
            yield held[:end]
            held = held[end:]
    if held:
        yield held

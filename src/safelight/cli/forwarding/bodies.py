"""The body of a request that came, read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedIOBase

from safelight.cli.forwarding.asked import Asked
from safelight.errors import MalformedRequest, TooLarge

PIECE = 64 * 1024
_WHOLE = 1024 * 1024
"""Up to this a body is held, so that it can be sent again when the session was over."""


class Body:
    """`left` is how many bytes have not been read yet. `begin` is called before the first is.

    There is no `read`: httpx2 would call that in the place of iterating.
    """

    def __init__(self, stream: BufferedIOBase, length: int, begin: Callable[[], None]) -> None:
        self.left: int = length
        self.length: int = length
        self._stream = stream
        self._begin = begin

    def __iter__(self) -> Iterator[bytes]:
        """Raises MalformedRequest when less comes than was said."""
        if self.left:
            self._begin()
        while self.left:
            piece = self._stream.read(min(PIECE, self.left))
            if not piece:
                raise MalformedRequest("The body broke off.")
            self.left -= len(piece)
            yield piece

    def whole(self, most: int) -> bytes:
        """All of it. Raises TooLarge."""
        if self.length > most:
            raise TooLarge(f"The body is larger than {most} bytes.", most)
        return b"".join(self)

    def content(self) -> bytes | Body:
        """What to send on: in one piece where that is small."""
        return self.whole(_WHOLE) if self.length <= _WHOLE else self


def read_length(asked: Asked, most: int) -> int:
    """How long the body is, 0 for none. Raises MalformedRequest where that is not said, TooLarge
    beyond `most`."""
    length = asked.header("content-length")
    if asked.header("transfer-encoding"):
        raise MalformedRequest("The length of a body has to be said (Content-Length).")
    if not length:
        return 0
    if not length.isascii() or not length.isdigit():
        raise MalformedRequest("The length of the body is no number.")
    if len(length) > len(str(most)) or int(length) > most:
        raise TooLarge(f"The body is larger than the {most} bytes that are taken here.", most)
    return int(length)

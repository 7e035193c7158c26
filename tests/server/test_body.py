"""A body that nobody reads, one that breaks off, and one that stalls."""

import asyncio
from collections.abc import Iterable

import pytest

from safelight.server.body import Body, BodyBroken, BodyStalled, Receive


def sender(messages: Iterable[dict[str, object]]) -> tuple[Receive, list[int]]:
    """What an ASGI server gives, and a count of what was asked for."""
    waiting = iter(messages)
    asked = [0]

    async def receive() -> dict[str, object]:
        asked[0] += 1
        return next(waiting)

    return receive, asked


def part(content: bytes, more: bool = True) -> dict[str, object]:
    return {"type": "http.request", "body": content, "more_body": more}


async def test_a_body_is_read_to_its_end_and_no_further() -> None:
    receive, asked = sender([part(b"a"), part(b""), part(b"b", more=False), part(b"c")])
    body = Body(receive, 1)
    assert [chunk async for chunk in body.chunks()] == [b"a", b"b"]
    await body.let_pass()
    assert (body.ended, asked) == (True, [3])


async def test_what_was_not_read_is_let_pass() -> None:
    receive, asked = sender([part(b"a"), part(b"b"), part(b"c", more=False)])
    body = Body(receive, 1)
    async for _ in body.chunks():
        break
    assert not body.ended
    await body.let_pass()
    assert (body.ended, asked) == (True, [3])


async def test_a_body_that_breaks_off_is_told_and_not_waited_for() -> None:
    receive, asked = sender([part(b"a"), {"type": "http.disconnect"}])
    body = Body(receive, 1)
    with pytest.raises(BodyBroken):
        assert [chunk async for chunk in body.chunks()] == []
    await body.let_pass()
    assert (body.ended, asked) == (True, [2])


async def test_a_client_that_goes_away_ends_the_waiting() -> None:
    receive, _ = sender([part(b"a"), {"type": "http.disconnect"}])
    body = Body(receive, 1)
    await body.let_pass()
    assert body.ended


async def test_a_body_that_stalls_is_told_and_not_waited_for() -> None:
    never = asyncio.Event()

    async def receive() -> dict[str, object]:
        await never.wait()
        return {}

    body = Body(receive, 0.01)
    with pytest.raises(BodyStalled):
        assert [chunk async for chunk in body.chunks()] == []
    await body.let_pass()
    assert body.ended

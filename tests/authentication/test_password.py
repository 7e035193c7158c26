"""The password policy, and hashing in a bounded pool."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelight.authentication.password import PasswordHashing, is_hashable, require_acceptable
from safelight.errors import Busy, InvalidFields
from safelight.secret import Secret


@pytest.fixture
def hashing() -> Iterator[PasswordHashing]:
    opened = quick(threads=2, waiting=8)
    yield opened
    opened.close()


def quick(*, threads: int, waiting: int, passes: int = 1) -> PasswordHashing:
    return PasswordHashing(
        memory_kib=8,
        passes=passes,
        threads=threads,
        waiting=waiting,
        dummy_password=Secret("nobody's password"),
    )


async def test_a_thread_that_may_not_be_niced_hashes_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(increment: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "nice", refuse)
    hashing = quick(threads=1, waiting=1)
    encoded = await hashing.hash(Secret("correct horse battery"))
    assert await hashing.verify(encoded, Secret("correct horse battery"))
    hashing.close()


def test_a_password_has_at_least_fifteen_characters() -> None:
    require_acceptable(Secret("a" * 15))
    with pytest.raises(InvalidFields, match="at least 15 characters"):
        require_acceptable(Secret("a" * 14))


def test_each_code_point_counts_as_one_character() -> None:
    require_acceptable(Secret("😀" * 15))
    with pytest.raises(InvalidFields):
        require_acceptable(Secret("😀" * 14))


def test_a_password_has_at_most_1024_bytes() -> None:
    require_acceptable(Secret("a" * 1024))
    require_acceptable(Secret("é" * 512))
    for text in ("a" * 1025, "é" * 512 + "a"):
        with pytest.raises(InvalidFields, match="at most 1024 bytes"):
            require_acceptable(Secret(text))


def test_the_field_at_fault_is_named_as_the_caller_knows_it() -> None:
    with pytest.raises(InvalidFields) as raised:
        require_acceptable(Secret("short"), "new")
    assert list(raised.value.fields) == ["new"]


@pytest.mark.parametrize(
    "text", [" " * 15, "pass word pass word", "\t" * 15, "aaaaaaaaaaaaaaa", "ñ" * 20]
)
def test_nothing_is_asked_of_a_password_but_its_length(text: str) -> None:
    require_acceptable(Secret(text))


def test_what_no_utf8_can_say_is_not_acceptable() -> None:
    assert not is_hashable(Secret("\ud800" * 15))
    with pytest.raises(InvalidFields):
        require_acceptable(Secret("\ud800" * 15))


async def test_a_hash_verifies_its_own_password_only(hashing: PasswordHashing) -> None:
    encoded = await hashing.hash(Secret("correct horse battery"))
    assert encoded.startswith("$argon2id$")
    assert await hashing.verify(encoded, Secret("correct horse battery"))
    for wrong in ("correct horse batter", "Correct horse battery", " correct horse battery", ""):
        assert not await hashing.verify(encoded, Secret(wrong))


@pytest.mark.parametrize("length", [71, 72, 73, 127, 128, 255, 1023])
async def test_no_byte_of_a_long_password_is_left_out(
    hashing: PasswordHashing, length: int
) -> None:
    encoded = await hashing.hash(Secret("p" * length))
    assert await hashing.verify(encoded, Secret("p" * length))
    assert not await hashing.verify(encoded, Secret("p" * (length + 1)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=100))
def test_any_text_is_a_password_as_it_is(hashing: PasswordHashing, text: str) -> None:
    async def check() -> None:
        encoded = await hashing.hash(Secret(text))
        assert await hashing.verify(encoded, Secret(text))
        assert not await hashing.verify(encoded, Secret(text + "x"))

    asyncio.run(check())


async def test_an_unknown_account_costs_a_hash_and_is_never_right(
    hashing: PasswordHashing,
) -> None:
    before = hashing.count
    assert not await hashing.verify(None, Secret("nobody's password"))
    assert hashing.count == before + 1


@pytest.mark.parametrize("text", ["a" * 1025, "\ud800", "a" * 10**6])
async def test_what_cannot_be_a_password_costs_a_hash_all_the_same(
    hashing: PasswordHashing, text: str
) -> None:
    encoded = await hashing.hash(Secret(""))
    before = hashing.count
    await hashing.verify(None, Secret(text))
    assert hashing.count == before + 1
    assert encoded


async def test_a_password_too_long_to_be_one_is_not_the_empty_one(
    hashing: PasswordHashing,
) -> None:
    encoded = await hashing.hash(Secret(""))
    assert not await hashing.verify(encoded, Secret("a" * 1025))


@pytest.mark.parametrize("encoded", ["", "$argon2id$", "$2b$12$abc", "plain text", "\x00"])
async def test_a_damaged_hash_verifies_nothing(hashing: PasswordHashing, encoded: str) -> None:
    assert not await hashing.verify(encoded, Secret("correct horse battery"))


async def test_a_hash_of_other_parameters_is_outdated(hashing: PasswordHashing) -> None:
    stronger = quick(threads=1, waiting=1, passes=2)
    encoded = await hashing.hash(Secret("correct horse battery"))
    assert not hashing.is_outdated(encoded)
    assert stronger.is_outdated(encoded)
    assert await stronger.verify(encoded, Secret("correct horse battery"))
    stronger.close()


async def test_one_more_than_may_wait_is_refused_and_room_comes_back() -> None:
    hashing = quick(threads=1, waiting=2)
    calls = [asyncio.create_task(hashing.hash(Secret("x"))) for _ in range(4)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 3
    assert sum(isinstance(result, Busy) for result in results) == 1
    assert await hashing.hash(Secret("x"))
    hashing.close()

"""What is remembered is bounded, and over with any change."""

from __future__ import annotations

import pytest

from safelight.recall import Recall


class Changes:
    def __init__(self) -> None:
        self.count = 2

    def __call__(self) -> int:
        return self.count


def test_a_value_is_known_until_something_changes() -> None:
    changes = Changes()
    recall: Recall[str, str] = Recall(changes)
    recall.keep("key", "value", recall.count())
    assert recall.get("key") == "value"
    changes.count = 4
    assert recall.get("key") is None


def test_what_was_known_before_a_change_does_not_come_back_with_what_is_kept_after() -> None:
    changes = Changes()
    recall: Recall[str, str] = Recall(changes)
    recall.keep("old", "value", 2)
    changes.count = 4
    recall.keep("new", "value", 4)
    assert (recall.get("old"), recall.get("new")) == (None, "value")


@pytest.mark.parametrize(("before", "after"), [(3, 3), (2, 4), (2, 3)])
def test_nothing_is_kept_when_a_change_is_under_way_or_came_between(
    before: int, after: int
) -> None:
    changes = Changes()
    changes.count = after
    recall: Recall[str, str] = Recall(changes)
    recall.keep("key", "value", before)
    assert recall.get("key") is None


def test_the_first_of_too_many_values_goes_first() -> None:
    recall: Recall[int, str] = Recall(Changes())
    for number in range(131_073):
        recall.keep(number, "value", 2)
    assert recall.get(0) is None
    assert recall.get(1) == recall.get(131_072) == "value"


def test_long_keys_make_room_for_one_another() -> None:
    recall: Recall[bytes, int] = Recall(Changes(), len)
    keys = [bytes([number]) * 16 * 2**20 for number in range(5)]
    for number, key in enumerate(keys):
        recall.keep(key, number, 2)
        recall.keep(key, number, 2)  # again, and at no cost
    assert [recall.get(key) for key in keys] == [None, 1, 2, 3, 4]


def test_a_change_frees_the_room_that_keys_took() -> None:
    changes = Changes()
    recall: Recall[bytes, int] = Recall(changes, len)
    for number in range(4):
        recall.keep(bytes([number]) * 16 * 2**20, number, 2)
    changes.count = 4
    for number in range(4, 8):
        recall.keep(bytes([number]) * 16 * 2**20, number, 4)
    assert recall.get(bytes([4]) * 16 * 2**20) == 4

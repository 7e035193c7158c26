"""A share of `dev.py prove parallel`: two workers, many connections."""

from __future__ import annotations

import time
from collections.abc import Generator

import pytest
from tools.prove import parallel
from tools.prove.ending import Hammer, ends_are_heeded
from tools.prove.kinds import native
from tools.prove.parallel import (
    cookies_do_not_collide,
    guesses_are_counted,
    refreshes_have_one_successor,
)
from tools.prove.proof import Broken, Effort, Tally
from tools.prove.scene import Scene, scene
from tools.prove.sharing import one_wins

SHARE = Effort(seed=20260301, share=0.025)


@pytest.fixture(scope="module")
def two_workers() -> Generator[Scene, None, None]:
    with scene(parallel.SETTINGS) as found:
        yield found


def test_two_hundred_requests_with_one_cookie_sign_nobody_out(two_workers: Scene) -> None:
    tally = Tally()
    cookies_do_not_collide(two_workers, Effort(seed=20260301, share=1), tally)
    assert tally["requests with one cookie"] == 1000


def test_a_refresh_token_has_one_successor_and_a_late_use_ends_all(two_workers: Scene) -> None:
    tally = Tally()
    refreshes_have_one_successor(two_workers, Effort(seed=20260301, share=0.2), tally)
    assert tally["refreshes at once"] == 40


def test_of_guesses_at_once_as_many_as_allowed_learn_anything(two_workers: Scene) -> None:
    tally = Tally()
    guesses_are_counted(two_workers, Effort(seed=20260301, share=0.5), tally)
    assert tally["guesses at once"] > 200


def test_of_many_who_want_one_thing_one_gets_it(two_workers: Scene) -> None:
    tally = Tally()
    one_wins(two_workers, Effort(seed=20260301, share=0.4), tally)
    assert tally["races for one thing"] > 50


def test_what_ends_is_over_at_both_workers_for_the_next_request(two_workers: Scene) -> None:
    tally = Tally()
    ends_are_heeded(two_workers, SHARE, tally)
    assert tally["ends of every kind"] > 30
    assert tally["sessions ended"] > 50
    assert tally["accounts suspended"] > 30
    assert tally["requests meanwhile"] > 500


def test_a_request_that_is_answered_after_the_end_breaks_the_proof(two_workers: Scene) -> None:
    person = two_workers.add_person("never-ended")
    (token,) = native(two_workers.workers[0], person)
    hammer = Hammer(two_workers.server.port)
    try:
        said_to_end = time.monotonic()
        hammer.show((token,))
        time.sleep(0.2)
        with pytest.raises(Broken, match="native token was over, and"):
            hammer.require_refused_since(said_to_end, (token,))
    finally:
        hammer.stop()

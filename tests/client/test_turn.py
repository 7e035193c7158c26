"""One at a time, and never nobody for ever."""

import gc
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
import pytest

import safelight.client
from safelight.client.driving import drive
from safelight.client.steps import Steps, TakeTurn
from safelight.client.turn import Turn

CLIENT = str(Path(safelight.client.__file__).parent)


def test_a_turn_is_held_by_one(tmp_path: Path) -> None:
    first, second = Turn(tmp_path / "turn").claim(), Turn(tmp_path / "turn").claim()
    assert first.take()
    assert not second.take_now()
    first.release()
    assert second.take_now()
    second.release()


def test_a_claim_that_does_not_have_it_gives_nothing_back() -> None:
    turn = Turn()
    with turn.claim() as owner:
        assert owner.take()
        with turn.claim() as other:
            assert not other.take_now()
        with turn.claim() as third:
            assert not third.take_now()


def test_a_claim_that_is_gone_without_a_word_is_in_nobody_s_way(tmp_path: Path) -> None:
    turn = Turn(tmp_path / "turn")
    claim = turn.claim()
    assert claim.take()
    del claim
    gc.collect()
    with turn.claim() as next_one:
        assert next_one.take_now()
    assert Turn(tmp_path / "turn").claim().take_now()


def test_a_claim_has_a_lock_of_its_own_that_no_other_gives_back(tmp_path: Path) -> None:
    """Two that find a dead one's seat at once may both believe that it is theirs."""
    turn = Turn(tmp_path / "turn")
    first, second = turn.claim(), turn.claim()
    assert first.take()
    turn._seat.clear()
    assert not second.take_now()
    second.release()
    assert not Turn(tmp_path / "turn").claim().take_now()
    turn._seat.clear()
    del first
    gc.collect()
    assert second.take_now()
    second.release()


class Interrupt:
    """Ctrl-C at the `nth` instruction of the client library, which is a line or less."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(CLIENT):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def take_and_work(turn: Turn) -> Steps[str]:
    with turn.claim() as claim:
        yield TakeTurn(claim)
        return "done"


@pytest.mark.parametrize("with_file", [False, True])
def test_an_interrupt_at_any_instruction_leaves_no_turn_taken(
    tmp_path: Path, with_file: bool
) -> None:
    path = tmp_path / "turn" if with_file else None
    turn, beside = Turn(path), Turn(path)
    nth, interrupted = 0, 0
    with httpx2.Client() as http:
        while True:
            nth += 1
            before = sys.gettrace()
            sys.settrace(Interrupt(nth))
            try:
                drive(take_and_work(turn), http, time.sleep)
                break
            except KeyboardInterrupt:
                interrupted += 1
            finally:
                sys.settrace(before)
            for each in (turn, beside):
                with each.claim() as claim:
                    assert claim.take_now(), nth
    assert interrupted > 100

"""A share of `dev.py prove soak`: each service, over a way on which much goes wrong."""

from __future__ import annotations

import pytest
from tools.prove import soak
from tools.prove.proof import Broken, Effort, Tally
from tools.prove.soak import KINDS, Kind

from safelight.client import pacing
from safelight.client.pacing import Pace
from safelight.client.session import Session

SHARE = Effort(seed=20260301, share=0.03)
STUDIO, *_ = KINDS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_session_is_lost_no_write_doubled_and_no_wait_cut_short(kind: Kind) -> None:
    tally = Tally()
    soak.soak(kind, SHARE, tally)
    assert tally["calls"] == round(kind.calls * 0.03)
    assert tally["faults"] > tally["calls"] / 5


def test_a_client_that_sends_before_its_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "_told", lambda pace, response: None)
    with pytest.raises(Broken, match="before the time"):
        soak.soak(STUDIO, SHARE, Tally())


def test_a_client_that_repeats_what_may_have_happened_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "SAFE_METHODS", frozenset({"GET", "POST"}))
    with pytest.raises(Broken, match="written twice"):
        soak.soak(STUDIO, SHARE, Tally())


def test_a_client_that_signs_in_for_each_request_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "_is_over", lambda session, grant, ahead: True)
    with pytest.raises(Broken, match="sign-ins where"):
        soak.soak(STUDIO, SHARE, Tally())

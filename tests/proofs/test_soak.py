"""A share of `dev.py prove soak`: each service, over a way on which much goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from tests.client.services import SERVICES
from tools.prove.proof import Broken
from tools.prove.soak import soak

from safelight.client import pacing
from safelight.client.quiet import Quiet
from safelight.client.session import Session
from safelight.client.signing import Signing

CALLS = 300
SEED = 20260301


@pytest.mark.parametrize("name", SERVICES)
def test_no_session_is_lost_no_write_doubled_and_no_wait_cut_short(name: str) -> None:
    tally = soak(name, calls=CALLS, seed=SEED)
    assert tally["calls"] == CALLS
    assert tally["faults"] > CALLS / 4
    assert tally["sign-ins"] > 5


def test_a_client_that_sends_before_its_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "pause_asked", lambda response, now: None)
    monkeypatch.setattr(Quiet, "note", lambda quiet, response, clock: None)
    with pytest.raises(Broken, match="before the time"):
        soak("studio", calls=CALLS, seed=SEED)


def test_a_client_that_repeats_what_may_have_happened_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pacing, "SAFE_METHODS", frozenset({"GET", "POST"}))
    with pytest.raises(Broken, match="written twice"):
        soak("studio", calls=CALLS, seed=SEED)


def test_a_client_that_signs_in_for_each_request_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "_is_over", lambda session, grant, ahead: True)
    with pytest.raises(Broken, match="sign-ins where"):
        soak("studio", calls=CALLS, seed=SEED)


def test_a_client_that_overlooks_a_rotated_cookie_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def overlook(session: Session, held: Any, response: Any) -> Any:
        session._renewing.prove(held.id)
        yield from ()

    monkeypatch.setattr(Session, "_absorb", overlook)
    with pytest.raises(Broken, match="sign-ins where"):
        soak("galleries", calls=CALLS, seed=SEED)


def test_a_client_that_binds_its_organization_once_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bind, bound = Signing.select, []

    def bind_once(signing: Signing, organization: str, grant: Any, like: Any) -> Any:
        if not bound:
            grant = yield from bind(signing, organization, grant, like)
            bound.append(organization)
        return grant

    monkeypatch.setattr(Signing, "select", bind_once)
    with pytest.raises(Broken, match="acts for its organization no more"):
        soak("photoshelter-token", calls=CALLS, seed=SEED)
    assert bound

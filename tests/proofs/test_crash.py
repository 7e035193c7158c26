"""A share of `dev.py prove crash`: server, worker and supervisor are each killed once."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tools.prove import crash
from tools.prove.clientele import Acknowledged
from tools.prove.crash import require_kept
from tools.prove.kinds import Person
from tools.prove.operator import QUICK, operating
from tools.prove.proof import Broken, Effort
from tools.running import running


def test_what_was_acknowledged_survives_kills() -> None:
    tally = crash.prove(Effort(seed=20260301, share=0.125))
    assert tally["kills of the server"] == 1
    assert tally["kills of a worker"] == 1
    assert tally["kills of the supervisor"] == 1
    assert tally["photos added"] > 5
    assert tally["sessions opened"] > 5


def test_a_loss_is_seen(tmp_path: Path) -> None:
    with operating(tmp_path / "data") as operator:
        account = operator.add_account("ada")
        good, gone = operator.open_session(account), operator.open_session(account)
        operator.end_session(gone.id)
    person, drawn = Person("ada", account.email, "", "", 0), Random(1)
    with running(tmp_path / "data", settings=QUICK, log=tmp_path / "log") as server:
        for known, lost in (
            (Acknowledged(sessions={good.token, gone.token}), "an acknowledged session gets 401"),
            (Acknowledged(ended={good.token, gone.token}), "an ended session gets 200"),
            (Acknowledged(photos={"I0000AAAAAAAAAAA": b"x"}), "an acknowledged photo gets 404"),
            (Acknowledged(refresh="x"), "the last refresh token gets 401"),
        ):
            with pytest.raises(Broken, match=lost):
                require_kept(server, person, known, drawn)

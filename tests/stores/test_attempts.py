"""Failed sign-ins in SQL."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import msgspec
from tests.stores.records import MICROSECOND, NOW, SECOND, Worker, an_event

from safelight.authentication.audit import What
from safelight.authentication.throttle import Counted, Subject

ADA = Subject(b"account", 3)
HOST = Subject(b"address", 5)
EVER = Counted(after=NOW - timedelta(days=1), before=NOW + timedelta(days=1))
REFUSED = an_event(What.SIGN_IN_REFUSED)


def after(instant: datetime) -> Counted:
    return msgspec.structs.replace(EVER, after=instant)


async def test_failures_are_counted_for_all_subjects_and_workers(
    here: Worker, there: Worker
) -> None:
    await here.attempts.fail((ADA, HOST), NOW, EVER, REFUSED)
    await there.attempts.fail((HOST,), NOW + SECOND, EVER, REFUSED)

    assert here.attempts.failures(ADA, EVER) == [NOW]
    assert here.attempts.failures(HOST, EVER) == [NOW + SECOND, NOW]
    assert here.attempts.failures(Subject(b"other", 3), EVER) == []
    assert here.audited() == ["sign_in_refused"] * 2


async def test_no_more_failures_are_read_than_decide(here: Worker) -> None:
    for count in range(5):
        lenient = Subject(ADA.key, 5)
        await here.attempts.fail((lenient,), NOW + count * SECOND, EVER, REFUSED)

    newest = here.attempts.failures(ADA, EVER)

    assert newest == [NOW + 4 * SECOND, NOW + 3 * SECOND, NOW + 2 * SECOND]


async def test_a_failure_counts_until_the_instant_its_window_ends(here: Worker) -> None:
    await here.attempts.fail((ADA,), NOW, EVER, REFUSED)

    assert here.attempts.failures(ADA, after(NOW - MICROSECOND)) == [NOW]
    assert here.attempts.failures(ADA, after(NOW)) == []


async def test_failures_of_a_clock_that_was_ahead_do_not_count_and_are_forgotten(
    here: Worker,
) -> None:
    for _ in range(3):
        await here.attempts.fail((ADA,), EVER.before, EVER, REFUSED)

    assert here.attempts.failures(ADA, EVER) == []
    assert await here.attempts.may_pass((ADA,), EVER)
    assert await here.attempts.fail((HOST,), NOW, EVER, REFUSED)
    (left,) = here.database.raw.execute("SELECT count(*) FROM attempt").fetchone()
    assert left == 1


async def test_old_failures_are_forgotten_whoever_they_are_of(here: Worker) -> None:
    await here.attempts.fail((ADA,), NOW, EVER, REFUSED)
    await here.attempts.fail((HOST,), NOW + SECOND, after(NOW), REFUSED)

    (left,) = here.database.raw.execute("SELECT count(*) FROM attempt").fetchone()
    assert left == 1
    assert here.attempts.failures(ADA, EVER) == []


async def test_of_failures_at_once_only_the_allowed_number_is_written(
    here: Worker, there: Worker
) -> None:
    written = await asyncio.gather(
        *(worker.attempts.fail((ADA, HOST), NOW, EVER, REFUSED) for worker in (here, there) * 10)
    )

    assert written.count(True) == 3
    assert here.attempts.failures(ADA, EVER) == [NOW] * 3
    assert here.attempts.failures(HOST, EVER) == [NOW] * 3
    assert here.audited() == ["sign_in_refused"] * 3


async def test_who_comes_after_the_last_allowed_failure_does_not_pass(
    here: Worker, there: Worker
) -> None:
    failing = [there.attempts.fail((ADA,), NOW, EVER, REFUSED) for _ in range(3)]
    assert await here.attempts.may_pass((ADA, HOST), EVER)
    await asyncio.gather(*failing)

    assert not await here.attempts.may_pass((ADA, HOST), EVER)
    assert await here.attempts.may_pass((HOST,), EVER)
    assert await here.attempts.may_pass((ADA,), after(NOW))

"""The audit table and notifications."""

from __future__ import annotations

from tests.stores.records import NOW, Worker, a_notice, add_account

from safelight.authentication.audit import Event, What
from safelight.identity.ids import AccountId

EVENT = Event(
    what=What.TOKEN_REPLAYED,
    at=NOW,
    account_id=AccountId("U0000ada"),
    realm="librephotos",
    address="192.0.2.1",
    detail={"session": "ses_1", "reason": "“replayed”"},
)


async def test_an_event_is_written_with_all_that_it_says(here: Worker) -> None:
    await here.journal.record(EVENT)

    rows = here.database.raw.execute(
        "SELECT at, event, account_id, realm, address, detail FROM audit"
    ).fetchall()
    assert rows == [
        (
            1772366400123457,
            "token_replayed",
            "U0000ada",
            "librephotos",
            "192.0.2.1",
            '{"session":"ses_1","reason":"“replayed”"}',
        )
    ]


async def test_a_notice_is_left_unread(here: Worker) -> None:
    account = await add_account(here)

    await here.leave(a_notice(account.id, "token_replayed"))

    ((id_, *rest),) = here.database.raw.execute(
        "SELECT id, number, account_id, kind, text, created_at, read_at FROM notification"
    ).fetchall()
    assert id_.startswith("not_")
    assert rest == [
        1,
        account.id,
        "token_replayed",
        "Something happened.",
        1772366400123457,
        None,
    ]


async def test_a_notice_for_nobody_is_not_left(here: Worker) -> None:
    await here.leave(a_notice(AccountId("U0000gone")))

    assert here.notices() == []

"""What every session store must do. A test class of an adapter inherits it.

`here` and `there` are two workers over the same store.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from tests.stores.records import (
    DEVICE,
    MICROSECOND,
    NOW,
    SECOND,
    Worker,
    a_notice,
    a_session,
    add_account,
    add_session,
    an_event,
    an_organization,
    digest_of,
    proof,
)

from safelight.authentication.audit import What
from safelight.authentication.ports import PasswordRecord
from safelight.errors import AccountMissing, InvalidCredential, NotFound
from safelight.identity.ids import SessionId
from safelight.identity.realm import Carrier


async def eventually_seen(worker: Worker, id: SessionId) -> object:
    """The session's last use as it stands written, once nothing that was touched is waiting."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        await task
    held = await worker.sessions.find_by_id(id)
    assert held is not None
    written = await worker.sessions.of_account(held.session.account_id)
    return next(session.last_seen_at for session in written if session.id == id)


class SessionStoreContract:
    # --- finding ------------------------------------------------------------------------------

    @pytest.mark.parametrize("carrier", list(Carrier))
    async def test_a_session_is_found_as_it_was_added(self, here: Worker, carrier: Carrier) -> None:
        account = await add_account(here)
        organization = an_organization()
        await here.organizations.add(organization, an_event(What.ORGANIZATION_ADDED))
        session = a_session(account, organization_id=organization.id, carrier=carrier)

        await here.sessions.add(
            session,
            digest_of("token"),
            an_event(),
            device=DEVICE,
            notice=None,
            proved=proof(account),
        )

        by_digest = await here.sessions.find(digest_of("token"))
        by_id = await here.sessions.find_by_id(session.id)
        assert by_digest is not None
        assert by_digest.session == session
        assert by_digest.account == account
        assert by_id == by_digest

    async def test_an_instant_keeps_its_microseconds(self, here: Worker) -> None:
        account = await add_account(here)
        for count in range(50):
            at = NOW + count * MICROSECOND
            session = await add_session(here, account, f"token {count}", created_at=at)

            held = await here.sessions.find_by_id(session.id)

            assert held is not None
            assert held.session.created_at == at

    async def test_an_unknown_session_is_not_found(self, here: Worker) -> None:
        assert await here.sessions.find(digest_of("unknown")) is None
        assert await here.sessions.find_by_id(SessionId("ses_unknown")) is None

    async def test_an_id_that_no_file_can_hold_is_not_found(self, here: Worker) -> None:
        assert await here.sessions.find_by_id(SessionId("ses_\ud800")) is None

    async def test_an_accounts_sessions_are_listed_newest_first(self, here: Worker) -> None:
        account, other = await add_account(here), await add_account(here)
        old = await add_session(here, account, created_at=NOW)
        new = await add_session(here, account, created_at=NOW + SECOND)
        await add_session(here, other)

        assert await here.sessions.of_account(account.id) == [new, old]

    # --- adding -------------------------------------------------------------------------------

    async def test_the_first_device_of_an_account_is_no_news(self, here: Worker) -> None:
        account = await add_account(here)

        await add_session(here, account, device=b"laptop")

        assert here.notices() == []

    async def test_a_new_device_is_news_once(self, here: Worker) -> None:
        account = await add_account(here)
        await add_session(here, account, device=b"laptop")

        await add_session(here, account, device=b"phone")
        await add_session(here, account, device=b"phone")
        await add_session(here, account, device=b"laptop")

        assert here.notices() == [(account.id, "new_device")]

    async def test_a_new_device_without_a_notice_is_known_from_then_on(self, here: Worker) -> None:
        account = await add_account(here)
        await add_session(here, account, device=b"laptop")
        session = a_session(account)
        await here.sessions.add(
            session,
            digest_of("quiet"),
            an_event(),
            device=b"phone",
            notice=None,
            proved=proof(account),
        )

        await add_session(here, account, device=b"phone")

        assert here.notices() == []

    async def test_adding_writes_its_event(self, here: Worker) -> None:
        account = await add_account(here)

        await add_session(here, account)

        assert here.audited() == ["account_added", "signed_in"]

    async def test_nothing_is_added_for_an_account_that_is_gone(self, here: Worker) -> None:
        account = await add_account(here)
        await here.accounts.remove(account.id, an_event(What.ACCOUNT_DELETED))

        with pytest.raises(AccountMissing):
            await add_session(here, account)

        assert here.audited() == ["account_added", "account_deleted"]

    async def test_a_sign_in_that_a_change_of_the_password_overtook_is_refused(
        self, here: Worker, there: Worker
    ) -> None:
        account = await add_account(here)
        kept = await add_session(here, account)
        await there.accounts.change_password(
            account.id,
            PasswordRecord(encoded="new", changed_at=NOW + SECOND, must_change=False),
            an_event(What.PASSWORD_CHANGED),
            keep=kept.id,
            notice=a_notice(account.id),
        )

        with pytest.raises(InvalidCredential):
            await add_session(here, account, created_at=NOW + SECOND + MICROSECOND)
        await add_session(here, account, proved=proof(account, NOW + SECOND))

    # --- using --------------------------------------------------------------------------------

    async def test_a_touch_moves_the_last_use(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here))

        await here.sessions.touch(session.id, NOW + SECOND)

        assert await eventually_seen(here, session.id) == NOW + SECOND

    async def test_who_saw_a_use_knows_it_before_it_is_written(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here), "token")
        assert await here.sessions.find(digest_of("token"))

        await here.sessions.touch(session.id, NOW + SECOND)

        for held in (
            await here.sessions.find(digest_of("token")),
            await here.sessions.find_by_id(session.id),
        ):
            assert held is not None
            assert held.session.last_seen_at == NOW + SECOND

    async def test_who_asks_anew_learns_of_a_use_that_another_worker_saw(
        self, here: Worker, there: Worker
    ) -> None:
        session = await add_session(here, await add_account(here))
        await here.sessions.touch(session.id, NOW + SECOND)
        await eventually_seen(here, session.id)
        assert await there.sessions.find_by_id(session.id)

        await here.sessions.touch(session.id, NOW + timedelta(seconds=9))
        await eventually_seen(here, session.id)

        held = await there.sessions.find_anew(session.id)
        assert held is not None
        assert held.session.last_seen_at == NOW + timedelta(seconds=9)

    async def test_the_newest_of_many_touches_stays(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here))

        for seconds in (1, 3, 2):
            await here.sessions.touch(session.id, NOW + timedelta(seconds=seconds))

        assert await eventually_seen(here, session.id) == NOW + timedelta(seconds=3)

    async def test_a_late_touch_never_moves_the_last_use_back(
        self, here: Worker, there: Worker
    ) -> None:
        session = await add_session(here, await add_account(here))
        await there.sessions.touch(session.id, NOW + timedelta(seconds=9))
        await eventually_seen(there, session.id)

        await here.sessions.touch(session.id, NOW + SECOND)

        assert await eventually_seen(here, session.id) == NOW + timedelta(seconds=9)

    async def test_touching_a_session_that_is_gone_does_nothing(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here))
        await here.sessions.remove(session.id, an_event(What.SIGNED_OUT))
        other = await add_session(here, await add_account(here))

        await here.sessions.touch(session.id, NOW + SECOND)
        await here.sessions.touch(other.id, NOW + SECOND)

        assert await eventually_seen(here, other.id) == NOW + SECOND
        assert await here.sessions.find_by_id(session.id) is None

    async def test_a_session_can_be_bound_and_unbound(self, here: Worker, there: Worker) -> None:
        account = await add_account(here)
        session = await add_session(here, account)
        organization = an_organization()
        await here.organizations.add(organization, an_event(What.ORGANIZATION_ADDED))

        assert await here.sessions.bind(
            session.id, organization.id, an_event(What.ORGANIZATION_SELECTED)
        )
        bound = await there.sessions.find_by_id(session.id)
        assert await here.sessions.bind(session.id, None, an_event(What.ORGANIZATION_SELECTED))
        unbound = await there.sessions.find_by_id(session.id)

        assert bound is not None
        assert bound.session == msgspec.structs.replace(session, organization_id=organization.id)
        assert unbound is not None
        assert unbound.session == session

    async def test_a_session_that_is_gone_is_not_bound(self, here: Worker) -> None:
        bound = await here.sessions.bind(
            SessionId("ses_gone"), None, an_event(What.ORGANIZATION_SELECTED)
        )

        assert bound is False
        assert here.audited() == []

    async def test_a_session_is_not_bound_to_an_organization_that_is_gone(
        self, here: Worker
    ) -> None:
        session = await add_session(here, await add_account(here))

        with pytest.raises(NotFound):
            await here.sessions.bind(
                session.id, an_organization().id, an_event(What.ORGANIZATION_SELECTED)
            )

    async def test_a_token_is_shown_again_once_to_one_of_many(self, here: Worker) -> None:
        await add_session(here, await add_account(here), "token")

        shown = await asyncio.gather(
            *(here.sessions.show_again(digest_of("token"), NOW - SECOND) for _ in range(20))
        )

        assert sorted(shown) == [False] * 19 + [True]

    @pytest.mark.parametrize(
        ("age_above_limit", "expected"),
        [(-MICROSECOND, True), (timedelta(), False), (MICROSECOND, False)],
    )
    async def test_a_token_is_shown_again_only_while_it_is_new(
        self, here: Worker, age_above_limit: timedelta, expected: bool
    ) -> None:
        await add_session(here, await add_account(here), "token")

        shown = await here.sessions.show_again(digest_of("token"), NOW + age_above_limit)

        assert shown is expected

    # --- ending -------------------------------------------------------------------------------

    async def test_a_session_that_one_worker_ends_is_gone_for_the_other_at_once(
        self, here: Worker, there: Worker
    ) -> None:
        session = await add_session(here, await add_account(here), "token")
        assert await there.sessions.find(digest_of("token")) is not None

        assert await here.sessions.remove(session.id, an_event(What.SIGNED_OUT))

        assert await there.sessions.find(digest_of("token")) is None
        assert await there.sessions.find_by_id(session.id) is None

    async def test_a_session_ends_once(self, here: Worker, there: Worker) -> None:
        session = await add_session(here, await add_account(here))

        ended = await asyncio.gather(
            *(
                worker.sessions.remove(
                    session.id, an_event(What.TOKEN_REPLAYED), notice=a_notice(session.account_id)
                )
                for worker in (here, there) * 5
            )
        )

        assert sorted(ended) == [False] * 9 + [True]
        assert here.audited().count("token_replayed") == 1
        assert len(here.notices()) == 1

    async def test_all_sessions_of_one_account_end_in_every_realm(self, here: Worker) -> None:
        account, other = await add_account(here), await add_account(here)
        await add_session(here, account, realm="native")
        await add_session(here, account, realm="studio")
        stays = await add_session(here, other)

        ended = await here.sessions.remove_all_of(
            account.id, NOW + SECOND, an_event(What.SESSIONS_ENDED), keep=None
        )

        assert ended == 2
        assert await here.sessions.of_account(account.id) == []
        assert await here.sessions.of_account(other.id) == [stays]
        assert here.audited()[-1] == "sessions_ended"

    async def test_ending_all_moves_the_instant_from_which_sessions_are_valid(
        self, here: Worker
    ) -> None:
        account = await add_account(here)
        at = NOW + SECOND

        await here.sessions.remove_all_of(account.id, at, an_event(What.SESSIONS_ENDED), keep=None)

        found = await here.accounts.find(account.id)
        assert found is not None
        assert found.sessions_valid_from == at

    @pytest.mark.parametrize("late", [SECOND, -SECOND, 0 * SECOND])
    async def test_a_sign_in_that_the_end_of_all_sessions_overtook_is_refused(
        self, here: Worker, there: Worker, late: timedelta
    ) -> None:
        """Whatever the clocks say."""
        account = await add_account(here)
        at = account.sessions_valid_from + late
        await there.sessions.remove_all_of(account.id, at, an_event(What.SESSIONS_ENDED), keep=None)

        with pytest.raises(InvalidCredential):
            await add_session(here, account)
        now = await here.accounts.find(account.id)
        assert now is not None
        await add_session(here, account, proved=proof(now, account.created_at))

    async def test_that_instant_never_moves_back(self, here: Worker) -> None:
        """Under a clock that was set back it moves on all the same: a sign-in that is under way is
        over, too."""
        account = await add_account(here)
        moved = []
        for at in (NOW + SECOND, NOW, NOW + SECOND + MICROSECOND):
            await here.sessions.remove_all_of(
                account.id, at, an_event(What.SESSIONS_ENDED), keep=None
            )
            found = await here.accounts.find(account.id)
            assert found is not None
            moved.append(found.sessions_valid_from)

        assert moved == [NOW + SECOND + count * MICROSECOND for count in range(3)]

    async def test_a_kept_session_outlives_the_others_and_stays_valid(self, here: Worker) -> None:
        account = await add_account(here)
        kept = await add_session(here, account)
        await add_session(here, account)

        ended = await here.sessions.remove_all_of(
            account.id, NOW + SECOND, an_event(What.SESSIONS_ENDED), keep=kept.id
        )

        held = await here.sessions.find_by_id(kept.id)
        assert ended == 1
        assert await here.sessions.of_account(account.id) == [kept]
        assert held is not None
        assert held.account.sessions_valid_from == account.sessions_valid_from

    async def test_a_purge_removes_what_is_over_in_its_realm(self, here: Worker) -> None:
        account = await add_account(here)
        await add_session(here, account, created_at=NOW - timedelta(hours=2))
        stays = await add_session(here, account, created_at=NOW - timedelta(hours=1))
        elsewhere = await add_session(
            here, account, realm="studio", created_at=NOW - timedelta(hours=2)
        )
        limit = NOW - timedelta(hours=1)

        idle = await here.sessions.purge(
            "native", seen_before=limit, created_before=NOW - timedelta(days=9)
        )
        old = await here.sessions.purge(
            "studio", seen_before=NOW - timedelta(days=9), created_before=limit
        )

        assert (idle, old) == (1, 1)
        assert await here.sessions.of_account(account.id) == [stays]
        assert await here.sessions.find_by_id(elsewhere.id) is None

    # --- rotating -----------------------------------------------------------------------------

    async def test_exactly_one_of_many_rotations_at_once_wins(
        self, here: Worker, there: Worker
    ) -> None:
        session = await add_session(here, await add_account(here), "first")

        async def rotate(worker: Worker, jti: str) -> str | None:
            return await worker.sessions.rotate(
                session.id,
                used=digest_of("first"),
                successor=digest_of(jti),
                successor_jti=jti,
                at=NOW,
            )

        answers = await asyncio.gather(
            *(rotate((here, there)[number % 2], f"jti {number}") for number in range(50))
        )

        winners = set(answers)
        assert len(winners) == 1
        (winner,) = winners
        assert winner is not None
        assert await here.sessions.find(digest_of(winner)) is not None
        assert await here.sessions.find(digest_of("first")) is None
        assert len(await here.sessions.of_account(session.account_id)) == 1

    async def test_a_used_token_leads_to_the_session_and_the_instant(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here), "first")
        assert await here.sessions.rotated_at(digest_of("first")) is None

        await here.sessions.rotate(
            session.id,
            used=digest_of("first"),
            successor=digest_of("second"),
            successor_jti="second",
            at=NOW + SECOND,
        )

        assert await here.sessions.rotated_at(digest_of("first")) == (session.id, NOW + SECOND)
        assert await here.sessions.rotated_at(digest_of("second")) is None

    async def test_a_token_of_another_session_rotates_nothing(self, here: Worker) -> None:
        account = await add_account(here)
        session = await add_session(here, account, "mine")
        await add_session(here, account, "other")

        successor = await here.sessions.rotate(
            session.id,
            used=digest_of("other"),
            successor=digest_of("next"),
            successor_jti="next",
            at=NOW,
        )

        assert successor is None
        assert await here.sessions.find(digest_of("mine")) is not None
        assert await here.sessions.find(digest_of("other")) is not None
        assert await here.sessions.find(digest_of("next")) is None

    async def test_the_used_tokens_of_a_session_go_with_it(self, here: Worker) -> None:
        session = await add_session(here, await add_account(here), "first")
        await here.sessions.rotate(
            session.id,
            used=digest_of("first"),
            successor=digest_of("second"),
            successor_jti="second",
            at=NOW,
        )

        await here.sessions.remove(session.id, an_event(What.SIGNED_OUT))

        assert await here.sessions.rotated_at(digest_of("first")) is None

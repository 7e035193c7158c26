"""The check of a password: throttled, at one cost for every account, known or not."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from safelight.authentication.audit import Event, What
from safelight.authentication.password import PasswordHashing
from safelight.authentication.ports import AccountStore, AttemptStore
from safelight.authentication.throttle import Subject, ThrottleRule, subjects_of, wait
from safelight.errors import InvalidCredential, Quota, Throttled
from safelight.exchange import Visit
from safelight.identity.account import Account, AccountState, Identifier
from safelight.secret import Secret

_log = logging.getLogger("safelight.audit")


class PasswordCheck:
    """Answers whose password it is, or why not. One object, so that no wire has a way around."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        attempts: AttemptStore,
        hashing: PasswordHashing,
        rule: ThrottleRule,
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._hashing = hashing
        self._rule = rule

    async def check(
        self,
        *,
        identifier: Identifier,
        password: Secret,
        visit: Visit,
        realm: str,
        now: datetime,
    ) -> Account:
        """The active account with this identifier and password.

        Raises Throttled before a hash is spent, and again after it: of many guesses sent at once,
        to whichever worker, only the allowed number learns anything. Raises InvalidCredential alike
        for an unknown account, a wrong password and an account that is not active.
        """
        account = await self._accounts.find_by_identifier(identifier)
        subjects = subjects_of(
            account.id if account else None, identifier, visit.address, self._rule
        )
        since = now - self._rule.window
        if self._longest_wait(subjects, now) is not None:
            raise self._throttled(subjects, visit, realm, now)
        record = await self._accounts.password_of(account.id) if account else None
        genuine = await self._hashing.verify(record.encoded if record else None, password)
        if account is None or record is None or not genuine or not _is_active(account):
            event = Event(
                what=What.SIGN_IN_REFUSED,
                at=now,
                account_id=account.id if account else None,
                realm=realm,
                address=visit.address,
                detail={"reason": _reason(account, genuine)},
            )
            if await self._attempts.fail(subjects, now, since, event):
                raise InvalidCredential
            raise self._throttled(subjects, visit, realm, now)
        if not await self._attempts.may_pass(subjects, since):
            raise self._throttled(subjects, visit, realm, now)
        if self._hashing.is_outdated(record.encoded):
            renewed = await self._hashing.hash(password)
            await self._accounts.rehash_password(account.id, record.encoded, renewed)
        return account

    def _throttled(
        self, subjects: tuple[Subject, ...], visit: Visit, realm: str, now: datetime
    ) -> Throttled:
        """A refusal leaves a line and no row: whoever is refused can send thousands."""
        fields = {"realm": realm, "address": visit.address, "reason": "throttled"}
        _log.warning("sign_in_refused", extra=fields)
        # None only when what refused it was forgotten in the same moment.
        longest = self._longest_wait(subjects, now) or (timedelta(0), subjects[0].limit)
        return Throttled(
            longest[0],
            "Too many failed sign-ins. Try again later.",
            quota=Quota("sign-in", longest[1], self._rule.window),
        )

    def _longest_wait(
        self, subjects: tuple[Subject, ...], now: datetime
    ) -> tuple[timedelta, int] | None:
        """How long until another try is allowed, and the limit that was reached; None for none."""
        window = self._rule.window
        waits = [
            (pause, subject.limit)
            for subject in subjects
            if (
                pause := wait(
                    self._attempts.failures(subject, now - window), subject.limit, window, now
                )
            )
        ]
        return max(waits, default=None)


def _is_active(account: Account) -> bool:
    return account.state is AccountState.ACTIVE


def _reason(account: Account | None, genuine: bool) -> str:
    if account is None:
        return "unknown_account"
    return "inactive_account" if genuine else "wrong_password"

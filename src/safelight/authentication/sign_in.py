"""The check of a password: throttled, at one cost for every account, known or not."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from safelight.authentication.audit import Event, What
from safelight.authentication.password import PasswordHashing
from safelight.authentication.ports import AccountStore, AttemptStore, Proved
from safelight.authentication.throttle import Subject, ThrottleRule, subjects_of, wait
from safelight.errors import InvalidCredential, Quota, Throttled, WrongPassword
from safelight.exchange import Visit
from safelight.identity.account import Account, AccountState, Identifier, read_identifier
from safelight.secret import Secret

_log = logging.getLogger("safelight.audit")
_MOST_TOLD = 10_000


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
        self._told: OrderedDict[bytes, datetime] = OrderedDict()

    async def check(
        self,
        *,
        identifier: Identifier,
        password: Secret,
        visit: Visit,
        realm: str,
        now: datetime,
    ) -> Proved:
        """The active account with this identifier and password.

        Raises Throttled before a hash is spent, and again after it: of many guesses sent at once,
        to whichever worker, only the allowed number learns anything. Raises InvalidCredential alike
        for an unknown account, a wrong password and an account that is not active.
        """
        account = await self._accounts.find_by_identifier(identifier)
        subjects = subjects_of(
            account.id if account else None, identifier, visit.address, self._rule
        )
        counted = self._rule.counted(now)
        if self._waits(subjects, now):
            raise await self._throttled(account, subjects, visit, realm, now)
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
            if await self._attempts.fail(subjects, now, counted, event):
                raise InvalidCredential
            raise await self._throttled(account, subjects, visit, realm, now)
        if not await self._attempts.may_pass(subjects, counted):
            raise await self._throttled(account, subjects, visit, realm, now)
        if self._hashing.is_outdated(record.encoded):
            renewed = await self._hashing.hash(password)
            await self._accounts.rehash_password(account.id, record.encoded, renewed)
            record = msgspec.structs.replace(record, encoded=renewed)
        return Proved(account, record)

    async def require_own(
        self, account: Account, password: Secret, visit: Visit, realm: str, now: datetime
    ) -> None:
        """That who is signed in to `account` knows its password. Raises WrongPassword."""
        try:
            proved = await self.check(
                identifier=read_identifier(account.email),
                password=password,
                visit=visit,
                realm=realm,
                now=now,
            )
        except InvalidCredential:
            raise WrongPassword from None
        if proved.account.id != account.id:
            raise WrongPassword

    async def _throttled(
        self,
        account: Account | None,
        subjects: tuple[Subject, ...],
        visit: Visit,
        realm: str,
        now: datetime,
    ) -> Throttled:
        """Each refusal leaves a line, and the first of a subject's wait a row as well: whoever is
        refused can send thousands."""
        waits = self._waits(subjects, now)
        detail = {"reason": "throttled"}
        if self._is_first(waits, now):
            event = Event(
                what=What.SIGN_IN_REFUSED,
                at=now,
                account_id=account.id if account else None,
                realm=realm,
                address=visit.address,
                detail=detail,
            )
            await self._attempts.record(event)
        else:
            fields = {"realm": realm, "address": visit.address, **detail}
            _log.warning("sign_in_refused", extra=fields)
        # Without any only when what refused it was forgotten in the same moment.
        pause, limit = max(
            ((pause, subject.limit) for subject, pause in waits),
            default=(timedelta(0), subjects[0].limit),
        )
        message = "Too many failed sign-ins. Try again later."
        return Throttled(pause, message, quota=Quota("sign-in", limit, self._rule.window))

    def _is_first(self, waits: list[tuple[Subject, timedelta]], now: datetime) -> bool:
        """Whether this worker has not told of one of these waits yet. From now on it has."""
        news = [each for each in waits if self._told.get(each[0].key, now) <= now]
        for subject, pause in news:
            self._told.pop(subject.key, None)
            self._told[subject.key] = now + pause
            if len(self._told) > _MOST_TOLD:
                self._told.popitem(last=False)
        return bool(news)

    def _waits(
        self, subjects: tuple[Subject, ...], now: datetime
    ) -> list[tuple[Subject, timedelta]]:
        """Those that have to wait until another try is allowed, and how long."""
        window, counted = self._rule.window, self._rule.counted(now)
        return [
            (subject, pause)
            for subject in subjects
            if (
                pause := wait(self._attempts.failures(subject, counted), subject.limit, window, now)
            )
        ]


def _is_active(account: Account) -> bool:
    return account.state is AccountState.ACTIVE


def _reason(account: Account | None, genuine: bool) -> str:
    if account is None:
        return "unknown_account"
    return "inactive_account" if genuine else "wrong_password"

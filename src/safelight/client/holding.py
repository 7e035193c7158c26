"""What is held of a sign-in, in this process and in the place that outlives it."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from safelight.client.grant import Grant
from safelight.client.keeping import AccountKey, Keeper, Kept, Refused, Remembered
from safelight.client.quiet import Quiet
from safelight.client.steps import Steps, TakeTurn, run
from safelight.client.turn import Turn
from safelight.clock import Clock

_WRITE_EVERY = timedelta(seconds=60)
"""A rolling cookie is written down at most so often; the one before it is good meanwhile."""

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


class Holding:
    """Shared by the threads and tasks of a process. `turn` is held by whoever replaces what is
    here; amending it needs none. `quiet` is heeded by whoever sends."""

    def __init__(self, key: AccountKey, keeper: Keeper, clock: Clock) -> None:
        self.key = key
        self.keeper = keeper
        lock = keeper.lock_path(key)
        self.turn: Turn = Turn(lock)
        self.quiet: Quiet = Quiet(lock.with_suffix(".quiet") if lock is not None else None)
        self._clock = clock
        self._inside = threading.Lock()
        self._held = Kept(
            id="", generation=0, epoch="", grant=None, renewed_at=_NEVER, process=os.getpid()
        )
        self._is_loaded = False
        self._is_kept = False
        self._is_amended = False
        self.is_private: bool = False
        """Whether what is held is for this run alone, whatever is kept."""
        self._written_at = _NEVER
        self.is_signed_out: bool = False
        """Whether this process signed out, and has not signed in again."""

    @property
    def held(self) -> Kept:
        return self._held

    def load(self) -> Steps[Kept]:
        """What is held, after a look into the keeper the first time."""
        if not self._is_loaded:
            found = yield from run(lambda: self.keeper.read(self.key))
            self._begin_from(found)
        return self._held

    def _begin_from(self, found: Kept | None) -> None:
        """Whoever signed in or out while it was read has the last word."""
        with self._inside:
            if not self._is_loaded and found is not None:
                self._held, self._is_kept = found, True
            self._is_loaded = True

    def begin_with(self, grant: Grant) -> None:
        """Hold a grant that needed no sign-in, and keep it nowhere."""
        now = self._clock.now()
        self.hold(
            Kept(
                id=secrets.token_hex(8),
                generation=0,
                epoch=secrets.token_hex(8),
                grant=grant,
                renewed_at=now,
                process=os.getpid(),
            )
        )
        self.is_private = True

    def newest(self) -> Steps[Kept]:
        """The newer of what is held and what is kept; another process may have been here. Nothing
        when that one signed out. In the place of what is for this run alone, what is kept. To be
        asked while one has the turn."""
        held, (found, is_gone) = self._held, (yield from self._find_kept())
        if self.is_private:
            return held if found is None or found.grant is None else found
        if is_gone:
            return _without_sign_in(held)
        if found is None:
            return held
        if found.age > held.age:
            return found
        return msgspec.structs.replace(held, refused=found.refused) if found.id == held.id else held

    def hold(self, kept: Kept) -> None:
        with self._inside:
            self._held, self._is_amended, self._is_loaded = kept, False, True
            self.is_private = False

    def replace(self, grant: Grant, after: Kept, *, renews: bool) -> Steps[Kept]:
        """Hold and keep the grant that a sign-in gave, or that renews the one before. Raises
        KeepingFailed, but holds it nevertheless."""
        now = self._clock.now()
        made = Kept(
            id=secrets.token_hex(8),
            generation=after.generation + 1,
            epoch=after.epoch if renews else secrets.token_hex(8),
            grant=grant,
            # Never before the one that it replaces, whatever was done to the clock.
            renewed_at=max(now, after.renewed_at + _MOMENT),
            process=os.getpid(),
            remembered=after.remembered,
        )
        self.hold(made)
        yield from self._write(made)
        return made

    def amend(self, id: str, change: Callable[[Grant], Grant]) -> bool:
        """Change the held grant, if it is still the one that `id` names: what comes late, from a
        session that was replaced meanwhile, changes nothing. Whether it should be kept now."""
        with self._inside:
            held = self._held
            if held.id != id or held.grant is None:
                return False
            grant = change(held.grant)
            if grant is held.grant:
                return False
            now = self._clock.now()
            self._held = msgspec.structs.replace(
                held, grant=grant, amended_at=max(now, held.amended_at + _MOMENT)
            )
            self._is_amended = True
            return now >= self._written_at + _WRITE_EVERY

    def keep_amended(self, *, waits: bool) -> Steps[None]:
        """Write amendments down, unless another process has something newer, or signed out. Without
        `waits`, not while somebody else has the turn: what comes of the next answer will do."""
        if not self._is_amended or self.is_private:
            return
        with self.turn.claim() as claim:
            if waits:
                yield TakeTurn(claim)
            elif not claim.take_now():
                return
            found, is_gone = yield from self._find_kept()
            held = self._held
            if not is_gone and (found is None or found.age <= held.age):
                yield from self._write(held, _refused_by(found, held))

    def require_room(self, kept: Kept) -> Steps[None]:
        """Hold room back for what a renewal gives, where what is kept may be dead from then on.
        Raises KeepingFailed where there is none: the renewal is better not asked for."""
        if self._is_kept and kept.grant is not None and kept.grant.rotates is not False:
            yield from run(lambda: self.keeper.hold_room(self.key, kept))

    def mark_refused(self, kept: Kept, refused: Refused) -> Steps[None]:
        """Keep a refused password beside what is kept, so that other processes do not send it. What
        is for this run alone is not kept for that."""
        if kept.id == self._held.id and self.is_private:
            return
        marked = msgspec.structs.replace(kept, refused=refused)
        yield from run(lambda: self.keeper.write(self.key, marked))

    def drop(self) -> Steps[None]:
        """Hold and keep nothing any more. What is kept stays while something else is held for this
        run alone."""
        is_private, self.is_signed_out = self.is_private, True
        self.hold(_without_sign_in(self._held))
        if is_private:
            return
        self._is_kept = False
        yield from run(lambda: self.keeper.remove(self.key))

    def return_to_kept(self) -> Steps[None]:
        """Hold what is kept, whatever is held."""
        found, _ = yield from self._find_kept()
        self.hold(found or _without_sign_in(self._held))

    def _find_kept(self) -> Steps[tuple[Kept | None, bool]]:
        """What is kept, and whether there was something that is no more: then another process
        signed out, and what it forgot is not to be written down again."""
        found = yield from run(lambda: self.keeper.read(self.key))
        if found is not None:
            self._is_kept = True
        return found, found is None and self._is_kept

    def _write(self, kept: Kept, refused: Refused | None = None) -> Steps[None]:
        # Until it is written: whoever is cancelled or meets a full disk here has it written at the
        # end of its run.
        self._is_amended, self._written_at = True, self._clock.now()
        written = msgspec.structs.replace(kept, refused=refused)
        yield from run(lambda: self.keeper.write(self.key, written))
        self._is_kept = True
        with self._inside:
            if self._held is kept:
                self._is_amended = False


def _without_sign_in(kept: Kept) -> Kept:
    return msgspec.structs.replace(kept, id="", grant=None, remembered=Remembered())


def _refused_by(found: Kept | None, held: Kept) -> Refused | None:
    """The mark of a wrong password that another process has left beside the same session."""
    return found.refused if found is not None and found.id == held.id else held.refused

"""What the library's tables share: whose a row is, what is in it, which part of a list."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, or_

from safelight.library.photo import Owner
from safelight.library.ports import Window
from safelight.library.visibility import Asker

S = TypeVar("S", bound=Select[Any])

HIGHEST_INTEGER = 2**63 - 1
"""What SQLite's integers reach to; the driver raises for more."""


def is_countable(number: int) -> bool:
    """Whether a row can have this number at all."""
    return 0 < number <= HIGHEST_INTEGER


def owned_by(rows: FromClause, owner: Owner) -> ColumnElement[bool]:
    """The organization's rows, whoever put them there; without one, the account's own."""
    if owner.organization_id is not None:
        return rows.c.organization_id == owner.organization_id
    return and_(rows.c.account_id == owner.account_id, rows.c.organization_id.is_(None))


def on_side_of(rows: FromClause, asker: Asker) -> ColumnElement[bool]:
    """`visibility.may_change`, row by row."""
    if asker.account_id is None:
        return false()
    personal = and_(rows.c.account_id == asker.account_id, rows.c.organization_id.is_(None))
    if asker.organization_id is None:
        return personal
    return or_(personal, rows.c.organization_id == asker.organization_id)


def same_side(first: FromClause, second: FromClause) -> ColumnElement[bool]:
    """Whether one organization, or one account for itself, owns both rows."""
    return and_(
        first.c.organization_id.is_not_distinct_from(second.c.organization_id),
        or_(first.c.organization_id.is_not(None), first.c.account_id == second.c.account_id),
    )


def contains_text(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Not LIKE: that has wildcards, and refuses long patterns."""
    return or_(*(func.instr(func.lower(column), func.lower(text)) > 0 for column in columns))


def newest_first(question: S, number: ColumnElement[int], window: Window) -> S:
    """That part of the list, by number, the highest first."""
    if window.after is not None:
        question = question.where(number < _countable(window.after))
    return _cut(question.order_by(number.desc()), window)


def in_order(question: S, position: ColumnElement[int], window: Window) -> S:
    """That part of the list, by position, the lowest first."""
    if window.after is not None:
        question = question.where(position > _countable(window.after))
    return _cut(question.order_by(position), window)


def _cut(question: S, window: Window) -> S:
    # SQLite takes a negative limit for none at all.
    return question.limit(_countable(window.limit)).offset(_countable(window.offset))


def _countable(number: int) -> int:
    return max(0, min(number, HIGHEST_INTEGER))

"""One `Set-Cookie` line, read as RFC 6265 §5.2 says, and its dates as §5.1.1 does. Pure.

The standard library's jar reads them as Netscape's draft did: it takes the first of two paths,
drops a cookie for an attribute that it does not understand, and knows fewer dates.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""Such a line is no cookie (RFC 6265bis §5.6): it came of a mistake, or of an attack."""

_BLANK = " \t"
_SECONDS = re.compile(r"-?[0-9]+")
_MOST_DIGITS = 9

_DELIMITERS = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class SetCookie(NamedTuple):
    """`domain` (in lower case, without a dot before it) and `path` are "" where the line has none
    that counts."""

    name: str
    value: str
    domain: str
    path: str
    secure: bool
    expires_at: datetime | None


def read_set_cookie(line: str, now: datetime) -> SetCookie | None:
    """None for what is no cookie."""
    if _CONTROL.search(line) is not None:
        return None
    pair, *attributes = line.split(";")
    name, equals, value = pair.partition("=")
    name = name.strip(_BLANK)
    if not equals or not name:
        return None
    given = dict(_attributes(attributes))
    return SetCookie(
        name=name,
        value=value.strip(_BLANK),
        domain=given.get("domain", "").removeprefix(".").lower(),
        path=given.get("path", "") if given.get("path", "").startswith("/") else "",
        secure="secure" in given,
        expires_at=_expiry(given, now),
    )


def _attributes(attributes: list[str]) -> list[tuple[str, str]]:
    """Of two with one name the last counts; an empty domain, and a date or an age that cannot be
    read, are not there at all."""
    found = []
    for each in attributes:
        name, _, value = each.partition("=")
        name, value = name.strip(_BLANK).lower(), value.strip(_BLANK)
        if name == "domain" and not value:
            continue
        if name == "max-age" and _SECONDS.fullmatch(value) is None:
            continue
        if name == "expires" and read_date(value) is None:
            continue
        found.append((name, value))
    return found


def _expiry(given: dict[str, str], now: datetime) -> datetime | None:
    age = given.get("max-age")
    if age is None:
        return read_date(given["expires"]) if "expires" in given else None
    if age.startswith("-"):
        return _LONG_AGO
    if len(age) > _MOST_DIGITS:  # more than thirty years: it will not be over
        return None
    return now + timedelta(seconds=int(age)) if int(age) else _LONG_AGO


def read_date(text: str) -> datetime | None:
    """A cookie's date, in whatever order its parts come, in UTC whatever it says of a zone."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = _whole(int(match[1]))
    if time is None or day is None or month is None or year is None or year < 1601:
        return None
    try:
        return datetime(year, month, day, *time, tzinfo=UTC)
    except ValueError:
        return None


def _whole(year: int) -> int:
    if year > 99:
        return year
    return year + (1900 if year >= 70 else 2000)

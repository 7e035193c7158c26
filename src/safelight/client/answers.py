"""Reading answers: what every wire needs. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

import httpx2
import msgspec

from safelight.client.addresses import same_origin
from safelight.client.durations import spoken
from safelight.client.errors import CaptchaRequired, NotTheService, Unsupported
from safelight.errors import (
    Conflict,
    ExpiredCredential,
    Forbidden,
    Gone,
    InvalidFields,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    SafelightError,
    StorageFull,
    Throttled,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)

Kind = TypeVar("Kind")

_CHALLENGING = frozenset({200, 401, 403, 429, 503})
_CHALLENGES = (
    "//challenges.cloudflare.com/",
    "//hcaptcha.com/",
    "//js.hcaptcha.com/",
    "//www.google.com/recaptcha/",
    "//www.recaptcha.net/recaptcha/",
)
"""Where the scripts of such pages come from."""

_LONGEST_MESSAGE = 300

_ASKING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})

_MOST_DIGITS = 9
"""More seconds than that are more than thirty years."""
_LONGEST_PAUSE = timedelta(days=365)
"""Longer than anybody waits, and short enough to be added to any date of now."""

_PLAIN: dict[int, type[SafelightError]] = {
    401: ExpiredCredential,
    403: Forbidden,
    404: NotFound,
    406: NotAcceptable,
    409: Conflict,
    410: Gone,
    413: TooLarge,
    415: UnsupportedMediaType,
    501: Unsupported,
    507: StorageFull,
}


def read_json(response: httpx2.Response, kind: type[Kind]) -> Kind:
    """The body as a `kind`; fields that it does not name are ignored. Raises NotTheService."""
    try:
        return msgspec.json.decode(response.content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotTheService(
            f"{_place(response)} did not answer as this service does. Check the address."
        ) from None


def find_json(response: httpx2.Response, kind: type[Kind]) -> Kind | None:
    """As `read_json`; None for what does not fit."""
    try:
        return msgspec.json.decode(response.content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def is_success(response: httpx2.Response) -> bool:
    """As httpx2's property, for every answer: that one looks the status up by name each time."""
    return 200 <= response.status_code < 300


def is_error(response: httpx2.Response) -> bool:
    """As `is_success`."""
    return 400 <= response.status_code < 600


def is_json(response: httpx2.Response) -> bool:
    told: str = response.headers.get("content-type", "")
    if told == "application/json":
        return True
    kind = told.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def is_page(response: httpx2.Response) -> bool:
    """Whether it is a page for people, such as a proxy or a network's sign-in puts in the place of
    a service's own words. Its body has been read, where no header says what it is."""
    kind = response.headers.get("content-type", "")
    if kind:
        return "html" in kind.lower()
    return _text_of(response).lstrip()[:1] == "<"


def require_own(response: httpx2.Response) -> None:
    """Raises NotTheService for a page in the place of a service's own words, CaptchaRequired for
    one that tells people from programs. A page that tells of an outage is left to `refusal`."""
    if is_challenge(response):
        raise CaptchaRequired
    if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and is_page(response):
        raise _page(response)


def require_told(response: httpx2.Response) -> None:
    """Raises NotTheService, CaptchaRequired or Unavailable unless a service itself answers in JSON,
    whatever it says."""
    require_own(response)
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.is_redirect:
        raise refusal(response)
    read_json(response, msgspec.Raw)


def _page(response: httpx2.Response) -> NotTheService:
    return NotTheService(
        f"{_place(response)} answered with a page, {_phrase(response.status_code)}, which is not "
        "this service's. Check the address. The network may have a sign-in page of its own, too."
    )


def _text_of(response: httpx2.Response) -> str:
    """As far as it has been read."""
    try:
        return response.text
    except httpx2.ResponseNotRead:
        return ""


def refusal(response: httpx2.Response, message: str = "") -> SafelightError:
    """The error that an unsuccessful answer stands for by its status; `message` is the service's
    own word. Throttled without a time is one of zero: nobody has said how long. That a page says
    401 is not a word of the service about the session."""
    if is_challenge(response):
        return CaptchaRequired()
    status = response.status_code
    if status == HTTPStatus.UNAUTHORIZED and is_page(response):
        return _page(response)
    text = printable(message) or f"{_place(response)} answered {_phrase(status)}."
    pause = pause_of(response) if status in _ASKING else None
    if pause:
        text = f"{text} It asks to be left alone for {spoken(pause)}."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Throttled(pause or timedelta(0), text)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allow = response.headers.get("allow", "")
        return MethodNotAllowed(tuple(each.strip() for each in allow.split(",") if each.strip()))
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return InvalidFields({}, text)
    if status in _PLAIN:
        return _PLAIN[status](text)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(text)
    if response.is_redirect:
        return NotTheService(f"{_place(response)} leads elsewhere. Check the address.")
    return MalformedRequest(text)


def verdict_of(response: httpx2.Response, statuses: frozenset[int]) -> str:
    """The path that an answer to a sign-in leads to, where that is what tells right from wrong: by
    one of `statuses`, on the origin that was asked. A service behind a proxy that speaks HTTPS for
    it takes that for http, which is as good, since nobody goes there. Raises what `refusal` says of
    any other redirect, such as to the name that a service really has: it knows nothing of the
    password."""
    if response.status_code not in statuses or not response.has_redirect_location:
        raise refusal(response)
    asked = response.request.url
    try:
        target = asked.join(response.headers["location"])
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise refusal(response) from None
    behind_proxy = asked.scheme == "https" and target == target.copy_with(
        scheme="http", host=asked.host, port=None
    )
    if not (same_origin(asked, target) or behind_proxy):
        raise refusal(response)
    return target.path


def is_challenge(response: httpx2.Response) -> bool:
    """Whether a page that tells people from programs answers in the service's place."""
    if response.headers.get("cf-mitigated", "") == "challenge":
        return True
    if response.status_code not in _CHALLENGING or not is_page(response):
        return False
    text = _text_of(response)
    return any(script in text for script in _CHALLENGES)


def pause_of(response: httpx2.Response, now: datetime | None = None) -> timedelta | None:
    """How long `Retry-After` asks to wait (RFC 9110 §10.2.3), at most a year; None when it does not
    say. Of several times the longest counts: to come too late harms nobody.

    A date is counted from the answer's own `Date`, so that no clock has to be right; from `now`
    where there is none.
    """
    since = date_of(response) or now
    # Headers sent twice are joined by a comma; a date has one itself, and can do without its day.
    told = response.headers.get("retry-after", "").split(",")
    found = [pause for each in told if (pause := _pause(each.strip(), since)) is not None]
    return min(max(found), _LONGEST_PAUSE) if found else None


def _pause(text: str, since: datetime | None) -> timedelta | None:
    """The time that one word of `Retry-After` asks for. A fraction, which no RFC has, is rounded
    up."""
    whole, dot, fraction = text.partition(".")
    if whole.isdigit() and text.isascii() and (fraction.isdigit() or not dot):
        seconds = whole.lstrip("0") or "0"
        if len(seconds) > _MOST_DIGITS:
            return _LONGEST_PAUSE
        return timedelta(seconds=int(seconds) + bool(fraction.strip("0")))
    until = _instant(text)
    if until is None or since is None:
        return None
    return max(until - since, timedelta(0))


def date_of(response: httpx2.Response) -> datetime | None:
    """The answer's `Date`."""
    return _instant(response.headers.get("date", ""))


def printable(text: str) -> str:
    """A service's words, fit for a terminal and a log: one line, and not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _place(response: httpx2.Response) -> str:
    """Origin and path; never the query, where some wires have secrets."""
    url = response.request.url
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)

"""Nothing that this server did not sign, seal or hand out itself opens anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from tests.house import House
from tests.protocols import librephotos as wire

from safelight.authentication.access_token import TokenUse
from safelight.authentication.keys import KeyRing
from safelight.errors import SafelightError
from safelight.secret import Secret
from tools.prove.forged import Forgery, TokenForger, b64, flipped
from tools.prove.furnished import FurnishedHouse, Headers, furnished_house
from tools.prove.proof import Effort, Tally, require

_ASKED = 40_000
"""Forgeries that go through a whole server in a whole run; all others are shown to the checks."""


def prove(effort: Effort) -> Tally:
    tally = Tally()
    with furnished_house() as furnished:
        keys = KeyRing(furnished.house.stores.keys)
        tokens = TokenForger(furnished.house)
        _tokens_are_refused(tokens, keys, tally)
        _boundaries_hold(furnished.house, keys, tally)
        _seals_are_refused(furnished, keys, tally)
        _csrf_tokens_are_refused(furnished, keys, tally)
        _links_are_refused(furnished, keys, tally)
        _the_server_refuses(furnished, tokens, effort, tally)
    return tally


# --- LibrePhotos' signed tokens ---------------------------------------------------------------


def _tokens_are_refused(tokens: TokenForger, keys: KeyRing, tally: Tally) -> None:
    """Also by a server that has checked the genuine one a moment ago, and remembers it."""
    now = tokens.house.clock.now()
    keys.access.verify(Secret(tokens.user.access), TokenUse.ACCESS, now)
    genuine = wire.parts_of(tokens.user.access)[1]
    session, number = genuine["sid"], int(genuine["user_id"])
    for forgery in tokens.all():
        try:
            claims = keys.access.verify(Secret(forgery.text), TokenUse.ACCESS, now)
        except SafelightError:
            tally["tokens"] += 1
            continue
        # Well signed, and about something else: the stores refuse it, as is seen below.
        is_elsewhere = claims.session_id != session or claims.user_number != number
        require(is_elsewhere, f"an access token is taken: {forgery}")
        tally["tokens"] += 1


def _boundaries_hold(house: House, keys: KeyRing, tally: Tally) -> None:
    """One second before the end a token is good, and on the instant it is over."""
    user = wire.User(house)
    exp = wire.parts_of(user.access)[1]["exp"] - house.clock.now().timestamp()
    now = house.clock.now()
    for token, use, after, good in (
        (user.access, TokenUse.ACCESS, exp - 1, True),
        (user.access, TokenUse.ACCESS, exp, False),
        (user.access, TokenUse.ACCESS, exp + 1, False),
        (user.access, TokenUse.ACCESS, -1, False),
        (user.refresh, TokenUse.REFRESH, 0, True),
        (user.refresh, TokenUse.ACCESS, 0, False),
        (user.access, TokenUse.REFRESH, 0, False),
    ):
        passes = _passes(keys, token, use, now + timedelta(seconds=after))
        require(passes is good, f"{use}, {after} s after its making, of {exp} s: {passes}")
        tally["instants"] += 1


def _passes(keys: KeyRing, token: str, use: TokenUse, at: datetime) -> bool:
    try:
        keys.access.verify(Secret(token), use, at)
    except SafelightError:
        return False
    return True


# --- seals, CSRF tokens, links ----------------------------------------------------------------


def _seals_are_refused(furnished: FurnishedHouse, keys: KeyRing, tally: Tally) -> None:
    sealed = cookie_of(furnished.credentials["photoshelter cookie"], "SSphotoshelter_com_mem")
    require(keys.unseal(Secret(sealed)) is not None, "a genuine seal is refused")
    token, _, tail = sealed.rpartition(".")
    for forgery in (
        *flipped(sealed, "seal"),
        *(Forgery("cut off", sealed[:end]) for end in range(len(sealed))),
        Forgery("the bare token", token),
        Forgery("the tail alone", tail),
        Forgery("no tail", f"{token}."),
        Forgery("another's tail", f"{token}.{keys.seal(Secret('x'), _now(furnished))}"),
        Forgery("sealed twice", keys.seal(Secret(sealed), _now(furnished)).reveal()),
    ):
        opened = keys.unseal(Secret(forgery.text))
        # A seal over something else is genuine; what is in it must then not be the token.
        is_other = opened is None or opened.token.reveal() != token
        require(is_other, f"a forged seal is opened: {forgery}")
        tally["seals"] += 1


def _csrf_tokens_are_refused(furnished: FurnishedHouse, keys: KeyRing, tally: Tally) -> None:
    session, now = Secret("session"), _now(furnished)
    token = keys.make_csrf(session, now).reveal()
    require(keys.csrf_age(Secret(token), session, now) is not None, "a genuine one is refused")
    for other in ("", "Session", "session ", "session\0"):
        age = keys.csrf_age(Secret(token), Secret(other), now)
        require(age is None, f"a CSRF token of another session passes: {other!r}")
    for forgery in (
        *flipped(token, "CSRF token"),
        *(Forgery("cut off", token[:end]) for end in range(len(token))),
        Forgery("without padding", token.rstrip("=")),
        Forgery("nobody's", keys.make_csrf(Secret(""), now).reveal()),
    ):
        age = keys.csrf_age(Secret(forgery.text), session, now)
        require(age is None, f"a forged CSRF token passes: {forgery}")
        tally["CSRF tokens"] += 1


def _links_are_refused(furnished: FurnishedHouse, keys: KeyRing, tally: Tally) -> None:
    link, now = furnished.things.link, _now(furnished)
    claims = keys.read_link(link, now)
    require(claims is not None, "a genuine link is refused")
    assert claims is not None
    body, _, mac = link.rpartition(".")
    raw = json.loads(base64.urlsafe_b64decode(body))
    for forgery in (
        *flipped(link, "link"),
        *(Forgery("cut off", link[:end]) for end in range(len(link))),
        *(
            Forgery(
                f"{name} of {value!r}", f"{b64(json.dumps(raw | {name: value}).encode())}.{mac}"
            )
            for name, value in (("photo_number", 2), ("session_id", "x"), ("expires_at", "9999"))
        ),
        Forgery("no signature", f"{body}."),
        Forgery("nothing", ""),
        Forgery("a dot", "."),
        Forgery("not ASCII", f"{body}.{mac[:-1]}é"),
    ):
        require(keys.read_link(forgery.text, now) is None, f"a forged link is read: {forgery}")
        tally["links"] += 1
    left = claims.expires_at - now
    for after, good in ((left - timedelta(seconds=1), True), (left, False)):
        require(
            (keys.read_link(link, now + after) is not None) is good,
            f"a link is not {good} after {after}",
        )


# --- through the whole server -----------------------------------------------------------------


def _the_server_refuses(
    furnished: FurnishedHouse, tokens: TokenForger, effort: Effort, tally: Tally
) -> None:
    """The same, and every opaque token with a bit turned over, as a stranger would show them."""
    everything = list(_shown(furnished, tokens))
    drawn = Random(effort.seed)  # noqa: S311  # a choice of tests, no secret
    drawn.shuffle(everything)
    for what, path, headers in islice(everything, effort.times(_ASKED)):
        answer = furnished.ask(
            "GET", path.encode("latin-1", "replace"), b"", [(b"host", b"localhost"), *headers], b""
        )
        require(400 <= answer.status < 500, f"{what} gets {answer.status} {answer.body!r:.200}")
        tally["forgeries shown to a server"] += 1


def _shown(furnished: FurnishedHouse, tokens: TokenForger) -> Iterator[tuple[str, str, Headers]]:
    for forgery in tokens.all():
        text = forgery.text.strip()
        if text.isprintable() and text.isascii() and text != tokens.user.access and text:
            shown = [(b"authorization", b"Bearer " + text.encode())]
            yield f"access token: {forgery.what}", "/api/rqavailable", shown
            yield f"access token: {forgery.what}", "/v1/account", shown
    for name, header, path in (
        ("native", b"authorization", "/v1/account"),
        ("personal", b"authorization", "/v1/account"),
        ("recorder_monitor", b"jsession", "/api/users/ada@example.com"),
        ("photoshelter", b"x-ps-auth-token", "/psapi/v3/mem/user/session"),
        ("photoshelter", b"x-ps-api-key", "/psapi/v3/mem/user/session"),
        ("photoshelter cookie", b"cookie", "/psapi/v3/mem/user/session"),
        ("galleries", b"cookie", "/galleries/api/v1/user"),
        ("studio", b"cookie", "/studio/api/v1/clients"),
        ("recorder_monitor cookie", b"cookie", "/api/users/ada@example.com"),
        ("web", b"cookie", "/account/password"),
    ):
        yield from _with_one_changed(furnished.credentials[name], header, name, path)


def _with_one_changed(
    headers: Headers, header: bytes, name: str, path: str
) -> Iterator[tuple[str, str, Headers]]:
    """The credential's header with one bit of its secret turned over, the others as they are."""
    value = dict(headers)[header].decode()
    start = value.index("=") + 1 if header == b"cookie" else value.find(" ") + 1
    end = len(value) if ";" not in value else value.index(";")
    secret = value[start:end]
    rest = [each for each in headers if each[0] != header]
    for forgery in flipped(secret, f"{name}'s {header.decode()}"):
        # Blanks around it are no part of it, and a semicolon would end it.
        is_another = forgery.text.strip() != secret and ";" not in forgery.text
        if is_another and forgery.text.isprintable() and forgery.text.isascii():
            text = value[:start] + forgery.text + value[end:]
            yield forgery.what, path, [*rest, (header, text.encode())]


def cookie_of(headers: Headers, name: str) -> str:
    line = dict(headers)[b"cookie"].decode()
    return next(
        each.strip().partition("=")[2]
        for each in line.split(";")
        if each.strip().startswith(f"{name}=")
    )


def _now(furnished: FurnishedHouse) -> datetime:
    return furnished.house.clock.now()

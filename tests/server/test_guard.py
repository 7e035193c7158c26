"""Who is let in at all: transport, origin, CSRF token, permission."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.authentication.people import INSTANT, NOON, an_account
from tests.server.requests import a_request

from safelight.authentication.keys import KeyRing
from safelight.authentication.ports import StoredKey
from safelight.clock import system_entropy
from safelight.errors import (
    CsrfMismatch,
    ForeignOrigin,
    PermissionDenied,
    PlainHttpRefused,
    SafelightError,
    Unauthenticated,
)
from safelight.exchange import (
    AccessToken,
    Credential,
    LogOut,
    Password,
    PersonalToken,
    Presented,
    SessionToken,
)
from safelight.identity.permission import Scope
from safelight.identity.principal import ANONYMOUS, Caller, Principal
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.guard import Guard, is_loopback
from safelight.server.http import Reply
from safelight.server.protocols.native import Native
from safelight.server.wire import CommandEndpoint, Endpoint, FixedEndpoint, Forgery
from safelight.stores.keys import FileKeys

OWN, FOREIGN, LISTED = "https://photos.example", "https://evil.example", "https://app.example"
CSRF_LIFE = timedelta(hours=2)
HOUR = timedelta(hours=1)


class At:
    def now(self) -> datetime:
        return NOON


def a_realm(name: str, csrf: timedelta | None = None) -> Realm:
    return Realm(name=name, protocol=name, idle=HOUR, absolute=HOUR, token_idle=HOUR, csrf=csrf)


REALMS = {"studio": a_realm("studio", CSRF_LIFE), "photoshelter": a_realm("photoshelter")}


class Listing(Native):
    """A wire that trusts one foreign origin."""

    allowed_origins = frozenset({LISTED})


WIRE = Listing(a_realm("native"), ())
STUDIO_TOKEN = Secret("s" * 43)
COOKIE = SessionToken(realm="photoshelter", carrier=Carrier.COOKIE, secret=Secret("p" * 43))
STUDIO_COOKIE = SessionToken(realm="studio", carrier=Carrier.COOKIE, secret=STUDIO_TOKEN)
HEADER = SessionToken(realm="photoshelter", carrier=Carrier.HEADER, secret=Secret("p" * 20))
QUERY = SessionToken(realm="photoshelter", carrier=Carrier.QUERY, secret=Secret("p" * 20))
BASIC = Password(identifier="ada", secret=Secret("secret"))
EXPLICIT: list[Credential] = [
    HEADER,
    SessionToken(realm="native", carrier=Carrier.BEARER, secret=Secret("n" * 43)),
    AccessToken(carrier=Carrier.BEARER, secret=Secret("a.b.c")),
    PersonalToken(carrier=Carrier.BEARER, secret=Secret("sl_pat_x")),
]
WITHIN_REACH: list[Credential] = [
    COOKIE,
    QUERY,
    BASIC,
    AccessToken(carrier=Carrier.COOKIE, secret=Secret("a.b.c")),
]


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return KeyRing(FileKeys(tmp_path / "keys", system_entropy, At()))


@pytest.fixture
def guard(keys: KeyRing) -> Guard:
    return Guard(realms=REALMS, keys=keys, allow_plain_http=False)


def an_endpoint(method: str = "POST", forgery: Forgery | None = None) -> Endpoint:
    return FixedEndpoint(method=method, path="/", forgery=forgery, reply=lambda request: Reply())


def presented(*credentials: Credential, csrf: Secret | None = None) -> Presented:
    return Presented(credentials=credentials, csrf_token=csrf)


def admitted(
    guard: Guard,
    shown: Presented,
    *,
    method: str = "POST",
    forgery: Forgery | None = None,
    at: datetime = NOON,
    **headers: str,
) -> type[SafelightError] | None:
    """The error that a request meets, or None."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = a_request(method, headers=named)
    try:
        guard.admit(request, an_endpoint(method, forgery), WIRE, shown, at)
    except SafelightError as error:
        return type(error)
    return None


# --- the cross-site matrix --------------------------------------------------------------------

ORIGINS = [None, OWN, FOREIGN, LISTED, "null", "http://photos.example", f"{OWN}:8443", f"{OWN}."]
SITES = [None, "same-origin", "same-site", "cross-site", "none", "", "SAME-ORIGIN"]
REFERERS = [None, f"{OWN}/page", OWN, FOREIGN, f"{FOREIGN}/{OWN}/", f"{OWN}.evil.example/", "/page"]


def is_own(origin: str | None, site: str | None, referer: str | None) -> bool:
    """The rule in words: a browser's `Origin` decides, then `Sec-Fetch-Site`, then `Referer`; who
    sends none of them is no browser."""
    if origin is not None:
        return origin in (OWN, LISTED)
    if site is not None:
        return site in ("same-origin", "none")
    return referer in (None, f"{OWN}/page", OWN)


@pytest.mark.parametrize("credential", WITHIN_REACH)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_by_what_a_browser_adds_itself_comes_from_our_own_pages(
    guard: Guard, method: str, credential: Credential
) -> None:
    for origin, site, referer in itertools.product(ORIGINS, SITES, REFERERS):
        sent = {"origin": origin, "sec_fetch_site": site, "referer": referer}
        headers = {name: value for name, value in sent.items() if value is not None}
        expected = None if is_own(origin, site, referer) else ForeignOrigin
        met = admitted(guard, presented(credential), method=method, **headers)
        assert met is expected, headers


@pytest.mark.parametrize("forgery", [None, Forgery.UNTOKENED])
def test_a_sign_in_without_any_credential_comes_from_our_own_pages(
    guard: Guard, forgery: Forgery | None
) -> None:
    for origin, site, referer in itertools.product(ORIGINS, SITES, REFERERS):
        sent = {"origin": origin, "sec_fetch_site": site, "referer": referer}
        headers = {name: value for name, value in sent.items() if value is not None}
        expected = None if is_own(origin, site, referer) else ForeignOrigin
        assert admitted(guard, presented(), forgery=forgery, **headers) is expected, headers


@pytest.mark.parametrize("credential", EXPLICIT)
def test_a_write_with_a_credential_that_no_page_can_add_comes_from_anywhere(
    guard: Guard, credential: Credential
) -> None:
    for origin, site in itertools.product(ORIGINS, SITES):
        headers = {"origin": origin or FOREIGN, "sec_fetch_site": site or "cross-site"}
        assert admitted(guard, presented(credential), **headers) is None


@pytest.mark.parametrize("credential", [*EXPLICIT, *WITHIN_REACH, STUDIO_COOKIE])
def test_what_changes_nothing_may_be_asked_from_anywhere(
    guard: Guard, credential: Credential
) -> None:
    headers = {"origin": FOREIGN, "sec_fetch_site": "cross-site"}
    for method in ("GET", "HEAD"):
        assert admitted(guard, presented(credential), method=method, **headers) is None


@pytest.mark.parametrize("site", SITES)
def test_a_get_that_signs_out_is_followed_unless_another_site_sends_it(
    guard: Guard, site: str | None
) -> None:
    headers = {} if site is None else {"sec_fetch_site": site}
    expected = ForeignOrigin if site == "cross-site" else None
    for credential in WITHIN_REACH:
        shown = presented(credential)
        met = admitted(guard, shown, method="GET", forgery=Forgery.NAVIGABLE, **headers)
        assert met is expected
    met = admitted(guard, presented(HEADER), method="GET", forgery=Forgery.NAVIGABLE, **headers)
    assert met is None


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        ((COOKIE,), ForeignOrigin),
        ((HEADER,), None),
        ((QUERY,), None),
        ((HEADER, COOKIE), None),
        ((QUERY, COOKIE), None),
        ((), None),
    ],
)
def test_a_get_that_writes_needs_a_token_and_not_a_cookie(
    guard: Guard, credentials: tuple[Credential, ...], expected: type[SafelightError] | None
) -> None:
    shown = presented(*credentials)
    assert admitted(guard, shown, method="GET", forgery=Forgery.TOKEN_ONLY) is expected


# --- CSRF tokens ------------------------------------------------------------------------------


def test_a_write_by_cookie_needs_the_token_of_its_session(guard: Guard, keys: KeyRing) -> None:
    good = keys.make_csrf(STUDIO_TOKEN, NOON)
    other = keys.make_csrf(Secret("t" * 43), NOON)
    assert admitted(guard, presented(STUDIO_COOKIE, csrf=good), origin=OWN) is None
    for wrong in (None, other, Secret(""), Secret("x"), Secret(good.reveal() + "x")):
        met = admitted(guard, presented(STUDIO_COOKIE, csrf=wrong), origin=OWN)
        assert met is CsrfMismatch


def test_a_csrf_token_is_over_on_the_instant_its_life_ends(guard: Guard, keys: KeyRing) -> None:
    shown = presented(STUDIO_COOKIE, csrf=keys.make_csrf(STUDIO_TOKEN, NOON))
    assert admitted(guard, shown, at=NOON + CSRF_LIFE - INSTANT) is None
    assert admitted(guard, shown, at=NOON + CSRF_LIFE) is CsrfMismatch
    assert admitted(guard, shown, at=NOON + CSRF_LIFE + INSTANT) is CsrfMismatch


def test_a_good_csrf_token_does_not_make_a_foreign_origin_ours(guard: Guard, keys: KeyRing) -> None:
    shown = presented(STUDIO_COOKIE, csrf=keys.make_csrf(STUDIO_TOKEN, NOON))
    assert admitted(guard, shown, origin=FOREIGN) is ForeignOrigin
    assert admitted(guard, shown, sec_fetch_site="same-site") is ForeignOrigin


def test_a_realm_without_csrf_tokens_needs_none(guard: Guard) -> None:
    assert admitted(guard, presented(COOKIE), origin=OWN) is None


def test_of_several_cookies_each_needs_its_token(guard: Guard, keys: KeyRing) -> None:
    good = keys.make_csrf(STUDIO_TOKEN, NOON)
    assert admitted(guard, presented(COOKIE, STUDIO_COOKIE, csrf=good)) is None
    assert admitted(guard, presented(COOKIE, STUDIO_COOKIE)) is CsrfMismatch


def test_a_sign_in_is_not_held_up_by_an_old_cookie(guard: Guard) -> None:
    shown = presented(STUDIO_COOKIE)
    assert admitted(guard, shown, forgery=Forgery.UNTOKENED, origin=OWN) is None
    assert admitted(guard, shown, forgery=Forgery.UNTOKENED, origin=FOREIGN) is ForeignOrigin


def test_a_token_made_with_an_older_key_still_counts(tmp_path: Path, keys: KeyRing) -> None:
    before = keys.make_csrf(STUDIO_TOKEN, NOON)
    kept = FileKeys(tmp_path / "keys", system_entropy, At())
    kept.rotate(NOON, drop_old=False)
    rotated = Guard(realms=REALMS, keys=KeyRing(kept), allow_plain_http=False)
    assert admitted(rotated, presented(STUDIO_COOKIE, csrf=before)) is None
    kept.rotate(NOON, drop_old=True)
    assert admitted(rotated, presented(STUDIO_COOKIE, csrf=before)) is CsrfMismatch


# --- transport --------------------------------------------------------------------------------

COMMAND = CommandEndpoint(
    method="POST", path="/", read=lambda request: LogOut(), write=lambda outcome, request: Reply()
)
CONFIDENTIAL = FixedEndpoint(
    method="POST", path="/", confidential=True, reply=lambda request: Reply()
)


@pytest.mark.parametrize(
    ("scheme", "peer", "plain_allowed", "refused"),
    [
        ("http", "127.0.0.1", False, False),
        ("http", "127.8.9.10", False, False),
        ("http", "::1", False, False),
        ("http", "", False, False),
        ("http", "128.0.0.1", False, True),
        ("http", "126.255.255.255", False, True),
        ("http", "::2", False, True),
        ("http", "203.0.113.7", False, True),
        ("http", "localhost", False, True),
        ("http", "127.0.0.1.evil.example", False, True),
        ("http", "::ffff:127.0.0.1", False, False),
        ("http", "203.0.113.7", True, False),
        ("https", "203.0.113.7", False, False),
    ],
)
def test_plain_http_brings_no_credential_and_no_sign_in_from_another_machine(
    keys: KeyRing, scheme: str, peer: str, plain_allowed: bool, refused: bool
) -> None:
    guard = Guard(realms=REALMS, keys=keys, allow_plain_http=plain_allowed)
    request = a_request(scheme=scheme, peer=peer)
    cases = [
        (an_endpoint("GET"), presented(HEADER)),
        (an_endpoint("GET"), presented(COOKIE)),
        (COMMAND, presented()),
        (CONFIDENTIAL, presented()),
    ]
    for endpoint, shown in cases:
        if refused:
            with pytest.raises(PlainHttpRefused):
                guard.admit_transport(request, endpoint, shown)
        else:
            guard.admit_transport(request, endpoint, shown)


def test_what_is_public_may_be_asked_over_plain_http(guard: Guard) -> None:
    request = a_request(scheme="http", peer="203.0.113.7")
    guard.admit_transport(request, an_endpoint("GET"), presented())


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.255.255.255", "::1"])
def test_this_machine_is_known_by_its_addresses(address: str) -> None:
    assert is_loopback(address)


# --- permission -------------------------------------------------------------------------------


def a_caller(*scopes: Scope) -> Caller:
    principal = Principal(
        account=an_account(),
        organization_id=None,
        scopes=frozenset(scopes),
        realm="native",
        session_id=None,
        token_id=None,
        authenticated_at=NOON,
    )
    return Caller(principal=principal)


def test_who_has_the_scope_may(guard: Guard) -> None:
    caller = a_caller(Scope.PHOTOS_READ)
    assert guard.require(caller, Scope.PHOTOS_READ) is caller.principal


@pytest.mark.parametrize("needs", set(Scope) - {Scope.PHOTOS_READ})
def test_who_lacks_the_scope_may_not_and_learns_its_name(guard: Guard, needs: Scope) -> None:
    with pytest.raises(PermissionDenied, match=needs.value) as raised:
        guard.require(a_caller(Scope.PHOTOS_READ), needs)
    assert raised.value.scope == needs.value


def test_nobody_in_particular_is_asked_to_sign_in(guard: Guard) -> None:
    for caller in (ANONYMOUS, msgspec.structs.replace(ANONYMOUS, application=None)):
        with pytest.raises(Unauthenticated):
            guard.require(caller, Scope.PHOTOS_READ)


def test_a_stored_key_is_not_the_key_of_any_purpose(tmp_path: Path, keys: KeyRing) -> None:
    """Each purpose has a key of its own, so a token of one is worth nothing as another."""
    made = keys.make_csrf(STUDIO_TOKEN, NOON)
    assert keys.unseal(made) is None
    assert keys.csrf_age(keys.seal(STUDIO_TOKEN, NOON), STUDIO_TOKEN, NOON) is None
    assert isinstance(FileKeys(tmp_path / "keys", system_entropy, At()).keys()[0], StoredKey)

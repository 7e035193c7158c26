"""What others of the same account do meanwhile: they hold the turn, move a cookie, sign out."""

import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import KeepingFailed, Unanswered
from safelight.client.events import Happened
from safelight.client.keeping import AccountKey, Kept, Refused
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.things import NewCustomer
from safelight.client.turn import Turn
from safelight.errors import Unauthenticated
from safelight.testing.faults import Answer

COOKIE = "photoshelter-cookie"
SIGN_OUTS = {
    "studio": ("POST", "/studio/logout"),
    "galleries": ("POST", "/galleries/logout"),
    "photoshelter-token": ("POST", "/authenticate/logout"),
    "photoshelter-cookie": ("POST", "/authenticate/logout"),
    "librephotos": ("POST", "/auth/token/blacklist/"),
    "recorder-monitor": ("GET", "/api/logout"),
    "safelight": ("DELETE", "/v1/sessions/current"),
}
LATER = 61
"""Seconds after which a moved cookie is written down again."""


def cookie_of(kept: Kept | None) -> str:
    assert kept is not None
    assert kept.grant is not None
    return kept.grant.cookies[0].value.reveal()


@pytest.mark.parametrize("service", [COOKIE, "studio"])
def test_a_write_that_was_done_is_sent_once_whoever_has_the_turn(
    ada: Ada, service: str, tmp_path: Path
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = ada.at(service, keeper=keeper)
    key = auth.session.holding.key
    with safelight.Client(auth, clock=ada.house.clock, patience=Ada.quick) as client:
        client.sign_in()
        before = cookie_of(keeper.read(key))
        with Turn(keeper.lock_path(key)).claim() as somebody:
            assert somebody.take()
            for name in ("one", "two"):
                ada.house.clock.advance(LATER)
                began = time.monotonic()
                if service == COOKIE:
                    client.galleries.add(name)
                else:
                    client.customers.add(
                        NewCustomer(first_name="Grace", email=f"{name}@example.com")
                    )
                assert time.monotonic() - began < 60
            assert cookie_of(keeper.read(key)) == before
        client.get(SERVICES[service].path)
    path = "/gallery/insert" if service == COOKIE else "/clients/"
    assert ada.way.count("POST", path) == 2
    if service == COOKIE:
        assert cookie_of(keeper.read(key)) != before


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_request_under_way_does_not_undo_a_sign_out(
    ada: Ada, service: str, tmp_path: Path
) -> None:
    """It meets the end of the session before the answer to the sign-out is here."""
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = ada.at(service, keeper=keeper)
    method, path = SIGN_OUTS[service]
    found: list[object] = []
    with safelight.Client(auth, clock=ada.house.clock, patience=Ada.quick) as client:
        client.sign_in()
        ada.way.delay(1, after=True, path=path)
        leaving = threading.Thread(target=client.sign_out)
        leaving.start()
        while ada.way.count(method, path) == 0:
            time.sleep(0.01)
        time.sleep(0.2)
        try:
            found.append(client.get(SERVICES[service].path).status_code)
        except safelight.SafelightError as error:
            found.append(type(error))
        leaving.join()
        with pytest.raises(Unauthenticated, match="Signed out"):
            client.get(SERVICES[service].path)
    assert found in ([Unauthenticated], [200])
    assert ada.sign_ins(service) == 1
    kept = keeper.read(auth.session.holding.key)
    assert kept is None or kept.grant is None


def test_who_was_idle_goes_on_with_the_cookie_that_another_has_moved(
    ada: Ada, tmp_path: Path
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    busy, idle = (ada.at(COOKIE, keeper=keeper) for _ in range(2))
    path = SERVICES[COOKIE].path
    with (
        safelight.Client(busy, clock=ada.house.clock) as one,
        safelight.Client(idle, clock=ada.house.clock) as other,
    ):
        one.get(path)
        other.get(path)
        for _ in range(4):
            ada.house.clock.advance(20 * 60)
            one.get(path)
        assert other.get(path).status_code == 200
        assert one.get(path).status_code == 200
    assert ada.sign_ins(COOKIE) == 1


def test_an_older_cookie_is_not_kept_in_the_place_of_a_newer_one(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    busy, idle = (ada.at(COOKIE, keeper=keeper) for _ in range(2))
    path = SERVICES[COOKIE].path
    with safelight.Client(busy, clock=ada.house.clock) as one:
        one.get(path)
        with safelight.Client(idle, clock=ada.house.clock) as other:
            for _ in range(2):
                ada.house.clock.advance(20)
                other.get(path)
            ada.house.clock.advance(LATER)
            one.get(path)
            newest = cookie_of(keeper.read(busy.session.holding.key))
        assert cookie_of(keeper.read(busy.session.holding.key)) == newest


class FullAtFirst(PlainFileKeeper):
    """A disk that has room again later."""

    is_full = True

    def write(self, key: AccountKey, kept: Kept) -> None:
        if self.is_full:
            raise KeepingFailed("No space left.")
        super().write(key, kept)

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        if self.is_full:
            raise KeepingFailed("No space left.")
        super().hold_room(key, kept)


def test_what_could_not_be_written_down_is_at_the_end_of_the_run(ada: Ada, tmp_path: Path) -> None:
    keeper = FullAtFirst(tmp_path / "kept")
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        client.get("/v1/account")
        assert ada.happened(Happened.NOT_KEPT) == 1
        keeper.is_full = False
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        client.get("/v1/account")
    assert ada.sign_ins("safelight") == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_without_an_answer_leaves_a_write_in_doubt(ada: Ada, status: int) -> None:
    auth = ada.at("safelight")
    with safelight.Client(auth, clock=ada.house.clock, patience=Ada.quick) as client:
        client.sign_in()
        ada.way.order("POST", "/v1/galleries", Answer(status=status, after=True))
        with pytest.raises(Unanswered, match=r"50[24] .* may have happened: look before"):
            client.galleries.add("once")
        assert [each.name for each in client.galleries.list()] == ["once"]


def test_an_answer_that_cannot_be_unpacked_is_none(ada: Ada) -> None:
    rubbish = Answer(status=200, headers={"content-encoding": "gzip"}, body=b"no gzip")
    auth = ada.at("safelight")
    with safelight.Client(auth, clock=ada.house.clock, patience=Ada.quick) as client:
        client.sign_in()
        ada.way.order("GET", "/v1/account", rubbish)
        assert client.get("/v1/account").status_code == 200
        assert ada.way.count("GET", "/v1/account") == 2
        ada.way.order("POST", "/v1/galleries", rubbish)
        with pytest.raises(Unanswered):
            client.galleries.add("once")
    assert ada.way.count("POST", "/v1/galleries") == 1


@pytest.mark.parametrize("rotates", [True, None])
def test_a_renewal_that_could_not_be_written_down_is_not_asked_for(
    ada: Ada, tmp_path: Path, rotates: bool | None
) -> None:
    """Where the server gives a new refresh token with it, the kept one is dead from then on."""
    keeper = FullAtFirst(tmp_path / "kept")
    keeper.is_full = False
    auth = ada.at("librephotos", keeper=keeper)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        holding = auth.session.holding
        holding.amend(holding.held.id, lambda grant: replace(grant, rotates=rotates))
        keeper.is_full = True
        ada.house.clock.advance(297)
        assert client.get("/api/photos/").status_code == 200
        ada.house.clock.advance(10)
        with pytest.raises(KeepingFailed):
            client.get("/api/photos/")
        assert ada.way.count("POST", "/api/auth/token/refresh/") == 0
        keeper.is_full = False
        assert client.get("/api/photos/").status_code == 200
    assert ada.way.count("POST", "/api/auth/token/refresh/") == 1
    assert ada.sign_ins("librephotos") == 1


def test_what_is_held_for_this_run_alone_is_kept_nowhere(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = ada.at(COOKIE, keeper=keeper)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        kept = keeper.read(auth.session.holding.key)
        grant = auth.session.holding.held.grant
        assert grant is not None
        auth.session.holding.begin_with(replace(grant, identifier="another"))
        ada.house.clock.advance(LATER)
        client.get(SERVICES[COOKIE].path)
    assert keeper.read(auth.session.holding.key) == kept


@pytest.mark.parametrize("act", ["sign_out", "forget"])
def test_a_token_for_one_run_takes_no_kept_session_with_it(
    ada: Ada, tmp_path: Path, act: str
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        client.sign_in()
        kept = keeper.read(client.auth.session.holding.key)
    token = another_token(ada)
    auth = ada.at("safelight", keeper=keeper, token=token)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        assert client.get("/v1/account").status_code == 200
        getattr(client, act)()
        with pytest.raises(Unauthenticated, match="Signed out"):
            client.get("/v1/account")
    assert keeper.read(auth.session.holding.key) == kept
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        assert client.get("/v1/account").status_code == 200
    assert ada.sign_ins("safelight") == 2


def test_a_token_that_is_over_gives_way_to_what_is_kept(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        client.sign_in()
        kept = keeper.read(client.auth.session.holding.key)
    wrong = ("ada@example.com", "no such password at all")
    auth = ada.at("safelight", keeper=keeper, token="over", credentials=wrong)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        assert client.get("/v1/account").status_code == 200
    assert keeper.read(auth.session.holding.key) == kept
    assert ada.sign_ins("safelight") == 1


def test_a_token_that_is_over_is_not_kept_with_the_mark_of_a_wrong_password(
    ada: Ada, tmp_path: Path
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    wrong = ("ada@example.com", "no such password at all")
    auth = ada.at("safelight", keeper=keeper, token="over", credentials=wrong)
    with safelight.Client(auth, clock=ada.house.clock) as client, pytest.raises(Unauthenticated):
        client.get("/v1/account")
    assert keeper.read(auth.session.holding.key) is None


def another_token(ada: Ada) -> str:
    """Of a session of its own."""
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        grant = client.sign_in().grant
    assert grant is not None
    assert grant.session_token is not None
    return grant.session_token.reveal()


def test_what_was_forgotten_while_it_was_read_stays_forgotten(ada: Ada, tmp_path: Path) -> None:
    auth = ada.at("safelight", keeper=PlainFileKeeper(tmp_path / "kept"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
    is_read, may_go_on = threading.Event(), threading.Event()

    class Slow(PlainFileKeeper):
        def read(self, key: AccountKey) -> Kept | None:
            found = super().read(key)
            if threading.current_thread().name == "slow":
                is_read.set()
                may_go_on.wait(10)
            return found

    auth = ada.at("safelight", keeper=Slow(tmp_path / "kept"))
    failures: list[Exception] = []

    def call() -> None:
        try:
            client.get("/v1/account")
        except Unauthenticated as error:
            failures.append(error)

    with safelight.Client(auth, clock=ada.house.clock) as client:
        thread = threading.Thread(target=call, name="slow")
        thread.start()
        is_read.wait(10)
        client.forget()
        may_go_on.set()
        thread.join()
        call()
    assert [str(each) for each in failures] == ["Signed out. Sign in again first."] * 2
    assert ada.way.count("GET", "/v1/account") == 0


def test_a_moved_cookie_takes_no_mark_of_a_wrong_password_away(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = ada.at(COOKIE, keeper=keeper)
    key = auth.session.holding.key
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        kept = keeper.read(key)
        assert kept is not None
        keeper.write(key, replace(kept, refused=Refused(salt=b"salt", digest=b"digest")))
        ada.house.clock.advance(LATER)
        client.get(SERVICES[COOKIE].path)
    after = keeper.read(key)
    assert after is not None
    assert after.refused == Refused(salt=b"salt", digest=b"digest")
    assert cookie_of(after) != cookie_of(kept)

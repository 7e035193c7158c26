"""The operator's commands beside a running server, which heeds them at its next request."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
from tests.cli.command import Command
from tests.house import PASSWORD
from tools.running import Server

TRIES = 12
"""New connections, of which each worker gets some."""


def statuses(server: Server, path: str, headers: dict[str, str]) -> set[int]:
    """What a number of requests get, each on a connection of its own."""
    return {
        httpx2.get(f"{server.url}{path}", headers=headers, follow_redirects=False).status_code
        for _ in range(TRIES)
    }


def sign_in(server: Server, username: str, password: str = PASSWORD) -> httpx2.Response:
    asked = {"identifier": username, "password": password}
    return httpx2.post(f"{server.url}/v1/sessions", json=asked)


def bearer(server: Server, username: str) -> dict[str, str]:
    answer = sign_in(server, username)
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['token']}"}


def access(server: Server, username: str) -> dict[str, str]:
    """LibrePhotos' signed token, which no store has to be asked for in other systems."""
    asked = {"username": username, "password": PASSWORD}
    answer = httpx2.post(f"{server.url}/api/auth/token/obtain/", json=asked)
    return {"authorization": f"Bearer {answer.json()['access']}"}


@contextmanager
def signed_in(
    server: Server, beside: Command, username: str
) -> Iterator[Callable[[], tuple[set[int], set[int]]]]:
    """Asks for what the account's opaque and signed tokens get now, after both got 200."""
    beside.add_account(username)
    own, signed = bearer(server, username), access(server, username)

    def ask() -> tuple[set[int], set[int]]:
        return statuses(server, "/v1/account", own), statuses(server, "/api/photos/", signed)

    assert ask() == ({200}, {200})
    yield ask


def test_a_suspended_account_is_refused_at_its_next_request(pair: Server, beside: Command) -> None:
    with signed_in(pair, beside, "suspended") as ask:
        beside.admin("account", "suspend", "suspended")
        assert ask() == ({401}, {401})
        assert sign_in(pair, "suspended").status_code == 401


def test_a_resumed_account_signs_in_again_and_its_old_sessions_stay_over(
    pair: Server, beside: Command
) -> None:
    with signed_in(pair, beside, "resumed") as ask:
        beside.admin("account", "suspend", "resumed")
        beside.admin("account", "resume", "resumed")
        assert ask() == ({401}, {401})
        assert sign_in(pair, "resumed").status_code == 201


def test_without_the_shared_count_a_suspension_is_heeded_within_moments(
    pair: Server, beside: Command
) -> None:
    """Whoever tidies up the data folder does not make the workers deaf."""
    with signed_in(pair, beside, "tidied") as ask:
        (pair.data / "safelight.db-generation").unlink()
        beside.admin("account", "suspend", "tidied")
        until = time.monotonic() + 30
        while ask() != ({401}, {401}):
            assert time.monotonic() < until
        beside.admin("account", "resume", "tidied")
    with signed_in(pair, beside, "tidied-too") as ask:
        beside.admin("account", "suspend", "tidied-too")
        assert ask() == ({401}, {401})


def test_a_deleted_account_is_refused_at_its_next_request(pair: Server, beside: Command) -> None:
    with signed_in(pair, beside, "deleted") as ask:
        beside.admin("account", "delete", "deleted", "--yes")
        assert ask() == ({401}, {401})


def test_a_new_password_ends_sessions_and_takes_the_place_of_the_old(
    pair: Server, beside: Command
) -> None:
    with signed_in(pair, beside, "renewed") as ask:
        new = "quite another password"
        beside.admin(
            "account", "set-password", "renewed", "--password-stdin", stdin=f"{new}\n"
        )  # fmt: skip
        assert ask() == ({401}, {401})
        assert sign_in(pair, "renewed").status_code == 401
        assert sign_in(pair, "renewed", new).status_code == 201


def test_all_sessions_of_an_account_end(pair: Server, beside: Command) -> None:
    with signed_in(pair, beside, "ended") as ask:
        asked = beside.admin("session", "end", "--all", "ended")
        assert asked.code == 1
        assert ask() == ({200}, {200})
        done = beside.admin("session", "end", "--all", "ended", "--yes")
        assert done.out == "Ended 2 sessions.\n"
        assert ask() == ({401}, {401})


def test_one_session_ends_and_the_other_stays(pair: Server, beside: Command) -> None:
    beside.add_account("single")
    first, second = bearer(pair, "single"), bearer(pair, "single")
    listed = httpx2.get(f"{pair.url}/v1/sessions", headers=first).json()["items"]
    current = next(each["id"] for each in listed if each["current"])
    assert beside.admin("session", "end", current).out == "Ended 1 session.\n"
    assert statuses(pair, "/v1/account", first) == {401}
    assert statuses(pair, "/v1/account", second) == {200}


def test_a_session_that_is_not_there_is_not_ended(beside: Command) -> None:
    outcome = beside.admin("session", "end", "ses_none")
    assert (outcome.code, outcome.err) == (1, "safelight: There is no session ses_none.\n")


def test_sessions_are_listed_as_the_native_api_shows_them(pair: Server, beside: Command) -> None:
    beside.add_account("listed")
    own = bearer(pair, "listed")
    access(pair, "listed")
    printed = beside.admin("session", "list", "listed@example.com", "--json").json
    shown = httpx2.get(f"{pair.url}/v1/sessions", headers=own).json()["items"]
    for each in shown:
        del each["current"]
    by_id = {each["id"]: each for each in shown}
    assert {each["id"]: each | {"last_seen_at": None} for each in printed} == {
        key: value | {"last_seen_at": None} for key, value in by_id.items()
    }
    assert {each["realm"] for each in printed} == {"native", "librephotos"}


def test_sessions_are_listed_for_people(pair: Server, beside: Command) -> None:
    beside.add_account("shown")
    assert beside.admin("session", "list", "shown").out == "shown has no open session.\n"
    bearer(pair, "shown")
    heading, *rows = beside.admin("session", "list", "shown").out.splitlines()
    assert heading.split() == ["Id", "Realm", "Address", "Last", "seen", "Program"]
    assert [row.split()[1:3] for row in rows] == [["native", "127.0.0.1"]]


def test_a_removed_application_s_key_opens_nothing(pair: Server, beside: Command) -> None:
    beside.add_account("plugin")
    added = beside.admin("application", "add", "Plug-in", "--json").json
    form = {"email": "plugin", "password": PASSWORD, "mode": "token"}
    key = {"x-ps-api-key": added["api_key"]}
    answer = httpx2.post(f"{pair.url}/psapi/v3/mem/authenticate", data=form, headers=key)
    headers = {**key, "x-ps-auth-token": answer.json()["data"]["token"]}
    assert statuses(pair, "/psapi/v3/mem/user/session", headers) == {200}
    beside.admin("application", "remove", added["id"], "--yes")
    assert statuses(pair, "/psapi/v3/mem/user/session", headers) == {401}


@pytest.mark.parametrize(("drop", "status"), [((), 200), (("--drop-old", "--yes"), 401)])
def test_a_rotation_keeps_what_old_keys_signed_unless_it_drops_them(
    pair: Server, beside: Command, drop: tuple[str, ...], status: int
) -> None:
    username = f"rotated{status}"
    with signed_in(pair, beside, username) as ask:
        beside.admin("keys", "rotate", *drop)
        assert ask() == ({200}, {status})  # an opaque token needs no key


def test_a_member_can_act_for_an_organization_at_once(pair: Server, beside: Command) -> None:
    beside.add_account("joined")
    headers = bearer(pair, "joined")
    organization = beside.admin("organization", "add", "Quay Pictures", "--json").json
    beside.admin("organization", "join", "Quay Pictures", "joined", "--role", "owner")
    listed = httpx2.get(f"{pair.url}/v1/organizations", headers=headers).json()["items"]
    assert [(each["id"], each["role"]) for each in listed] == [(organization["id"], "owner")]

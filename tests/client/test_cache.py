"""Answers that are used again: as their headers allow, for one account, and with no secret kept."""

import sqlite3
import stat
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES
from tests.pictures.samples import picture

import safelight
from safelight.client import cache as cache_module
from safelight.client.cache import AnswerCache
from safelight.client.cache_use import is_worth_keeping
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.things import NewCustomer
from safelight.testing.faults import Answer

PICTURE = picture(width=60, height=40)
LARGE = picture(width=1200, height=900)
PUBLIC = {"content-type": "text/plain", "cache-control": "max-age=600"}


def client_of(ada: Ada, service: str, tmp_path: Path, **options: Any) -> safelight.Client:
    return safelight.Client(
        ada.at(service, **options),
        cache=AnswerCache(tmp_path / "cache"),
        patience=ada.quick,
        clock=ada.house.clock,
    )


def test_a_fresh_answer_is_used_again_without_a_request(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        client.sign_in()
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
        assert [client.get("/news").text for _ in range(3)] == ["first"] * 3
    assert ada.way.count("GET", "/news") == 1


async def test_an_async_client_does_the_same(ada: Ada, tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "cache")
    auth = ada.at("safelight")
    async with safelight.AsyncClient(auth, cache=cache, clock=ada.house.clock) as client:
        await client.sign_in()
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
        assert [(await client.get("/news")).text for _ in range(3)] == ["first"] * 3
        photo = await client.photos.upload(PICTURE, name="a.jpg")
        for _ in range(2):
            await client.photos.download(photo.id, tmp_path / "b.jpg")
        assert (tmp_path / "b.jpg").read_bytes() == PICTURE
    assert ada.way.count("GET", "/news") == 1


def test_a_later_run_uses_them_too(ada: Ada, tmp_path: Path) -> None:
    ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
    for _ in range(2):
        keeper = PlainFileKeeper(tmp_path / "kept")
        with client_of(ada, "safelight", tmp_path, keeper=keeper) as client:
            assert client.get("/news").text == "first"
    assert ada.way.count("GET", "/news") == 1


def test_what_has_to_be_asked_again_is_asked_by_its_tag(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        photo = client.photos.upload(LARGE, name="a.jpg")
        path = f"/v1/photos/{photo.id}/original"
        answers = [client.get(path) for _ in range(3)]
    assert {answer.content for answer in answers} == {LARGE}
    asked = [seen for seen in ada.way.seen if seen.path == path]
    assert ["if-none-match" in seen.headers for seen in asked] == [False, True, True]


@pytest.mark.parametrize("service", list(SERVICES))
@pytest.mark.parametrize("header", ["Cookie", "Authorization"])
def test_a_view_that_the_caller_s_own_cookie_asked_for_is_no_other_s(
    ada: Ada, service: str, header: str, tmp_path: Path
) -> None:
    """Neither is one that differs by a credential which the session leaves alone."""
    headers = {**PUBLIC, "vary": header}
    with client_of(ada, service, tmp_path) as client:
        client.sign_in()
        for body in (b"dark", b"light", b"bare"):
            ada.way.order("GET", "/news", Answer(status=200, headers=headers, body=body))
        asked = [{header: "theme=dark"}, {header: "theme=light"}, {}]
        for _ in range(2):
            said = [client.get("/news", headers=each).text for each in asked]
            assert said == ["dark", "light", "bare"]
    assert ada.way.count("GET", "/news") == 3


def test_what_is_small_and_never_fresh_is_not_worth_it(ada: Ada, tmp_path: Path) -> None:
    """To keep it takes longer than to fetch it."""
    with client_of(ada, "safelight", tmp_path) as client:
        answers = [client.get("/v1/account") for _ in range(3)]
        (file,) = (tmp_path / "cache").glob("*.sqlite")
        assert b"ada@example.com" not in file.read_bytes()
    assert {answer.headers["cache-control"] for answer in answers} == {"private, no-cache"}
    asked = [seen for seen in ada.way.seen if seen.path == "/v1/account"]
    assert ["if-none-match" in seen.headers for seen in asked] == [False] * 3


@pytest.mark.parametrize(
    ("status", "headers", "is_worth"),
    [
        (200, {"cache-control": "max-age=60"}, True),
        (404, {"cache-control": "private, max-age=60"}, True),
        (200, {"expires": "Wed, 25 Nov 2026 12:00:00 GMT"}, True),
        (200, {"etag": '"1"', "content-length": "16384"}, True),
        (200, {"last-modified": "Wed, 25 Nov 2026 12:00:00 GMT"}, True),
        (200, {"etag": '"1"', "content-length": "16383"}, False),
        (200, {"etag": '"1"', "content-length": "70", "cache-control": "no-cache"}, False),
        (200, {"cache-control": "no-cache, max-age=60", "content-length": "70"}, False),
        (200, {"cache-control": "no-store, max-age=60"}, False),
        (206, {"cache-control": "max-age=60"}, False),
        (304, {"cache-control": "max-age=60"}, False),
        (404, {"etag": '"1"'}, False),
        (401, {"cache-control": "max-age=60"}, False),
        (403, {"cache-control": "max-age=60"}, False),
        (419, {"cache-control": "max-age=60"}, False),
        (200, {}, False),
    ],
)
def test_what_is_worth_keeping(status: int, headers: dict[str, str], is_worth: bool) -> None:
    assert is_worth_keeping(httpx2.Response(status, headers=headers)) is is_worth


@pytest.mark.parametrize("headers", [{"cache-control": "no-store"}, {}])
def test_what_may_not_be_kept_is_not(ada: Ada, tmp_path: Path, headers: dict[str, str]) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        client.sign_in()
        for body in (b"first", b"second"):
            ada.way.order("GET", "/news", Answer(status=200, headers=headers, body=body))
        assert [client.get("/news").text for _ in range(2)] == ["first", "second"]


def test_only_reading_is_answered_from_it(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        for name in ("Harbour", "Island"):
            client.customers.add(NewCustomer(first_name=name))
        assert len(list(client.customers.list())) == 2


@pytest.mark.parametrize("kind", ["blocking", "async"])
async def test_a_refusal_is_not_answered_again_after_the_renewal(
    ada: Ada, tmp_path: Path, kind: str
) -> None:
    """Whatever it says of itself, and also where an answer that grew old is in the cache."""
    old = Answer(200, {"cache-control": "max-age=0, must-revalidate", "etag": '"1"'}, b"n" * 20_000)
    refused = Answer(401, {"content-type": "application/json", "cache-control": "max-age=600"})
    ada.way.order("GET", "/news", old, refused, Answer(200, PUBLIC, b"new"))
    cache, auth = AnswerCache(tmp_path / "cache"), ada.at("librephotos")
    if kind == "blocking":
        with safelight.Client(auth, cache=cache, clock=ada.house.clock) as client:
            assert [len(client.get("/news").content) for _ in range(2)] == [20_000, 3]
    else:
        async with safelight.AsyncClient(auth, cache=cache, clock=ada.house.clock) as other:
            assert [len((await other.get("/news")).content) for _ in range(2)] == [20_000, 3]
    assert ada.way.count("POST", "/api/auth/token/refresh/") == 1
    assert ada.sign_ins("librephotos") == 1


def test_a_write_makes_what_another_client_has_kept_old(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    news = [Answer(status=200, headers=PUBLIC, body=body) for body in (b"first", b"second")]
    ada.way.order("GET", "/news", *news)
    ada.way.order("PUT", "/news", Answer(status=204))
    with (
        client_of(ada, "safelight", tmp_path, keeper=keeper) as one,
        client_of(ada, "safelight", tmp_path, keeper=keeper) as other,
    ):
        other.get("/v1/account")
        assert [one.get("/news").text for _ in range(2)] == ["first"] * 2
        other.put("/news", content=b"x")
        assert one.get("/news").text == "second"


@pytest.mark.parametrize("service", list(SERVICES))
def test_no_secret_is_kept_with_an_answer(ada: Ada, service: str, tmp_path: Path) -> None:
    auth = ada.at(service)
    cache = AnswerCache(tmp_path / "cache")
    with safelight.Client(auth, cache=cache, clock=ada.house.clock) as client:
        client.sign_in()
        fault = Answer(
            status=200,
            headers={**PUBLIC, "set-cookie": "planted=in-the-cache", "jsession": "in-the-cache"},
            body=b"kept",
        )
        ada.way.order("GET", "/news", fault)
        first, second = (client.get("/news") for _ in range(2))
        assert first.headers["set-cookie"] == "planted=in-the-cache"
        assert "set-cookie" not in second.headers
        content = b"".join(each.read_bytes() for each in (tmp_path / "cache").iterdir())
    assert b"kept" in content
    assert b"in-the-cache" not in content
    assert not any(secret.encode() in content for secret in ada.secrets_of(auth))
    assert ada.way.count("GET", "/news") == 1


def test_its_files_are_for_their_owner_alone(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        client.sign_in()
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC))
        client.get("/news")
        folder = tmp_path / "cache"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {
            each.name: stat.S_IMODE(each.stat().st_mode)
            for each in folder.iterdir()
            if ".sqlite" in each.name
        }
        assert len(modes) >= 1
        assert set(modes.values()) == {0o600}


def test_two_accounts_have_a_file_each(ada: Ada, tmp_path: Path) -> None:
    ada.house.add_account("grace", password="another horse battery")
    hers = ("grace@example.com", "another horse battery")
    ada.way.order(
        "GET",
        "/news",
        Answer(status=200, headers=PUBLIC, body=b"for Ada"),
        Answer(status=200, headers=PUBLIC, body=b"for Grace"),
    )
    with (
        client_of(ada, "safelight", tmp_path) as mine,
        client_of(ada, "safelight", tmp_path, credentials=hers) as other,
    ):
        mine.sign_in()
        other.sign_in()
        for _ in range(2):
            assert mine.get("/news").text == "for Ada"
            assert other.get("/news").text == "for Grace"
    assert len(list((tmp_path / "cache").glob("*.sqlite"))) == 2


def test_it_is_emptied_by_a_sign_in_a_sign_out_and_another_organization(
    ada: Ada, tmp_path: Path
) -> None:
    harbour = ada.house.add_organization("Harbour", ada.account)
    with client_of(ada, "safelight", tmp_path) as client:
        client.sign_in()

        def news(body: bytes) -> str:
            ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=body))
            client.get("/news")
            return client.get("/news").text

        assert news(b"first") == "first"
        assert kept_in(tmp_path) == 1
        client.select_organization(harbour)
        assert kept_in(tmp_path) == 0
        assert news(b"second") == "second"
        client.sign_in(force=True)
        assert kept_in(tmp_path) == 0
        client.get("/v1/account")
        client.sign_out()
        assert kept_in(tmp_path) == 0
    whole = b"".join(each.read_bytes() for each in (tmp_path / "cache").iterdir())
    assert b"second" not in whole


def kept_in(tmp_path: Path) -> int:
    (file,) = (tmp_path / "cache").glob("*.sqlite")
    with sqlite3.connect(file) as connection:
        count: int = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    connection.close()
    return count


def test_a_refreshed_token_is_no_new_sign_in(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "librephotos", tmp_path) as client:
        client.sign_in()
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
        client.get("/news")
        ada.house.clock.advance(301)
        assert client.get("/news").text == "first"
    assert ada.way.count("GET", "/news") == 1
    assert ada.way.count("POST", "/api/auth/token/refresh/") == 1


def test_another_process_s_sign_in_makes_old_answers_useless(ada: Ada, tmp_path: Path) -> None:
    """Whoever takes over a newer session has no use for what the older one was answered."""
    keeper = PlainFileKeeper(tmp_path / "kept")
    with (
        client_of(ada, "safelight", tmp_path, keeper=keeper) as first,
        client_of(ada, "safelight", tmp_path, keeper=keeper) as second,
    ):
        first.sign_in()
        second.sign_in()
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
        assert second.get("/news").text == "first"
        first.sign_in(force=True)
        ada.way.order("GET", "/v1/account", Answer(status=401))
        second.get("/v1/account")
        ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"second"))
        assert second.get("/news").text == "second"


def test_a_damaged_file_is_thrown_away(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight", tmp_path) as client:
        client.sign_in()
    (file,) = (tmp_path / "cache").glob("*.sqlite")
    file.write_bytes(b"no database" * 1000)
    ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"first"))
    with client_of(ada, "safelight", tmp_path) as client:
        assert [client.get("/news").text for _ in range(2)] == ["first"] * 2
    assert ada.way.count("GET", "/news") == 1


def test_damaged_pages_are_told_in_a_line_and_keep_nothing_from_being_answered(
    ada: Ada, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    with client_of(ada, "safelight", tmp_path, keeper=keeper) as client:
        client.sign_in()
        ada.way.order("GET", "/news", *[Answer(status=200, headers=PUBLIC, body=b"first")] * 3)
        client.get("/news")
    (path,) = (tmp_path / "cache").glob("*.sqlite")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"rubbish" * 9000)
    with client_of(ada, "safelight", tmp_path, keeper=keeper) as client:
        assert [client.get("/news").text for _ in range(2)] == ["first"] * 2
    told = [record for record in caplog.records if record.name.startswith("hishel")]
    assert told
    assert not any(record.exc_info or record.exc_text for record in told)


def test_an_answer_stays_whole_while_somebody_empties_the_file(ada: Ada, tmp_path: Path) -> None:
    ada.way.order("GET", "/news", Answer(status=200, headers=PUBLIC, body=b"n" * 300_000))
    with client_of(ada, "safelight", tmp_path) as client:
        client.get("/news")
        with client.stream("GET", "/news") as response:
            with client_of(ada, "safelight", tmp_path) as other:
                other.sign_in()
            assert len(response.read()) == 300_000
    assert ada.way.count("GET", "/news") == 1


@pytest.mark.parametrize("kind", ["blocking", "async"])
async def test_an_answer_that_is_emptied_as_it_is_read_is_asked_for(
    ada: Ada, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = Answer(status=200, headers=PUBLIC, body=b"n" * 300_000)
    ada.way.order("GET", "/news", news, news)
    cache = AnswerCache(tmp_path / "cache")
    auth = ada.at("safelight")
    read = cache_module._is_kept

    def emptied(response: httpx2.Response) -> bool:
        is_kept = read(response)
        if is_kept:
            cache.empty(auth.session.holding.key)
        return is_kept

    if kind == "blocking":
        with safelight.Client(auth, cache=cache, clock=ada.house.clock) as client:
            client.get("/news")
            monkeypatch.setattr(cache_module, "_is_kept", emptied)
            assert len(client.get("/news").content) == 300_000
    else:
        async with safelight.AsyncClient(auth, cache=cache, clock=ada.house.clock) as other:
            await other.get("/news")
            monkeypatch.setattr(cache_module, "_is_kept", emptied)
            assert len((await other.get("/news")).content) == 300_000
    assert ada.way.count("GET", "/news") == 2

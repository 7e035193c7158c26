"""Typed calls on each service that has a library: what one stores, another shows."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.client.flows import answer
from tests.client.people import Ada
from tests.pictures.samples import picture

import safelight
from safelight.client.errors import (
    KeepingFailed,
    NotTheService,
    Unanswered,
    Unreachable,
    Unsupported,
)
from safelight.client.grant import Grant
from safelight.client.library import pixieset as pixieset_library
from safelight.client.steps import Send, Steps
from safelight.client.things import NewCustomer
from safelight.errors import MalformedRequest, NotFound, Unavailable
from safelight.testing.faults import Answer

PICTURE = picture(width=60, height=40)
LARGE = picture(width=1500, height=1200) + b"\0" * 2_500_000
"""Several chunks long: what follows a JPEG's end is none of its business."""


def client_of(ada: Ada, service: str, **options: Any) -> safelight.Client:
    return safelight.Client(ada.at(service, **options), patience=ada.quick, clock=ada.house.clock)


@pytest.mark.parametrize("service", ["photoshelter-token", "photoshelter-cookie", "safelight"])
def test_a_photo_is_added_to_a_gallery_listed_fetched_and_deleted(
    ada: Ada, service: str, tmp_path: Path
) -> None:
    with client_of(ada, service) as client:
        gallery = client.galleries.add("Harbour", public=True)
        photo = client.photos.upload(PICTURE, gallery=gallery.id, name="a.jpg")
        assert photo.name == "a.jpg"
        assert [(each.id, each.name) for each in client.galleries.list()] == [
            (gallery.id, "Harbour")
        ]
        assert [each.id for each in client.photos.list(gallery=gallery.id)] == [photo.id]
        assert [each.id for each in client.photos.list()] == [photo.id]
        assert client.photos.get(photo.id).width == 60
        assert client.photos.download(photo.id, tmp_path / "b.jpg").read_bytes() == PICTURE
        client.photos.delete(photo.id)
        assert list(client.photos.list(gallery=gallery.id)) == []
        client.galleries.delete(gallery.id)
        assert list(client.galleries.list()) == []
        with pytest.raises(NotFound):
            client.photos.get("I0000AAAAAAAAAAA")


async def test_an_async_client_does_the_same(ada: Ada, tmp_path: Path) -> None:
    auth = ada.at("photoshelter-token")
    async with safelight.AsyncClient(auth, clock=ada.house.clock) as client:
        gallery = await client.galleries.add("Harbour")
        photo = await client.photos.upload(PICTURE, gallery=gallery.id, name="a.jpg")
        assert [each.id async for each in client.galleries.list()] == [gallery.id]
        assert [each.id async for each in client.photos.list()] == [photo.id]
        assert (await client.photos.get(photo.id)).height == 40
        file = await client.photos.download(photo.id, tmp_path / "b.jpg")
        assert file.read_bytes() == PICTURE
        await client.photos.delete(photo.id)
        await client.galleries.delete(gallery.id)
        assert [each async for each in client.organizations.list()] == []
    async with safelight.AsyncClient(ada.at("studio"), clock=ada.house.clock) as client:
        made = await client.customers.add(NewCustomer(first_name="Grace"))
        assert [each async for each in client.customers.list()] == [made]
        assert [each async for each in client.notifications.list()] == []


async def test_a_path_may_be_text(ada: Ada, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PICTURE)
    source, to = f"{tmp_path}/a.jpg", f"{tmp_path}/b.jpg"
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(source)
        assert photo.name == "a.jpg"
        assert client.photos.download(photo.id, to).read_bytes() == PICTURE
        with pytest.raises(MalformedRequest, match=r"/missing\.jpg: No such file or directory\."):
            client.photos.upload(f"{tmp_path}/missing.jpg")
    async with safelight.AsyncClient(ada.at("safelight"), clock=ada.house.clock) as other:
        assert (await other.photos.upload(source)).name == "a.jpg"
        assert await other.photos.download(photo.id, to) == tmp_path / "b.jpg"


def test_librephotos_takes_a_photo_in_chunks_and_an_album(ada: Ada, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(LARGE)
    told: list[tuple[int, int]] = []
    with client_of(ada, "librephotos") as client:
        album = client.galleries.add("Harbour")
        photo = client.photos.upload(
            file, gallery=album.id, progress=lambda sent, of: told.append((sent, of))
        )
        assert photo.name == "a.jpg"
        assert photo.size == len(LARGE)
        assert [each.id for each in client.photos.list(gallery=album.id)] == [photo.id]
        assert [each.id for each in client.photos.list()] == [photo.id]
        assert client.photos.get(photo.id).width == 1500
        assert client.photos.download(photo.id, tmp_path / "b.jpg").read_bytes() == LARGE
        assert [each.name for each in client.galleries.list()] == ["Harbour"]
        client.photos.delete(photo.id)
        client.galleries.delete(album.id)
    chunks = -(-len(LARGE) // 1_000_000)
    assert ada.way.count("POST", "/api/upload/") == chunks
    assert told[-1] == (len(LARGE), len(LARGE))
    assert [sent for sent, _ in told] == sorted(sent for sent, _ in told)


def test_a_chunk_that_nobody_answered_is_sent_once_more_and_lands_once(ada: Ada) -> None:
    """The answer to the second chunk is lost; the server says how far it has come."""
    lost = Answer(status=200, body=b'{"upload_id"', after=True, breaks=True)
    with client_of(ada, "librephotos") as client:
        client.sign_in()
        first = _after(ada, "/api/upload/", 1, lost)
        photo = client.photos.upload(LARGE, name="a.jpg", progress=first)
        assert photo.size == len(LARGE)
        assert len(list(client.photos.list())) == 1


def _after(ada: Ada, path: str, count: int, fault: Answer) -> Callable[[int, int], None]:
    """Orders a fault once so many chunks have gone out."""
    calls = 0

    def told(sent: int, of: int) -> None:
        nonlocal calls
        calls += 1
        if calls == count:
            ada.way.order("POST", path, fault)

    return told


def test_a_completion_that_nobody_answered_is_looked_after(ada: Ada) -> None:
    lost = Answer(status=200, body=b"{", after=True, breaks=True)
    with client_of(ada, "librephotos") as client:
        client.sign_in()
        ada.way.order("POST", "/api/upload/complete/", lost)
        client.photos.upload(PICTURE, name="a.jpg")
        assert len(list(client.photos.list())) == 1


def test_a_file_that_is_there_already_is_not_sent_again(ada: Ada) -> None:
    with client_of(ada, "librephotos") as client:
        first = client.photos.upload(PICTURE, name="a.jpg")
        assert client.photos.upload(PICTURE, name="a.jpg").id == first.id
    assert ada.way.count("POST", "/api/upload/") == 1


def test_a_session_that_ends_within_an_upload_is_replaced_within_it(ada: Ada) -> None:
    with client_of(ada, "librephotos") as client:
        client.sign_in()

        def wait(sent: int, of: int) -> None:
            if sent < of:
                ada.house.clock.advance(400)

        assert client.photos.upload(LARGE, name="a.jpg", progress=wait).size == len(LARGE)


@pytest.mark.parametrize("service", ["photoshelter-token", "photoshelter-cookie", "safelight"])
def test_an_upload_that_meets_the_end_of_a_session_is_sent_from_its_beginning(
    ada: Ada, service: str
) -> None:
    """From where the file stood, that is, and whole."""
    file = BytesIO(b"before" + PICTURE)
    file.seek(6)
    told: list[int] = []
    with client_of(ada, service) as client:
        gallery = client.galleries.add("Harbour")
        ada.house.settle()
        ada.house.clock.advance(40 * 86_400)
        photo = client.photos.upload(
            file, gallery=gallery.id, name="a.jpg", progress=lambda sent, of: told.append(sent)
        )
        assert client.photos.get(photo.id).size == len(PICTURE)
        assert len(list(client.photos.list())) == 1
    assert ada.sign_ins(service) == 2
    assert told.count(len(PICTURE)) >= 2
    assert not file.closed


def test_an_upload_that_nobody_answered_is_not_sent_again(ada: Ada) -> None:
    lost = Answer(status=201, body=b"{", after=True, breaks=True)
    with client_of(ada, "safelight") as client:
        client.sign_in()
        ada.way.order("POST", "/v1/photos", lost)
        with pytest.raises(Unanswered):
            client.photos.upload(PICTURE, name="a.jpg")
        assert len(list(client.photos.list())) == 1


def test_an_upload_that_is_throttled_is_sent_again_whole(ada: Ada) -> None:
    with client_of(ada, "safelight") as client:
        client.sign_in()
        ada.way.order("POST", "/v1/photos", Answer(status=429), Answer(status=429))
        client.photos.upload(PICTURE, name="a.jpg")
        assert [each.size for each in client.photos.list()] == [len(PICTURE)]


def test_what_is_read_once_is_not_sent_twice(ada: Ada, tmp_path: Path) -> None:
    """With anybody's own body: the session is renewed, and the caller told to call again."""
    file = tmp_path / "a.jpg"
    file.write_bytes(PICTURE)
    with client_of(ada, "safelight") as client:
        client.sign_in()
        ada.house.settle()
        ada.house.clock.advance(40 * 86_400)
        with file.open("rb") as body, pytest.raises(safelight.SafelightError, match="renewed"):
            client.post("/v1/galleries", content=body)
        assert client.get("/v1/account").status_code == 200
    assert ada.sign_ins("safelight") == 2


def test_a_pipe_cannot_be_uploaded(ada: Ada) -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

    with client_of(ada, "safelight") as client, pytest.raises(MalformedRequest, match="pipe"):
        client.photos.upload(Pipe(PICTURE))


def test_a_file_that_is_not_there_is_named(ada: Ada, tmp_path: Path) -> None:
    with (
        client_of(ada, "safelight") as client,
        pytest.raises(MalformedRequest, match=r"nothing\.jpg: No such file"),
    ):
        client.photos.upload(tmp_path / "nothing.jpg")


# --- downloads --------------------------------------------------------------------------------


def test_a_download_that_breaks_off_goes_on_where_it_was(ada: Ada, tmp_path: Path) -> None:
    """With the server's own ranges; the first half comes from the broken answer."""
    told: list[tuple[int, int | None]] = []
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        path = f"/v1/photos/{photo.id}/original"
        etag = client.get(path).headers["etag"]
        half = Answer(
            status=200, body=PICTURE[: len(PICTURE) // 2], headers={"etag": etag}, breaks=True
        )
        ada.way.order("GET", "/original", half)
        file = client.photos.download(
            photo.id, tmp_path / "b.jpg", progress=lambda got, of: told.append((got, of))
        )
    assert file.read_bytes() == PICTURE
    assert ada.way.seen[-1].headers["range"] == f"bytes={len(PICTURE) // 2}-"
    assert told[-1] == (len(PICTURE), len(PICTURE))


def part(start: int, end: int, total: int | str = len(PICTURE), **more: str) -> Answer:
    headers = {"content-range": f"bytes {start}-{end - 1}/{total}", **more}
    return Answer(status=206, body=PICTURE[start:end], headers=headers)


HALF, THIRD = len(PICTURE) // 2, len(PICTURE) // 3
PARTS = {
    "ends early": (part(HALF, HALF + 100), f"bytes={HALF + 100}-"),
    "begins before": (part(THIRD, len(PICTURE)), None),
    "begins after": (part(HALF + 1, len(PICTURE)), None),
    "of a longer file": (part(HALF, len(PICTURE), len(PICTURE) + 1), None),
    "of another file": (part(HALF, len(PICTURE), etag='"other"'), None),
    "says not which": (Answer(status=206, body=PICTURE[HALF:]), None),
    "in another unit": (
        Answer(206, {"content-range": f"pages {HALF}-9/10"}, PICTURE[HALF:]), None
    ),
    "is refused": (Answer(status=416), None),
}  # fmt: skip


@pytest.mark.parametrize("name", list(PARTS))
@pytest.mark.parametrize("kind", ["blocking", "async"])
async def test_a_part_that_does_not_fit_is_not_put_to_the_rest(
    ada: Ada, tmp_path: Path, kind: str, name: str
) -> None:
    odd, asked = PARTS[name]
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        etag = client.get(f"/v1/photos/{photo.id}/original").headers["etag"]
        headers = {"etag": etag, "content-length": str(len(PICTURE))}
        broken = Answer(status=200, body=PICTURE[:HALF], headers=headers, breaks=True)
        ada.way.order("GET", "/original", broken, odd)
        if kind == "blocking":
            file = client.photos.download(photo.id, tmp_path / "b.jpg")
        else:
            async with safelight.AsyncClient(client.auth, patience=Ada.quick) as other:
                file = await other.photos.download(photo.id, tmp_path / "b.jpg")
    assert file.read_bytes() == PICTURE
    assert ada.way.seen[-1].headers.get("range") == asked


def test_a_download_goes_on_as_long_as_something_comes(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        etag = client.get(f"/v1/photos/{photo.id}/original").headers["etag"]
        headers = {"etag": etag, "content-length": str(len(PICTURE))}
        first = Answer(status=200, body=PICTURE[:10], headers=headers, breaks=True)
        rest = [part(10 * n, 10 * n + 10) for n in range(1, 20)]
        ada.way.order("GET", "/original", first, *rest)
        file = client.photos.download(photo.id, tmp_path / "b.jpg")
    assert file.read_bytes() == PICTURE
    assert ada.way.count("GET", "/original") == 22


def test_a_service_that_never_sends_the_end_is_given_up(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        etag = client.get(f"/v1/photos/{photo.id}/original").headers["etag"]
        headers = {"etag": etag, "content-length": str(len(PICTURE))}
        first = Answer(status=200, body=PICTURE[:10], headers=headers, breaks=True)
        ada.way.order("GET", "/original", first, *[part(10, 10)] * 9)
        with pytest.raises(Unavailable, match="less of the file"):
            client.photos.download(photo.id, tmp_path / "b.jpg")
    assert list(tmp_path.glob(".*.part")) == []


def test_a_page_is_not_put_in_a_file_s_place(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        page = Answer(200, {"content-type": "text/html"}, b"<p>Sign in to this network")
        ada.way.order("GET", "/original", page)
        with pytest.raises(NotTheService, match="page"):
            client.photos.download(photo.id, tmp_path / "b.jpg")
    assert not (tmp_path / "b.jpg").exists()


def test_a_download_is_as_private_as_any_file_that_one_makes(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        modes = []
        for mask in (0o022, 0o077):
            before = os.umask(mask)
            try:
                file = client.photos.download(photo.id, tmp_path / "b.jpg")
            finally:
                os.umask(before)
            modes.append(file.stat().st_mode & 0o777)
    assert modes == [0o644, 0o600]


def test_a_download_that_never_comes_leaves_nothing_behind(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        ada.way.order("GET", "/original", *[Answer(status=200, body=b"x", breaks=True)] * 9)
        (tmp_path / "b.jpg").write_text("the one before")
        with pytest.raises(safelight.SafelightError):
            client.photos.download(photo.id, tmp_path / "b.jpg")
    assert [(each.name, each.read_text()) for each in tmp_path.glob("*.jpg*")] == [
        ("b.jpg", "the one before")
    ]
    assert list(tmp_path.glob(".*.part")) == []


def test_a_download_into_nowhere_is_named(ada: Ada, tmp_path: Path) -> None:
    with client_of(ada, "safelight") as client:
        photo = client.photos.upload(PICTURE, name="a.jpg")
        with pytest.raises(KeepingFailed, match="No such file or directory"):
            client.photos.download(photo.id, tmp_path / "nowhere" / "b.jpg")


def test_pixieset_s_download_leads_to_an_address_that_gets_no_cookie(
    ada: Ada, tmp_path: Path
) -> None:
    with client_of(ada, "safelight") as client:
        gallery = client.galleries.add("Harbour")
        client.photos.upload(PICTURE, gallery=gallery.id, name="a.jpg")
    with client_of(ada, "galleries") as client:
        (collection,) = client.galleries.list()
        assert collection.name == "Harbour"
        (photo,) = client.photos.list(gallery=collection.id)
        assert [each.id for each in client.photos.list()] == [photo.id]
        assert client.photos.download(photo.id, tmp_path / "b.jpg").read_bytes() == PICTURE


# --- the rest ---------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["studio", "safelight"])
def test_customers_are_added_and_listed_page_by_page(ada: Ada, service: str) -> None:
    with client_of(ada, service) as client:
        names = [f"Grace {n:03}" for n in range(230)]
        with client_of(ada, "safelight") as other:
            for name in names:
                other.customers.add(NewCustomer(first_name=name, email="g@example.com"))
        found = list(client.customers.list())
        assert sorted(each.first_name for each in found) == names
        assert len({each.id for each in found}) == 230
        assert {each.email for each in found} == {"g@example.com"}
        assert list(client.notifications.list()) == []


def test_organizations_are_listed(ada: Ada) -> None:
    harbour = ada.house.add_organization("Harbour", ada.account)
    for service in ("photoshelter-token", "safelight"):
        with client_of(ada, service) as client:
            listed = [(each.id, each.name) for each in client.organizations.list()]
            assert listed == [(harbour, "Harbour")]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("recorder-monitor", lambda client: client.photos),
        ("recorder-monitor", lambda client: client.notifications),
        ("studio", lambda client: client.photos),
        ("galleries", lambda client: client.customers),
        ("librephotos", lambda client: client.organizations),
        ("galleries", lambda client: client.galleries.add("Harbour")),
        ("galleries", lambda client: client.galleries.delete("1")),
        ("galleries", lambda client: client.photos.upload(PICTURE)),
        ("galleries", lambda client: client.photos.get("1")),
        ("galleries", lambda client: client.photos.delete("1")),
        ("librephotos", lambda client: client.select_organization("O0000AAAAAAAAAAA")),
    ],
)
def test_what_a_service_does_not_have_is_said_to_be_missing(
    ada: Ada, service: str, call: Callable[[safelight.Client], object]
) -> None:
    with client_of(ada, service) as client, pytest.raises(Unsupported) as raised:
        call(client)
    assert raised.value.reason is safelight.Reason.UNSUPPORTED


def test_photoshelter_needs_a_gallery_for_a_photo(ada: Ada) -> None:
    with client_of(ada, "photoshelter-token") as client, pytest.raises(MalformedRequest):
        client.photos.upload(PICTURE)


@pytest.mark.covers("PX-52")
@pytest.mark.parametrize("as_text", [False, True])
def test_pixieset_s_ids_are_taken_as_numbers_and_as_text(as_text: bool) -> None:
    def named(number: int) -> int | str:
        return str(number) if as_text else number

    calls = pixieset_library.open_galleries(httpx2.URL("https://galleries.pixieset.com/")).photos
    assert calls is not None
    found = take(
        calls.list(Grant(), "10000001", ""),
        answer(json={"data": [{"id": named(100000001), "name": "Harbour"}]}),
        answer(json={"data": {"photos": [{"id": named(7), "name": "a.jpg", "size": named(1048)}]}}),
    )
    assert [(each.id, each.size) for each in found.items] == [("7", 1048)]


def take(steps: Steps[Any], *answers: httpx2.Response) -> Any:
    """What a call comes to when its requests get these answers."""
    step = next(steps)
    for each in answers:
        assert isinstance(step, Send)
        try:
            step = steps.send(each)
        except StopIteration as done:
            return done.value
    raise AssertionError("the call asks for more")


UNBUILT = [
    ("/a\nb", {}),
    ("http://a..b/", {}),
    (f"http://{'a' * 64}.example/", {}),
    ("https://[::1", {}),
    ("/" + "a" * 70_000, {}),
    ("/v1/account", {"X-Note": "geheim-é"}),
]


@pytest.mark.parametrize(("path", "headers"), UNBUILT, ids=lambda each: str(each)[:12])
async def test_what_no_request_can_be_made_of_is_told(
    ada: Ada, path: str, headers: dict[str, str]
) -> None:
    options: dict[str, Any] = {"clock": ada.house.clock, "patience": ada.quick}
    with safelight.Client(ada.at("safelight"), **options) as client:
        with pytest.raises(MalformedRequest) as raised:
            client.get(path, headers=headers)
        with pytest.raises(MalformedRequest), client.stream("GET", path, headers=headers):
            pass
    async with safelight.AsyncClient(ada.at("safelight"), **options) as several:
        # Its event loop says of some hosts that nobody knows them, which is as good.
        with pytest.raises((MalformedRequest, Unreachable)):
            await several.get(path, headers=headers)
    assert raised.value.__context__ is None or not isinstance(
        raised.value.__context__, UnicodeEncodeError
    )

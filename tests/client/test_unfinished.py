"""An upload that broke off is gone on with by a later run, where the service can (LibrePhotos)."""

import json
import stat
from pathlib import Path

import pytest
from tests.client.people import Ada
from tests.pictures.samples import picture

import safelight
from safelight.client.errors import NotTheService
from safelight.errors import MalformedRequest, SafelightError
from safelight.testing.faults import Answer

LARGE = picture(width=1500, height=1200) + b"\0" * 3_000_000
CHUNK = 1_000_000
CHUNKS = -(-len(LARGE) // CHUNK)


class PowerCut(BaseException):
    """The machine is off: nothing cleans up."""


def client_of(ada: Ada) -> safelight.Client:
    return safelight.Client(ada.at("librephotos"), patience=ada.quick, clock=ada.house.clock)


def break_off(ada: Ada, folder: Path, after: int, content: bytes = LARGE) -> None:
    """A run that ends once so many bytes have gone out."""

    def cut(sent: int, of: int) -> None:
        if sent >= after:
            raise PowerCut

    with client_of(ada) as client, pytest.raises(PowerCut):
        client.photos.upload(content, name="a.jpg", progress=cut, unfinished=folder)


def chunks(ada: Ada) -> int:
    return ada.way.count("POST", "/api/upload/")


def test_a_later_run_sends_the_rest_alone(ada: Ada, tmp_path: Path) -> None:
    break_off(ada, tmp_path / "up", 2 * CHUNK)
    assert chunks(ada) == 2
    told: list[int] = []
    with client_of(ada) as client:
        photo = client.photos.upload(
            LARGE,
            name="a.jpg",
            progress=lambda sent, of: told.append(sent),
            unfinished=tmp_path / "up",
        )
        assert photo.size == len(LARGE)
        assert client.photos.download(photo.id, tmp_path / "b.jpg").read_bytes() == LARGE
    assert chunks(ada) == CHUNKS
    assert told[0] == 2 * CHUNK
    assert told[-1] == len(LARGE)
    assert list((tmp_path / "up").iterdir()) == []


async def test_an_async_client_goes_on_likewise(ada: Ada, tmp_path: Path) -> None:
    break_off(ada, tmp_path / "up", CHUNK)
    async with safelight.AsyncClient(ada.at("librephotos"), clock=ada.house.clock) as client:
        await client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
    assert chunks(ada) == CHUNKS


def test_a_connection_that_breaks_goes_on_in_the_same_run(ada: Ada, tmp_path: Path) -> None:
    lost = Answer(status=200, body=b'{"upload_id"', after=True, breaks=True)

    def order(sent: int, of: int) -> None:
        if sent == CHUNK and chunks(ada) == 1:
            ada.way.order("POST", "/api/upload/", lost)

    with client_of(ada) as client:
        client.photos.upload(LARGE, name="a.jpg", progress=order, unfinished=tmp_path / "up")
        assert len(list(client.photos.list())) == 1
    assert chunks(ada) == CHUNKS + 1  # the one whose answer was lost, and was there already


def test_an_upload_that_the_server_no_longer_knows_begins_anew(ada: Ada, tmp_path: Path) -> None:
    break_off(ada, tmp_path / "up", 2 * CHUNK)
    ada.house.clock.advance(3 * 86_400)
    with client_of(ada) as client:
        photo = client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
        assert photo.size == len(LARGE)
    assert chunks(ada) == 2 + 1 + CHUNKS
    assert list((tmp_path / "up").iterdir()) == []


def test_another_file_is_another_upload(ada: Ada, tmp_path: Path) -> None:
    other = LARGE[:-1] + b"x"
    break_off(ada, tmp_path / "up", 2 * CHUNK)
    with client_of(ada) as client:
        client.photos.upload(other, name="a.jpg", unfinished=tmp_path / "up")
        assert chunks(ada) == 2 + CHUNKS
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
    assert chunks(ada) == 2 * CHUNKS


def test_the_last_answer_lost_costs_one_chunk(ada: Ada, tmp_path: Path) -> None:
    """The server has it all and has told nobody."""
    break_off(ada, tmp_path / "up", len(LARGE))
    with client_of(ada) as client:
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
        assert len(list(client.photos.list())) == 1
    assert chunks(ada) == CHUNKS + 1


def test_a_completion_that_is_refused_is_not_gone_on_with(ada: Ada, tmp_path: Path) -> None:
    refused = Answer(status=400, body=b'{"detail": "md5 checksum does not match"}')
    ada.way.order("POST", "/api/upload/complete/", refused)
    with client_of(ada) as client:
        with pytest.raises(SafelightError):
            client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
        assert list((tmp_path / "up").iterdir()) == []
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
    assert chunks(ada) == 2 * CHUNKS


def test_a_service_that_is_down_at_the_completion_leaves_it_to_a_later_run(
    ada: Ada, tmp_path: Path
) -> None:
    down = Answer(status=502, body=b"<html>")
    with client_of(ada) as client:
        client.sign_in()
        ada.way.order("POST", "/api/upload/complete/", *[down] * 10)
        with pytest.raises(SafelightError):
            client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
        ada.way.forget()
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
        assert len(list(client.photos.list())) == 1
    assert chunks(ada) == CHUNKS + 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b'{"upload_id": 1}',
        b'{"offset": 5}',
        b'{"upload_id": "1", "offset": -5}',
    ],
)
def test_a_damaged_note_costs_time_alone(ada: Ada, tmp_path: Path, content: bytes) -> None:
    break_off(ada, tmp_path / "up", 2 * CHUNK)
    (note,) = (tmp_path / "up").iterdir()
    note.write_bytes(content)
    with client_of(ada) as client:
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "up")
    assert chunks(ada) == 2 + CHUNKS


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("offset", [-5, len(LARGE) + 1])
def test_a_place_where_no_upload_can_be_ends_it(ada: Ada, status: int, offset: int) -> None:
    refuse_to_go_on(ada, status, offset)


@pytest.mark.parametrize("offset", [CHUNK, CHUNK - 1, 0, 2 * CHUNK + 1])
def test_a_chunk_that_brings_an_upload_no_further_ends_it(ada: Ada, offset: int) -> None:
    """It would be sent for ever. So does one of which more was taken than it has."""
    refuse_to_go_on(ada, 200, offset)


def refuse_to_go_on(ada: Ada, status: int, offset: int) -> None:
    """After the first chunk."""
    said = json.dumps({"upload_id": "x", "offset": offset}).encode()
    odd = Answer(status=status, headers={"content-type": "application/json"}, body=said)

    def order(sent: int, of: int) -> None:
        if chunks(ada) == 1:
            ada.way.order("POST", "/api/upload/", *[odd] * 5)

    with client_of(ada) as client:
        with pytest.raises(NotTheService, match="another part of the file than was sent"):
            client.photos.upload(LARGE, name="a.jpg", progress=order)
        assert chunks(ada) == 2


def test_an_empty_file_is_one_chunk(ada: Ada) -> None:
    with client_of(ada) as client:
        with pytest.raises(MalformedRequest):
            client.photos.upload(b"", name="a.jpg")  # which no photo is
        assert chunks(ada) == 1


def test_a_file_that_becomes_shorter_on_its_way_ends_the_upload(ada: Ada, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(LARGE)

    def cut(sent: int, of: int) -> None:
        with file.open("r+b") as opened:
            opened.truncate(CHUNK)

    with (
        client_of(ada) as client,
        pytest.raises(MalformedRequest, match=r"^a\.jpg became shorter while it was sent\.$"),
    ):
        client.photos.upload(file, progress=cut)


def test_the_note_is_for_its_owner_alone_and_has_no_secret(ada: Ada, tmp_path: Path) -> None:
    break_off(ada, tmp_path / "up", 2 * CHUNK)
    (note,) = (tmp_path / "up").iterdir()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert stat.S_IMODE(note.parent.stat().st_mode) == 0o700
    assert set(json.loads(note.read_bytes())) == {"upload_id", "offset"}


def test_without_such_a_folder_nothing_is_written(ada: Ada, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    with client_of(ada) as client:
        client.photos.upload(LARGE, name="a.jpg")
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_cannot_be_written_to_stops_nothing(ada: Ada, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with client_of(ada) as client:
        client.photos.upload(LARGE, name="a.jpg", unfinished=tmp_path / "file" / "up")
    assert chunks(ada) == CHUNKS

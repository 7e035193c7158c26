"""What the libraries below log when they are asked for everything."""

import logging
from pathlib import Path

import pytest
from tests.client.people import Ada
from tests.client.test_library import PICTURE, client_of

from safelight.client.logs import veiled


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "x=(200, [(b'Set-Cookie', b'a=s'), (b'JSESSION', b't'), (b'Date', b'now')])",
            "x=(200, [(b'Set-Cookie', b'…'), (b'JSESSION', b'…'), (b'Date', b'now')])",
        ),
        ("[(b'authorization', b\"it's\")]", "[(b'authorization', b'…')]"),
        (r"[(b'cookie', b'a\'b'), (b'c', b'd')]", "[(b'cookie', b'…'), (b'c', b'd')]"),
        (
            'GET https://a.example/b.jpg?signature=s&x=1 "HTTP/1.1 200 OK"',
            'GET https://a.example/b.jpg… "HTTP/1.1 200 OK"',
        ),
        ("nothing of the kind?", "nothing of the kind?"),
    ],
)
def test_a_line_is_told_without_what_signs_in(line: str, told: str) -> None:
    assert veiled(line) == told


def test_a_link_that_opens_without_a_session_is_not_logged(
    ada: Ada, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(ada, "safelight") as client:
        gallery = client.galleries.add("Harbour")
        client.photos.upload(PICTURE, gallery=gallery.id, name="a.jpg")
    with client_of(ada, "galleries") as client:
        (collection,) = client.galleries.list()
        (photo,) = client.photos.list(gallery=collection.id)
        caplog.set_level(logging.DEBUG)
        client.photos.download(photo.id, tmp_path / "b.jpg")
    link = ada.way.seen[-1].path.rpartition("/")[2]
    assert len(link) > 100
    assert "/galleries/download/…" in caplog.text
    assert link not in caplog.text

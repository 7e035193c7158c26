"""What a photo is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.library.file_name import LONGEST_NAME, clean_name, name_of_upload


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("IMG_0001.jpg", "IMG_0001.jpg"),
        ("Grüße aus Köln.jpeg", "Grüße aus Köln.jpeg"),
        ("家族 👨‍👩‍👧.png", "家族 👨‍👩‍👧.png"),
        ("../../etc/passwd", "passwd"),
        ("/srv/photos/a.jpg", "a.jpg"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\ada\\a.jpg", "a.jpg"),
        ("C:a.jpg", "a.jpg"),
        (" C: d:a.jpg", "a.jpg"),
        ("a\x00b\r\nSet-Cookie: x.jpg", "abSet-Cookie: x.jpg"),
        ("photo_\u202egpj.exe", "photo_gpj.exe"),
        ("a\u2066b\u2069.jpg", "ab.jpg"),
        ("line\u2028break.jpg", "linebreak.jpg"),
        ("half\ud800.jpg", "half.jpg"),
        ("  spaced.jpg  ", "spaced.jpg"),
        (".hidden", ".hidden"),
        ("", ""),
        ("..", ""),
        (".", ""),
        ("folder/", ""),
        ("\x00\x1f", ""),
    ],
)
def test_only_the_shown_part_of_a_name_is_kept(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@pytest.mark.parametrize("sent", ["", "..", "a/", "\u202e", "C:"])
def test_a_photo_without_a_name_gets_one(sent: str) -> None:
    assert name_of_upload(sent, "png") == "photo.png"


def test_a_name_of_255_characters_is_kept_whole() -> None:
    longest = "a" * 251 + ".jpg"
    assert clean_name(longest) == longest


def test_a_longer_name_keeps_its_extension() -> None:
    assert clean_name("a" * 252 + ".jpg") == "a" * 251 + ".jpg"


def test_a_longer_name_without_an_extension_is_cut() -> None:
    assert clean_name("a" * 300) == "a" * 255
    assert clean_name("a." + "b" * 300) == "a." + "b" * 253
    assert clean_name("a" * 254 + " b") == "a" * 254


@given(st.text() | st.from_regex(r"[ab.: ]{250,260}", fullmatch=True))
def test_a_name_is_never_a_path_and_cleaning_it_again_changes_nothing(sent: str) -> None:
    name = name_of_upload(sent, "jpg")
    assert "/" not in name
    assert "\\" not in name
    assert name not in ("", ".", "..")
    assert len(name) <= LONGEST_NAME
    assert all(ord(each) >= 32 for each in name)
    assert clean_name(name) == name

"""What a person at a terminal is asked and shown."""

import os
from io import StringIO
from pathlib import Path

import pytest
from tests.cli.terminal import converse
from tests.cli_client.person import Person
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import COMMAND

from safelight.cli.accounts import say_what_happens
from safelight.client.events import Event, Happened


def at_a_terminal(
    me: Person, *words: str, answers: dict[str, str] | None = None
) -> tuple[int, str]:
    """The exit code and the screen; each question is given its answer, once."""
    environment = {**os.environ, **me.environment}
    return converse([*COMMAND, *words], environment, answers or {})


def test_a_person_is_asked_for_the_name_and_the_password(me: Person) -> None:
    code, screen = at_a_terminal(
        me, "login", "safelight", "--url", me.site.url,
        answers={"username at safelight: ": "ada@example.com", f"{me.site.url}/: ": PASSWORD},
    )  # fmt: skip
    assert code == 0, screen
    assert PASSWORD not in screen
    assert "Signed in to safelight as ada@example.com: profile safelight.\n" in screen


def test_one_passphrase_opens_all_encrypted_files(me: Person) -> None:
    words = ("login", "safelight", "--url", me.site.url, "--store", "vault", "--username")
    code, screen = at_a_terminal(
        me, *words, "ada",
        answers={"New passphrase": "open sesame", "The same again": "open sesam"},
    )  # fmt: skip
    assert (code, "The two are not the same. Nothing was sent or kept." in screen) == (2, True)
    both = {"New passphrase": "open sesame", "The same again": "open sesame"}
    code, screen = at_a_terminal(me, *words, "ada", answers={**both, f"{me.site.url}/: ": PASSWORD})
    assert code == 0, screen
    code, screen = at_a_terminal(
        me, *words, "grace", answers={"Passphrase of the encrypted file": "open barley"}
    )
    assert (code, "the passphrase is another one" in screen) == (1, True)
    answers = {"Passphrase of the encrypted file": "open sesame", f"{me.site.url}/: ": PASSWORD}
    assert at_a_terminal(me, *words, "grace", answers=answers)[0] == 0


def test_no_input_asks_nothing_even_there(me: Person) -> None:
    words = ("login", "safelight", "--url", me.site.url, "--username", "ada", "--no-input")
    code, screen = at_a_terminal(me, *words)
    assert code == 4
    assert "Password of" not in screen


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1.5, ""), (16.4, "Waiting 17 s before the next try.\n"),
     (120, "Waiting 2 minutes before the next try.\n")],
)  # fmt: skip
def test_who_waits_is_told_for_how_long(
    seconds: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    say_what_happens(Event(what=Happened.PAUSED, service="safelight", seconds=seconds))
    assert screen.getvalue() == told


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_how_far_an_upload_is_and_leaves_no_trace(me: Person, tmp_path: Path) -> None:
    me.signed_in("safelight")
    (tmp_path / "bar.jpg").write_bytes(picture(width=91, height=33))
    code, screen = at_a_terminal(me, "upload", str(tmp_path / "bar.jpg"))
    assert code == 0, screen
    assert "━" in screen
    assert "━" not in screen[screen.rindex("\x1b[2K") :]
    assert "━" not in me("upload", str(tmp_path / "bar.jpg")).err

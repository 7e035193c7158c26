"""A small share of `dev.py prove readers`, and that the proof can fail."""

from __future__ import annotations

import time

import pytest
from tests.server.requests import a_request
from tools.prove import readers
from tools.prove.calls import check_of
from tools.prove.hostile import CANARY
from tools.prove.hostile_request import shelf_of
from tools.prove.inventory import Reader, endpoint_readers
from tools.prove.proof import Broken, Effort
from tools.prove.readers import try_endpoint, try_reader
from tools.prove.refusal import require_refusal
from tools.prove.sweep import Target, sweep

from safelight.errors import MalformedRequest, PermissionDenied
from safelight.server.http import Request

SHARE = Effort(seed=20260301, share=0.006)

FOUND = readers.found_readers()


@pytest.mark.parametrize("reader", FOUND, ids=[reader.name for reader in FOUND])
def test_a_reader_gives_a_value_or_refuses(reader: Reader) -> None:
    assert try_reader(reader, SHARE) > 0


def test_every_endpoint_gives_a_meaning_or_refuses_as_its_wire_does() -> None:
    assert sum(try_endpoint(found, SHARE) for found in endpoint_readers()) > 20_000


def test_readers_and_endpoints_of_every_protocol_are_found() -> None:
    names = {reader.name for reader in FOUND}
    assert "safelight.server.forms.read_form" in names
    assert "safelight.server.protocols.recorder_monitor.read_log_in" in names
    assert len(FOUND) > 80
    assert {found.protocol.realm.name for found in endpoint_readers()} == {
        "studio", "galleries", "photoshelter", "librephotos", "recorder_monitor", "native", "web",
    }  # fmt: skip


def test_a_sweep_puts_each_nasty_value_in_each_place() -> None:
    def read(request: Request) -> object:
        return request.parameter("colour")

    requests = list(sweep(shelf_of(read), Target("GET", "/x/{id}", ("id",)), 1.0, 1))
    assert any(request.params["id"] == "\x00" for request in requests)
    assert any((b"range", b"bytes=-0") in request.raw_headers for request in requests)
    assert any(request.body == b"[" * 100_000 for request in requests)


# --- it can fail ------------------------------------------------------------------------------


def read_colour(shade: float) -> str:
    return str(shade)


def test_a_new_reader_that_nobody_knows_how_to_call_breaks_the_proof() -> None:
    with pytest.raises(Broken, match="read_colour is new, and takes shade"):
        check_of(Reader("read_colour", read_colour, None))


def test_a_reader_that_was_left_out_and_is_gone_breaks_the_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(readers.NOT_STRANGERS, "safelight.gone.read_it", "was a row")
    with pytest.raises(Broken, match=r"safelight\.gone\.read_it"):
        readers.found_readers()


def failing(error: Exception) -> Broken:
    def read(request: Request) -> None:
        raise error

    with pytest.raises(Broken) as broken:
        require_refusal("read", read, {"request": a_request()})
    return broken.value


def test_an_error_that_is_no_refusal_breaks_the_proof() -> None:
    assert "KeyError('email')" in str(failing(KeyError("email")))
    assert "PermissionDenied" in str(failing(PermissionDenied()))


def test_a_refusal_that_repeats_a_secret_breaks_the_proof() -> None:
    assert "repeats a secret" in str(failing(MalformedRequest(f"{CANARY} is no token.")))


def test_a_refusal_without_a_word_breaks_the_proof() -> None:
    assert "without a word" in str(failing(MalformedRequest(" ")))


def test_a_reader_that_takes_long_breaks_the_proof() -> None:
    def read(request: Request) -> None:
        until = time.thread_time() + 1.05
        while time.thread_time() < until:
            pass

    with pytest.raises(Broken, match="takes 1"):
        require_refusal("read", read, {"request": a_request()})

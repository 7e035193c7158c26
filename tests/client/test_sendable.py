"""What cannot be sent is refused before anything is, and no error says what it was."""

import json
import traceback
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight import auth
from safelight.client.courier import explain
from safelight.client.errors import NotTheService
from safelight.client.grant import Credentials, Grant
from safelight.errors import ConfigurationError, MalformedRequest, SafelightError
from safelight.secret import Secret
from safelight.testing.faults import Answer

HIDDEN = "KEYSECRET123"
UNSENDABLE = [
    f"{HIDDEN}\n",
    f"{HIDDEN}\r\n",
    f" {HIDDEN}",
    f"{HIDDEN} ",
    f"{HIDDEN}\0",
    f"{HIDDEN}é",
    f"{HIDDEN}\udcff",
    f"{HIDDEN}\nx-other: 1",
    "",
]


def everything_told(error: BaseException) -> str:
    """What a traceback shows of an error, and all that hangs on it."""
    shown = "".join(traceback.format_exception(error))
    behind: BaseException | None = error
    while behind is not None:
        shown += repr(behind) + repr(vars(behind)) + repr(getattr(behind, "object", ""))
        behind = behind.__cause__ or behind.__context__
    return shown


def assert_refused(error: SafelightError, name: str) -> None:
    assert error.message.startswith(f"{name} cannot be sent: ")
    # The line of the test itself stands in the traceback, with the name of the value.
    assert HIDDEN not in everything_told(error)


@pytest.mark.parametrize("key", UNSENDABLE)
def test_an_api_key_that_no_header_can_have(key: str) -> None:
    for given in (key, Secret(key)):
        with pytest.raises(ConfigurationError) as raised:
            auth.PhotoShelter(credentials=("ada@example.com", "pw"), api_key=given)
        assert_refused(raised.value, "The API key")


@pytest.mark.parametrize("token", UNSENDABLE)
def test_a_token_that_no_header_can_have(token: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        safelight.Client.open("safelight", "https://photos.example", token=token)
    assert_refused(raised.value, "The token")


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_password_that_is_no_text(ada: Ada, service: str) -> None:
    password = f"{HIDDEN}\udcff"
    with pytest.raises(ConfigurationError) as raised:
        ada.at(service, credentials=("ada@example.com", password))
    assert_refused(raised.value, "The password")

    def find() -> Credentials:
        return Credentials(identifier="ada@example.com", password=Secret(password))

    with safelight.Client(ada.at(service, credentials=find)) as client:
        for _ in range(2):
            with pytest.raises(ConfigurationError) as raised:
                client.get(SERVICES[service].path)
            assert_refused(raised.value, "The password")
    assert ada.sign_ins(service) == 0


def test_a_name_that_is_no_text() -> None:
    with pytest.raises(ConfigurationError, match=r"^The name cannot be sent: "):
        auth.Safelight("https://photos.example", credentials=("ada\udcff", "pw"))
    with pytest.raises(ConfigurationError, match=r"^The account's name cannot be sent: "):
        auth.Safelight("https://photos.example", account="ada\udcff")


def test_a_passphrase_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        safelight.Client.from_profile(passphrase=f"{HIDDEN}\udcff", folder=tmp_path)
    assert raised.value.message == "The passphrase is not valid UTF-8."
    assert HIDDEN not in everything_told(raised.value)


@pytest.mark.parametrize("password", ["pass wörd 密码 🔑", " blanks around ", "a\nb\r\n\tc", "\0"])
@pytest.mark.parametrize("service", list(SERVICES))
def test_any_text_is_sent_as_a_password(ada: Ada, service: str, password: str) -> None:
    """It is wrong, which the service says; so it came there."""
    with safelight.Client(ada.at(service, credentials=("ada@example.com", password))) as client:
        with pytest.raises(SafelightError) as raised:
            client.sign_in()
        assert not isinstance(raised.value, ConfigurationError)
    assert ada.sign_ins(service) == 1


@pytest.mark.parametrize("token", [f"{HIDDEN}\n", f"{HIDDEN}é", ""])
def test_a_service_whose_token_cannot_be_sent(ada: Ada, token: str) -> None:
    body = json.dumps({"token": token, "session": {}}).encode()
    ada.way.order("POST", "/v1/sessions", Answer(201, body=body))
    with safelight.Client(ada.at("safelight")) as client:
        with pytest.raises(NotTheService, match="gave a token that cannot be sent") as raised:
            client.get("/v1/account")
        assert HIDDEN not in everything_told(raised.value)


async def test_a_header_of_the_callers_own_is_not_repeated(ada: Ada) -> None:
    headers = {"x-own": f"{HIDDEN}\n"}
    with (
        safelight.Client(ada.at("safelight")) as client,
        pytest.raises(MalformedRequest, match=r"^The request cannot be sent: ") as raised,
    ):
        client.get("/v1/account", headers=headers)
    assert HIDDEN not in raised.value.message
    async with safelight.AsyncClient(ada.at("safelight")) as other:
        with pytest.raises(MalformedRequest, match=r"^The request cannot be sent: ") as raised:
            await other.get("/v1/account", headers=headers)
    assert HIDDEN not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", [httpx2.LocalProtocolError, httpx2.RemoteProtocolError])
def test_what_a_library_says_of_broken_http_is_not_repeated(kind: Any, method: str) -> None:
    request = httpx2.Request(method, "https://photos.example/x")
    error = kind(f"Illegal header value b'{HIDDEN}'", request=request)
    assert HIDDEN not in explain(error, request).message


def test_a_session_from_elsewhere_that_cannot_be_sent(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight")) as client:
        with pytest.raises(ConfigurationError) as raised:
            client.adopt(Grant(session_token=Secret(f"{HIDDEN}\n")))
        assert_refused(raised.value, "The session token")
        assert client.get("/v1/account").status_code == 200


def test_a_new_csrf_token_that_cannot_be_sent_leaves_the_one_before(ada: Ada) -> None:
    path, account = SERVICES["studio"].path, ada.at("studio")
    with safelight.Client(account, clock=ada.house.clock) as client:
        client.get(path)
        before = account.session.holding.held.grant
        assert before is not None
        name = next(each.name for each in before.cookies if each.name.endswith("XSRF-TOKEN"))
        told = {"set-cookie": f"{name}={HIDDEN}%0A; Path=/"}
        ada.way.order("GET", path, Answer(200, headers=told, body=b"{}"))
        assert client.get(path).status_code == 200
        assert account.session.holding.held.grant is before
        assert client.post(path).status_code == 405

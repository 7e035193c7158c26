"""How a client is opened: addresses, names, credentials, and what is missing from them."""

from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.client.people import Ada
from tests.house import PASSWORD

import safelight
from safelight.client.addresses import below, read_url
from safelight.client.auth import Credentials, Target, open_auth
from safelight.client.folders import folders
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.profiles import Profile, Profiles, write_profiles
from safelight.errors import (
    ConfigurationError,
    ExpiredCredential,
    InvalidCredential,
    Unauthenticated,
)
from safelight.secret import Secret

PATHS = {
    "pixieset": "/api/v1/data/bootstrap",
    "photoshelter": "/psapi/v3/mem/user/session",
    "librephotos": "/api/photos/",
    "recorder-monitor": "/api/users/ada@example.com",
    "safelight": "/v1/account",
}


@pytest.mark.parametrize("service", list(PATHS))
def test_three_lines_are_enough(ada: Ada, service: Any) -> None:
    prefix = "/galleries" if service == "pixieset" else ""
    with safelight.Client.open(
        service,
        f"{ada.address}{prefix}",
        username="ada@example.com",
        password=PASSWORD,
        api_key=ada.key,
        clock=ada.house.clock,
    ) as client:
        assert client.get(PATHS[service]).status_code == 200


async def test_or_async(ada: Ada) -> None:
    async with safelight.AsyncClient.open(
        "safelight", ada.address, username="ada", password=Secret(PASSWORD)
    ) as client:
        assert (await client.get("/v1/account")).json()["username"] == "ada"


def test_a_personal_access_token_needs_no_sign_in(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight")) as client:
        body = {"name": "script", "scopes": ["account:read"], "expires_in_seconds": None}
        token = client.post("/v1/tokens", json=body).json()["secret"]
    sign_ins = ada.sign_ins("safelight")
    with safelight.Client.open("safelight", ada.address, token=token) as client:
        assert client.get("/v1/account").json()["username"] == "ada"
        assert client.get("/v1/photos").status_code == 403
    with (
        safelight.Client.open("safelight", ada.address, token=token[:-4] + "AAAA") as client,
        pytest.raises(ExpiredCredential),
    ):
        client.get("/v1/account")
    assert ada.sign_ins("safelight") == sign_ins


def test_credentials_can_be_asked_for_when_they_are_needed(ada: Ada) -> None:
    asked = []

    def ask() -> Credentials | None:
        asked.append(True)
        return Credentials(identifier="ada", password=Secret(PASSWORD))

    auth = safelight.auth.Safelight(ada.address, credentials=ask, clock=ada.house.clock)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        assert asked == []
        client.get("/v1/account")
        client.get("/v1/account")
        assert asked == [True]


def test_whoever_types_another_password_is_heard(ada: Ada) -> None:
    passwords = iter(["wrong one at first", "wrong one at first", PASSWORD])

    def ask() -> Credentials | None:
        return Credentials(identifier="ada", password=Secret(next(passwords)))

    auth = safelight.auth.Safelight(ada.address, credentials=ask, clock=ada.house.clock)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(2):
            with pytest.raises(InvalidCredential):
                client.get("/v1/account")
        assert client.get("/v1/account").status_code == 200
    assert ada.sign_ins("safelight") == 2


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://photos.example", "https://photos.example/"),
        ("photos.example", "https://photos.example/"),
        ("photos.example:8443/base/", "https://photos.example:8443/base"),
        ("http://localhost:8000/galleries", "http://localhost:8000/galleries"),
        ("https://photos.example/?a=b#c", "https://photos.example/"),
    ],
)
def test_an_address_is_read_as_a_person_types_it(text: str, url: str) -> None:
    assert str(read_url(text)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "ftp://photos.example",
        "https://ada:pw@photos.example",
        "http://[::1",
        "\x00",
        "http://photos..example/",
        f"https://{'a' * 64}.example/",
    ],
)
def test_what_is_no_address_of_a_web_service_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_url(text)
    assert "pw" not in raised.value.message


def test_paths_are_below_the_address() -> None:
    base = httpx2.URL("https://photos.example/base")
    assert str(below(base, "api/x%2Fy?z=%20")) == "https://photos.example/base/api/x%2Fy?z=%20"
    assert str(below(base, "")) == "https://photos.example/base/"


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (Target(service="photoshelter"), "API key"),
        (Target(service="librephotos"), "address"),
        (Target(service="recorder-monitor"), "address"),
        (Target(service="safelight"), "address"),
    ],
)
def test_what_is_missing_is_said(target: Target, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        open_auth(target)


THE_FIVE = "There are: pixieset, photoshelter, librephotos, recorder-monitor, safelight"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"service": "flickr"}, f"There is no service flickr. {THE_FIVE}"),
        (
            {"service": "recorder_monitor"},
            f"There is no service recorder_monitor. Did you mean recorder-monitor? {THE_FIVE}",
        ),
        (
            {"service": "pixieset", "realm": "gallery"},
            "There is no realm gallery. Did you mean galleries? There are: studio, galleries",
        ),
        (
            {"service": "pixieset", "realm": None},
            "There is no realm None. There are: studio, galleries",
        ),
    ],
)
async def test_a_word_that_there_is_not_is_told_with_those_that_there_are(
    words: Any, told: str
) -> None:
    for kind in (safelight.Client, safelight.AsyncClient):
        with pytest.raises(ConfigurationError) as failure:
            kind.open(**words, url="http://localhost:1", username="ada", password=PASSWORD)
        assert failure.value.message == told


def test_a_mode_that_there_is_not_is_told_with_those_that_there_are() -> None:
    mode: Any = "cookies"
    with pytest.raises(ConfigurationError) as failure:
        open_auth(Target(service="photoshelter", mode=mode), api_key="AAAAAAAAAAA")
    assert failure.value.message == (
        "There is no mode cookies. Did you mean cookie? There are: token, cookie"
    )


def test_the_real_services_have_their_own_addresses() -> None:
    for target, url in (
        (Target(service="pixieset", realm="studio"), "https://studio.pixieset.com/"),
        (Target(service="pixieset"), "https://galleries.pixieset.com/"),
        (Target(service="photoshelter"), "https://www.photoshelter.com/"),
    ):
        auth = open_auth(target, api_key="AAAAAAAAAAA")
        assert str(auth.session.wire.url) == url


def test_a_name_without_a_password_is_refused(ada: Ada) -> None:
    for given in ({"username": "ada"}, {"password": "x"}):
        with pytest.raises(ConfigurationError, match="both"):
            safelight.Client.open("safelight", ada.address, **given)  # type: ignore[arg-type]


def test_what_the_package_offers_is_there() -> None:
    for name in safelight.__all__:
        assert getattr(safelight, name) is not None
        assert name in dir(safelight)
    with pytest.raises(AttributeError):
        _ = safelight.nothing  # type: ignore[attr-defined]


def a_profile(ada: Ada, folder: Path, **more: Any) -> Profile:
    """Written down as `safelight login` does."""
    profile = Profile(
        service="safelight",
        url=f"{ada.address}/",
        account="ada@example.com",
        store="plaintext",
        **more,
    )
    folder.mkdir(exist_ok=True)
    content = write_profiles(Profiles().having("studio", profile))
    (folder / "config.toml").write_bytes(content)
    return profile


def test_a_program_goes_on_with_what_the_command_began(ada: Ada, tmp_path: Path) -> None:
    profile = a_profile(ada, tmp_path / "home")
    keeper = PlainFileKeeper(tmp_path / "home" / "sessions")
    auth = safelight.auth.Safelight(
        profile.url, credentials=("ada@example.com", PASSWORD), keeper=keeper
    )
    with safelight.Client(auth) as client:
        client.sign_in()
    for name in ("", "studio"):
        with safelight.Client.from_profile(name, folder=tmp_path / "home") as client:
            assert client.get("/v1/account").json()["username"] == "ada"
    assert ada.sign_ins("safelight") == 1


async def test_or_async_and_signs_in_with_a_password(
    ada: Ada, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_profile(ada, tmp_path / "home")
    monkeypatch.setenv("SAFELIGHT_CONFIG_DIR", str(tmp_path / "home"))
    async with safelight.AsyncClient.from_profile("studio", password=PASSWORD) as client:
        assert (await client.get("/v1/account")).status_code == 200
    async with safelight.AsyncClient.from_profile("studio") as client:
        assert (await client.get("/v1/account")).status_code == 200
    assert ada.sign_ins("safelight") == 1


def test_without_a_session_and_a_password_nobody_is_signed_in(ada: Ada, tmp_path: Path) -> None:
    a_profile(ada, tmp_path / "home")
    with (
        safelight.Client.from_profile(folder=tmp_path / "home") as client,
        pytest.raises(Unauthenticated, match="Nobody is signed in"),
    ):
        client.get("/v1/account")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"store": "nowhere"}, "no store nowhere. There are: keyring, vault, plaintext, memory"),
        ({"store": "plain"}, "no store plain. Did you mean plaintext"),
        ({"service": "flickr"}, "no service flickr"),
        ({"realm": "garage", "service": "pixieset"}, "cannot be used"),
        ({"service": "photoshelter"}, "API key"),
    ],
)
def test_a_profile_that_cannot_be_used_says_why(
    ada: Ada, tmp_path: Path, more: dict[str, str], told: str
) -> None:
    profile = a_profile(ada, tmp_path / "home")
    changed = msgspec.structs.replace(profile, **more)
    file = tmp_path / "home" / "config.toml"
    file.write_bytes(write_profiles(Profiles().having("studio", changed)))
    with pytest.raises(ConfigurationError, match=told):
        safelight.Client.from_profile("studio", folder=tmp_path / "home")


def test_a_profile_that_is_not_there_is_named_with_those_that_are(ada: Ada, tmp_path: Path) -> None:
    a_profile(ada, tmp_path / "home")
    with pytest.raises(ConfigurationError, match=r"no profile other\. There are: studio"):
        safelight.Client.from_profile("other", folder=tmp_path / "home")
    with pytest.raises(ConfigurationError, match="There are: none"):
        safelight.Client.from_profile(folder=tmp_path / "empty")


def test_folders_are_the_system_s_own_unless_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = folders()
    assert own.settings == Path.home() / ".config" / "safelight"
    assert own.sessions == Path.home() / ".local" / "state" / "safelight" / "sessions"
    assert own.cache == Path.home() / ".cache" / "safelight"
    monkeypatch.setenv("SAFELIGHT_CONFIG_DIR", str(tmp_path))
    assert folders() == (tmp_path, tmp_path / "sessions", tmp_path / "cache")
    assert folders(tmp_path / "x").settings == tmp_path / "x"

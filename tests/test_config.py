"""Settings: where they come from, and what is said of one that cannot be used."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.config import Settings, all_keys, read_settings
from safelight.errors import ConfigurationError


def from_file(text: str, folder: Path, **environment: str) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, "utf-8")
    return read_settings(None, path, environment)


def from_environment(**environment: str) -> Settings:
    return read_settings(None, None, environment)


# --- where they come from ---------------------------------------------------------------------


def test_without_any_setting_the_defaults_count() -> None:
    assert from_environment() == Settings()


def test_the_data_folders_own_file_is_read_when_no_other_is_named(tmp_path: Path) -> None:
    (tmp_path / "safelight.toml").write_text('[server]\ndomain = "photos.example"\n')
    assert read_settings(tmp_path, None, {}).server.domain == "photos.example"
    other = tmp_path / "other.toml"
    other.write_text('[server]\ndomain = "other.example"\n')
    assert read_settings(tmp_path, other, {}).server.domain == "other.example"


def test_a_data_folder_needs_no_file(tmp_path: Path) -> None:
    assert read_settings(tmp_path, None, {}) == Settings()


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: No such file"):
        read_settings(None, tmp_path / "absent.toml", {})


def test_the_environment_counts_over_the_file(tmp_path: Path) -> None:
    settings = from_file(
        "[realms.photoshelter]\nidle_seconds = 600\nabsolute_seconds = 700\n",
        tmp_path,
        SAFELIGHT_REALMS__PHOTOSHELTER__IDLE_SECONDS="60",
    )
    assert settings.realms.photoshelter.idle_seconds == 60
    assert settings.realms.photoshelter.absolute_seconds == 700


def test_every_setting_has_a_form_in_the_environment() -> None:
    for key in all_keys(Settings):
        value: object = Settings()
        for part in key.split("."):
            value = getattr(value, part)
        text = ",".join(value) if isinstance(value, tuple) else str(value).lower()
        name = "SAFELIGHT_" + key.upper().replace(".", "__")
        assert read_settings(None, None, {name: text}) == Settings(), name


@pytest.mark.parametrize("text", ["10.0.0.0/8,::1", " 10.0.0.0/8 , ::1 ,", '["10.0.0.0/8","::1"]'])
def test_a_list_is_written_with_commas_or_as_json(text: str) -> None:
    settings = from_environment(SAFELIGHT_SERVER__TRUSTED_PROXIES=text)
    assert settings.server.trusted_proxies == ("10.0.0.0/8", "::1")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False)])
def test_a_switch_is_written_as_a_word_or_a_digit(text: str, value: bool) -> None:
    assert from_environment(SAFELIGHT_SERVER__DEBUG=text).server.debug is value


def test_a_secret_is_read_from_the_file_that_is_named_for_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    settings = from_environment(SAFELIGHT_LIBRARY__S3__SECRET_ACCESS_KEY_FILE=str(tmp_path / "key"))
    assert settings.library.s3.secret_access_key == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_secrets_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    name = "SAFELIGHT_LIBRARY__S3__SECRET_ACCESS_KEY_FILE"
    with pytest.raises(ConfigurationError, match=f"{name}: the file it names cannot be read"):
        read_settings(None, None, {name: str(tmp_path / "absent")})


@pytest.mark.parametrize(
    "name",
    ["PROFILE", "TOKEN", "USERNAME", "PASSWORD", "PASSWORD_FILE", "API_KEY", "OUTPUT", "DATA"],
)
def test_the_clients_own_variables_are_left_alone(name: str) -> None:
    assert read_settings(None, None, {f"SAFELIGHT_{name}": "anything"}) == Settings()


def test_other_programs_variables_are_left_alone() -> None:
    assert from_environment(PATH="/bin", SAFELIGHT="x", safelight_server__debug="x") == Settings()


# --- what cannot be used ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[server]\ndomian = 'x'\n", r"no setting server\.domian\. Did you mean server\.domain\?"),
        ("[sever]\ndomain = 'x'\n", r"no setting sever\."),
        (
            "[realms.photoshelter]\nidle_secs = 1\n",
            r"realms\.photoshelter\.idle_secs\. Did you mean realms\.photoshelter\.idle_seconds\?",
        ),
        ("[realms.flickr]\nidle_seconds = 1\n", r"no setting realms\.flickr"),
        ("server = 1\n", r"The setting server is a table, not a value"),
        ("[server.domain]\nx = 1\n", r"server\.domain"),
        ("[server]\ndebug = 'perhaps'\n", r"debug"),
        ("[throttle]\naccount_failures = 'many'\n", r"account_failures"),
        ("[throttle]\naccount_failures = 1.5\n", r"account_failures"),
        ("[server\n", r"settings\.toml"),
        ("\x00", r"settings\.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        from_file(text, tmp_path)


def test_a_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"settings\.toml"):
        read_settings(None, path, {})


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("SAFELIGHT_SERVER__DOMIAN", r"Did you mean server\.domain\?"),
        ("SAFELIGHT_SERVER", "server"),
        ("SAFELIGHT_IDLE_SECONDS", "no setting idle_seconds"),
        ("SAFELIGHT_REALMS__PHOTOSHELTER__IDLE_SECOND", r"realms\.photoshelter\.idle_seconds"),
        ("SAFELIGHT_SERVER__DOMAIN__X", r"server\.domain"),
    ],
)
def test_a_variable_that_names_no_setting_is_refused(variable: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_settings(None, None, {variable: "1"})


def test_two_variables_of_which_one_is_the_others_table_are_refused() -> None:
    both = {"SAFELIGHT_SERVER__DOMAIN": "x", "SAFELIGHT_SERVER__DOMAIN__Y": "z"}
    with pytest.raises(ConfigurationError, match="domain"):
        read_settings(None, None, both)


LIMITS = [key for key in all_keys(Settings) if key.endswith(("seconds", "bytes", "failures"))]


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_limit_is_positive(key: str, value: str) -> None:
    name = "SAFELIGHT_" + key.upper().replace(".", "__")
    with pytest.raises(ConfigurationError, match=key):
        read_settings(None, None, {name: value})


@pytest.mark.parametrize("key", [key for key in LIMITS if key.endswith("_seconds")])
def test_a_span_is_a_century_at_most(key: str) -> None:
    name = "SAFELIGHT_" + key.upper().replace(".", "__")
    century = 36_525 * 86_400
    read_settings(None, None, {name: str(century)})
    for value in (century + 1, 10**30):
        with pytest.raises(ConfigurationError, match=key):
            read_settings(None, None, {name: str(value)})


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf"])
def test_a_span_that_is_no_number_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"server\.body_seconds"):
        from_file(f"[server]\nbody_seconds = {value}\n", tmp_path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SAFELIGHT_REALMS__PHOTOSHELTER__TOKEN_IN_URL", "always"),
        ("SAFELIGHT_SERVER__LOG_LEVEL", "loud"),
        ("SAFELIGHT_SERVER__TRUSTED_PROXIES", "10.0.0.0/33"),
        ("SAFELIGHT_SERVER__TRUSTED_PROXIES", "proxy.example"),
        ("SAFELIGHT_SERVER__DOMAIN", ""),
        ("SAFELIGHT_SERVER__DOMAIN", "photos.example:8443"),
        ("SAFELIGHT_SERVER__DOMAIN", "https://photos.example"),
        ("SAFELIGHT_SERVER__DOMAIN", "photos.example/x"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "photos.example"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "//photos.example"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "ftp://photos.example"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://photos.example/"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://photos.example/path"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://photos.example?x=1"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://ada:s3cret@photos.example"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://Photos.example"),
        ("SAFELIGHT_SERVER__PUBLIC_URL", "https://photos.example:443"),
    ],
)
def test_a_word_that_is_no_choice_is_refused_with_its_key(variable: str, value: str) -> None:
    key = variable.removeprefix("SAFELIGHT_").lower().replace("__", ".")
    with pytest.raises(ConfigurationError, match=key):
        read_settings(None, None, {variable: value})


@pytest.mark.parametrize(
    "value", ["", "https://photos.example", "http://localhost:8000", "https://[::1]:8443"]
)
def test_the_public_address_is_an_origin(value: str) -> None:
    assert from_environment(SAFELIGHT_SERVER__PUBLIC_URL=value).server.public_url == value


variables = st.from_regex(r"SAFELIGHT_[A-Z_]{0,30}", fullmatch=True) | st.sampled_from(
    ["SAFELIGHT_" + key.upper().replace(".", "__") for key in all_keys(Settings)]
)
values = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.dictionaries(variables, values, max_size=3))
def test_any_environment_is_read_or_refused(environment: dict[str, str]) -> None:
    with contextlib.suppress(ConfigurationError):
        read_settings(None, None, environment)


@given(st.text(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "generated.toml"
    path.write_text(text, "utf-8")
    with contextlib.suppress(ConfigurationError):
        read_settings(None, path, {})

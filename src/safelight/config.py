"""Settings: TOML and environment, read once at the start. Unknown keys are refused by name.

`SAFELIGHT_REALMS__PHOTOSHELTER__IDLE_SECONDS=600` is the environment's form of a key. Every secret
also comes as `…_FILE`, a path to a file that holds it.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from safelight.errors import ConfigurationError
from safelight.host_name import is_host_name, is_origin

_PREFIX = "SAFELIGHT_"
_CLIENTS_OWN = frozenset(
    {
        "PROFILE", "CONFIG_DIR", "STORE", "VAULT_PASSPHRASE", "VAULT_PASSPHRASE_FILE", "OUTPUT",
        "TOKEN", "USERNAME", "PASSWORD", "PASSWORD_FILE", "API_KEY", "API_KEY_FILE",
        "TOKEN_FILE", "SERVICE", "URL", "REALM", "DATA", "CONFIG",
    }
)  # fmt: skip
"""Variables of the command's client side: known here, and left alone."""

_DAY = 86_400
_LONGEST = 36_525 * _DAY


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[server]`: where it is reached, and whom it believes."""

    domain: str = "localhost"
    """The domain under which `studio.` and `galleries.` are served."""
    public_url: str = ""
    """The address that people use, when it is not the one that requests name: an origin, without
    a path. The hosts `studio.` and `galleries.` keep their own."""
    debug: bool = False
    """Serves LibrePhotos' schema pages."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose forwarded headers count."""
    metrics_from: tuple[str, ...] = ()
    """Addresses or networks that may read `/metrics`; this machine always may."""
    allow_plain_http: bool = False
    """Accepts credentials over plain HTTP from other machines. Unsafe outside a test."""
    body_limit_bytes: int = 1024 * 1024
    """The longest body of a request that is not an upload."""
    body_seconds: float = 60.0
    """How long a client may pause while it sends a body."""
    drain_seconds: int = 30
    """How long a stopping server waits for the requests under way."""
    log_level: str = "info"
    """The least that is logged: `debug`, `info`, `warning` or `error`."""
    access_log: bool = False
    """Logs a line for each request, without its query."""


class Pixieset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.studio]` and `[realms.galleries]`."""

    idle_seconds: int = 7200
    """A session that is not used for this long is over."""
    absolute_seconds: int = 14 * _DAY
    """A session is over this long after its sign-in, whatever its use."""
    csrf_seconds: int = 7200
    """How long a CSRF token is good; past half of it the next answer brings a new one."""
    session_cookie: str = ""
    """The session cookie's name; empty for the realm's own."""
    auth_cookie: str = ""
    """The authentication cookie's name; empty for the realm's own."""
    csrf_cookie: str = ""
    """The CSRF cookie's name; empty for the realm's own."""
    cors_origins: tuple[str, ...] = ()
    """Foreign origins whose scripts may call with credentials."""


class Photoshelter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.photoshelter]`."""

    idle_seconds: int = 1800
    """The idle limit of a cookie session, and the life of one sealed cookie."""
    absolute_seconds: int = 14 * _DAY
    """A session is over this long after its sign-in, whatever its use."""
    token_idle_seconds: int = _DAY
    """The idle limit of a token session."""
    token_in_url: str = "any"
    """Where `auth_token=` is accepted in a URL: `any`, `read` (GET only) or `never`."""
    login_by_get: bool = False
    """Accepts the credentials of a sign-in in the URL of a GET."""
    cors_origins: tuple[str, ...] = ()
    """Foreign origins whose scripts may call with credentials."""


class Librephotos(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.librephotos]`."""

    idle_seconds: int = 7 * _DAY
    """A session that is not used for this long is over."""
    absolute_seconds: int = 30 * _DAY
    """A session is over this long after its sign-in, whatever its use."""
    access_seconds: int = 300
    """The life of an access token."""
    refresh_seconds: int = 7 * _DAY
    """The life of a refresh token."""
    rotate_refresh: bool = False
    """Whether each use of a refresh token replaces it."""
    grace_seconds: int = 60
    """How long a replaced refresh token still gives the same successor."""
    cors_origins: tuple[str, ...] = ("http://localhost:3000",)
    """Foreign origins whose scripts may call with credentials."""
    allow_registration: bool = False
    """Whether anybody may sign up."""


class RecorderMonitor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.recorder_monitor]`."""

    idle_seconds: int = 1800
    """A session that is not used for this long is over."""
    absolute_seconds: int = _DAY
    """A session is over this long after its sign-in, whatever its use."""


class Native(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.native]`."""

    idle_seconds: int = 14 * _DAY
    """A session that is not used for this long is over."""
    absolute_seconds: int = 30 * _DAY
    """A session is over this long after its sign-in, whatever its use."""


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.web]`."""

    idle_seconds: int = _DAY
    """A session that is not used for this long is over."""
    absolute_seconds: int = 30 * _DAY
    """A session is over this long after its sign-in, whatever its use."""


class Realms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[realms.NAME]`: one table for each."""

    studio: Pixieset = Pixieset()
    galleries: Pixieset = Pixieset()
    photoshelter: Photoshelter = Photoshelter()
    librephotos: Librephotos = Librephotos()
    recorder_monitor: RecorderMonitor = RecorderMonitor()
    native: Native = Native()
    web: Web = Web()


class SingleSignOn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[pixieset]`."""

    single_sign_on: bool = False
    """Whether a Studio session is good on Galleries and the other way round."""


class Throttle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[throttle]`: how many sign-ins may fail."""

    account_failures: int = 10
    """Failures for one account within the window before sign-in is refused."""
    address_failures: int = 50
    """Failures from one address within the window before sign-in is refused."""
    window_seconds: int = 600
    """How long a failure counts."""
    requests_per_minute: int = 0
    """Requests from one session within a minute before 429; 0 for no limit. Each worker counts for
    itself, so that several admit up to so many times as much."""


class Passwords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[passwords]`: Argon2id."""

    memory_kib: int = 19 * 1024
    """Memory of one hash."""
    passes: int = 2
    """Passes over that memory."""
    threads: int = 0
    """Hashes at once; 0 for as many as there are processors to use."""
    waiting: int = 256
    """Sign-ins that may wait for a hash before the next is refused."""


class S3(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[library.s3]`: an S3-compatible store for the photos."""

    url: str = ""
    """`s3://bucket/prefix`; empty for the data folder."""
    endpoint: str = ""
    """The store's address; empty for Amazon's."""
    region: str = "us-east-1"
    """The store's region."""
    access_key_id: str = ""
    """The name of the key."""
    secret_access_key: str = ""
    """The key. Better in a file: `SAFELIGHT_LIBRARY__S3__SECRET_ACCESS_KEY_FILE`."""

    def __repr__(self) -> str:
        return f"S3(url={self.url!r}, endpoint={self.endpoint!r}, …)"


class Library(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[library]`: photos."""

    upload_limit_bytes: int = 200 * 1024 * 1024
    """The largest photo."""
    quota_bytes: int = 100 * 1024**3
    """What one account, or one organization, may hold."""
    keep_free_bytes: int = 64 * 1024**2
    """What photos leave free of the disk, so that people can still sign in, and delete some."""
    pixel_limit: int = 200_000_000
    """The most pixels of a photo."""
    s3: S3 = S3()


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    server: Server = Server()
    realms: Realms = Realms()
    pixieset: SingleSignOn = SingleSignOn()
    throttle: Throttle = Throttle()
    passwords: Passwords = Passwords()
    library: Library = Library()


def read_settings(
    data: Path | None, config: Path | None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of `config` (else of `data`/safelight.toml, if it is there) under those of the
    environment. Raises ConfigurationError, whose message names the key."""
    tree = _read_file(data, config)
    _merge_environment(tree, os.environ if environment is None else environment)
    _refuse_unknown(tree, Settings, "")
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"Settings: {error}.") from None
    _require_sound(settings)
    return settings


def _read_file(data: Path | None, config: Path | None) -> dict[str, Any]:
    path = config
    if path is None:
        path = data / "safelight.toml" if data is not None else None
        if path is None or not path.exists():
            return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}.") from None


def _merge_environment(tree: dict[str, Any], environment: Mapping[str, str]) -> None:
    for variable, value in sorted(environment.items()):
        name = variable.removeprefix(_PREFIX)
        if name == variable or name in _CLIENTS_OWN:
            continue
        keys = [key.lower() for key in name.split("__")]
        if keys[-1].endswith("_file"):
            keys[-1] = keys[-1].removesuffix("_file")
            value = _read_secret(variable, value)
        node = tree
        for key in keys[:-1]:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise ConfigurationError(f"{variable}: {key} is not a table.")
        node[keys[-1]] = _parse(value)


def _read_secret(variable: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{variable}: the file it names cannot be read.") from None


def _parse(text: str) -> Any:
    """A list is written as JSON or with commas; everything else is converted by its type."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            return text
    return text


def _refuse_unknown(tree: Mapping[str, Any], table: type[msgspec.Struct], path: str) -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(table)}
    for key, value in tree.items():
        where = f"{path}{key}"
        if key not in fields:
            beside = [f"{path}{name}" for name in fields]
            raise ConfigurationError(f"There is no setting {where}.{_nearest(where, beside)}")
        kind = fields[key]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if not isinstance(value, Mapping):
                raise ConfigurationError(f"The setting {where} is a table, not a value.")
            _refuse_unknown(value, kind, f"{where}.")
        elif isinstance(value, str) and str(kind).startswith("tuple"):
            tree[key] = [part.strip() for part in value.split(",") if part.strip()]  # type: ignore[index]  # a dict, see _read_file


def _nearest(where: str, beside: list[str]) -> str:
    """What may have been meant: a key of the same table, else one of another."""
    found = difflib.get_close_matches(where, beside, n=1, cutoff=0.7)
    found = found or difflib.get_close_matches(where, all_keys(Settings), n=1, cutoff=0.7)
    return f" Did you mean {found[0]}?" if found else ""


def all_keys(table: type[msgspec.Struct], path: str = "") -> list[str]:
    """Every settable key below `table`, dotted."""
    keys: list[str] = []
    for field in msgspec.structs.fields(table):
        kind = field.type
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            keys.extend(all_keys(kind, f"{path}{field.name}."))
        else:
            keys.append(f"{path}{field.name}")
    return keys


def _require_sound(settings: Settings) -> None:
    """Limits are positive. Raises ConfigurationError."""
    for key in all_keys(Settings):
        value: Any = settings
        for part in key.split("."):
            value = getattr(value, part)
        may_be_zero = key in ("passwords.threads", "throttle.requests_per_minute")
        if not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if not (value > 0 or (value == 0 and may_be_zero)):  # so that TOML's nan is none, too
            raise ConfigurationError(f"The setting {key} must be positive.")
        if key.endswith("_seconds") and value > _LONGEST:
            raise ConfigurationError(f"The setting {key} may be at most {_LONGEST}: a century.")
    _require_addresses(settings.server)
    _require_one_of(
        "realms.photoshelter.token_in_url",
        settings.realms.photoshelter.token_in_url,
        ("any", "read", "never"),
    )
    _require_one_of(
        "server.log_level", settings.server.log_level, ("debug", "info", "warning", "error")
    )
    for network in settings.server.trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError:
            raise ConfigurationError(
                f"The setting server.trusted_proxies holds {network!r}, which is neither an "
                "address nor a network."
            ) from None


def _require_addresses(server: Server) -> None:
    """What stands in the addresses that the server writes. Raises ConfigurationError."""
    if not is_host_name(server.domain):
        raise ConfigurationError(
            f"The setting server.domain is a host's name without a port, not {server.domain!r}."
        )
    if server.public_url and not is_origin(server.public_url):
        raise ConfigurationError(
            "The setting server.public_url is http:// or https:// and a host in lower case, with a "
            "port if it is not the usual one, and nothing behind it."
        )


def _require_one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        words = ", ".join(f'"{word}"' for word in allowed)
        raise ConfigurationError(f"The setting {key} is one of {words}, not {value!r}.")

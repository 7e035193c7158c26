"""The services, and how an account at each is opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from safelight.client import auth
from safelight.client.events import Event
from safelight.client.grant import Grant
from safelight.client.keeping import Keeper
from safelight.client.profiles import Profile
from safelight.client.protocols.photoshelter import SERVICE_URL as PHOTOSHELTER_URL
from safelight.client.protocols.pixieset import SERVICE_URLS as PIXIESET_URLS
from safelight.client.protocols.pixieset import RealmName
from safelight.client.tokens import read_claims
from safelight.errors import ConfigurationError
from safelight.secret import Secret

Service = Literal["pixieset", "photoshelter", "librephotos", "recorder-monitor", "safelight"]
SERVICES: tuple[str, ...] = get_args(Service)

Mode = Literal["token", "cookie"]


class Opening(NamedTuple):
    """What an account is opened with. `credentials` is asked when a sign-in is needed."""

    keeper: Keeper
    credentials: auth.Given
    api_key: Secret | None
    on_event: Callable[[Event], None]


def default_url(service: str, realm: str) -> str:
    """Where the service is for everybody; "" where everybody has their own."""
    if service == "pixieset":
        return PIXIESET_URLS[require_realm(realm)]
    return PHOTOSHELTER_URL if service == "photoshelter" else ""


def open_auth(profile: Profile, opening: Opening) -> auth.SessionAuth:
    """Raises ConfigurationError for a profile that cannot be used."""
    options = auth.Options(
        account=profile.account,
        keeper=opening.keeper,
        allow_plain_http=profile.allow_plain_http,
        on_event=opening.on_event,
    )
    url, given = profile.url, opening.credentials
    organization = profile.organization or None
    match profile.service:
        case "pixieset":
            realm = require_realm(profile.realm)
            return auth.Pixieset(realm, url, credentials=given, **options)
        case "photoshelter":
            return auth.PhotoShelter(
                url,
                credentials=given,
                api_key=opening.api_key or Secret(""),
                mode="cookie" if profile.mode == "cookie" else "token",
                organization=organization,
                **options,
            )
        case "librephotos":
            return auth.LibrePhotos(url, credentials=given, **options)
        case "recorder-monitor":
            return auth.RecorderMonitor(url, credentials=given, **options)
        case "safelight":
            return auth.Safelight(url, credentials=given, organization=organization, **options)
        case other:
            raise ConfigurationError(
                f"There is no service {other}. There are: {', '.join(SERVICES)}"
            )


def grant_of_token(service: str, token: Secret) -> Grant:
    """What is held for a token that somebody else got. Raises ConfigurationError for Pixieset."""
    match service:
        case "librephotos":
            claims = read_claims(token.reveal())
            return Grant(access_token=token, user_id=str(claims.user_id))
        case "pixieset":
            raise ConfigurationError("Pixieset signs in with cookies: SAFELIGHT_TOKEN is no use.")
        case _:
            return Grant(session_token=token)


def require_realm(realm: str) -> RealmName:
    match realm:
        case "studio" | "galleries":
            return realm
        case _:
            raise ConfigurationError("Say which app of Pixieset: --realm studio or galleries.")

"""What the command knows of each service besides how it signs in."""

from __future__ import annotations

from safelight.client.grant import Grant
from safelight.client.protocols.photoshelter import SERVICE_URL as PHOTOSHELTER_URL
from safelight.client.protocols.pixieset import SERVICE_URLS as PIXIESET_URLS
from safelight.client.protocols.pixieset import RealmName
from safelight.client.sendable import require_header
from safelight.client.tokens import read_claims
from safelight.errors import ConfigurationError
from safelight.secret import Secret


def default_url(service: str, realm: str) -> str:
    """Where the service is for everybody; "" where everybody has their own."""
    if service == "pixieset":
        return PIXIESET_URLS[require_realm(realm)]
    return PHOTOSHELTER_URL if service == "photoshelter" else ""


def grant_of_token(service: str, token: Secret) -> Grant:
    """What is held for a token that somebody else got. Raises ConfigurationError for Pixieset, and
    for what no header can carry."""
    require_header(token, "SAFELIGHT_TOKEN")
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

"""LibrePhotos' wire: `/api/` and `/media/`, with and without a trailing slash. Pure."""

from __future__ import annotations

from safelight.config import Librephotos as Settings
from safelight.exchange import Credential, Presented, Renewal
from safelight.identity.realm import Realm
from safelight.secret import Secret
from safelight.server.http import Reply, Request
from safelight.server.protocols.librephotos import credentials, refusals
from safelight.server.protocols.librephotos.date_albums import date_album_endpoints
from safelight.server.protocols.librephotos.documents import PAGES, document_endpoints
from safelight.server.protocols.librephotos.help import help_endpoint
from safelight.server.protocols.librephotos.media import media_endpoints
from safelight.server.protocols.librephotos.photos import photo_endpoints
from safelight.server.protocols.librephotos.server_info import server_info_endpoints
from safelight.server.protocols.librephotos.tokens import TokenEndpoints
from safelight.server.protocols.librephotos.upload import upload_endpoints
from safelight.server.protocols.librephotos.user_albums import user_album_endpoints
from safelight.server.protocols.librephotos.users import user_endpoints
from safelight.server.wire import AnyEndpoint, Denial


class LibrePhotos:
    """With `debug`, the API's description is served, too."""

    def __init__(self, realm: Realm, settings: Settings, *, debug: bool) -> None:
        self.realm = realm
        self.allowed_origins: frozenset[str] = frozenset(settings.cors_origins)
        api: tuple[AnyEndpoint, ...] = (
            *TokenEndpoints(self.allowed_origins).endpoints(),
            *photo_endpoints(),
            *date_album_endpoints(),
            *user_album_endpoints(),
            *user_endpoints(),
            *upload_endpoints(),
            *server_info_endpoints(),
            help_endpoint(PAGES if debug else {}),
            *media_endpoints(self.allowed_origins),
        )
        documents = document_endpoints(api) if debug else ()
        self.endpoints: tuple[AnyEndpoint, ...] = (*api, *documents)

    def read_credentials(self, request: Request) -> Presented:
        return credentials.read_credentials(request, self.allowed_origins)

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        return credentials.read_own(request)

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        """There are no CSRF tokens here (LP-57)."""
        return None

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        return refusals.write_denial(denial, request)

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Nothing: tokens are renewed when the client asks."""

"""The protocol's table of endpoints, and what it reads of and writes to every request. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from safelight.authentication.affairs import ShowOrganization
from safelight.config import Photoshelter
from safelight.errors import (
    ConflictingCredentials,
    MalformedCredential,
    MalformedRequest,
    UnsupportedMediaType,
)
from safelight.exchange import Credential, Presented, Renewal, SessionToken
from safelight.identity.ids import OrganizationId
from safelight.identity.organization import Organization
from safelight.identity.permission import Scope
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.http import SAFE_METHODS, Caching, Reply, Request
from safelight.server.protocols.photoshelter import faults, galleries, images, sign_in
from safelight.server.protocols.photoshelter.envelope import write_ok
from safelight.server.protocols.photoshelter.fields import read_body_fields, sole
from safelight.server.protocols.photoshelter.records import organization_record
from safelight.server.protocols.photoshelter.view import read_view
from safelight.server.wire import (
    AnyEndpoint,
    Asked,
    Body,
    CommandEndpoint,
    Denial,
    Forgery,
    PublicEndpoint,
    ResourceEndpoint,
)

T = TypeVar("T")
Read = Callable[[Request], T]
Write = Callable[[Any, Request], Reply]

_KEY_HEADER = b"x-ps-api-key"
_KEY_PARAMETER = "api_key"
_VERSIONS = ("/psapi/v3", "/psapi/v3.0")


class PhotoShelter:
    """`settings` says where credentials in a URL are taken, and whose scripts may call."""

    def __init__(self, realm: Realm, settings: Photoshelter) -> None:
        self.realm = realm
        self.allowed_origins: frozenset[str] = frozenset(settings.cors_origins)
        self._token_in_url = settings.token_in_url
        self.endpoints: tuple[AnyEndpoint, ...] = tuple(
            endpoint for version in _VERSIONS for endpoint in _table(version, settings.login_by_get)
        )

    # --- credentials --------------------------------------------------------------------------

    def read_credentials(self, request: Request) -> Presented:
        return Presented(credentials=self.read_own(request), api_key=_read_key(request))

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        """Header before address before cookie (PS-32)."""
        found: list[Credential] = []
        if token := request.sole_header(sign_in.TOKEN_HEADER):
            found.append(self._token(Carrier.HEADER, token))
        if token := request.sole_parameter(sign_in.TOKEN_PARAMETER):
            self._admit_token_in_url(request)
            found.append(self._token(Carrier.QUERY, token))
        if cookie := request.cookie(sign_in.SESSION_COOKIE):
            found.append(self._token(Carrier.COOKIE, cookie))
        return tuple(found)

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        """None: this wire has no CSRF token. Writes by cookie stand on their origin (PS-41)."""
        return None

    def _token(self, carrier: Carrier, text: str) -> SessionToken:
        return SessionToken(
            realm=self.realm.name,
            carrier=carrier,
            secret=Secret(text),
            sealed=carrier is Carrier.COOKIE,
        )

    def _admit_token_in_url(self, request: Request) -> None:
        if self._token_in_url == "any":
            return
        if self._token_in_url == "read" and request.method in SAFE_METHODS:
            return
        raise MalformedCredential(
            "A token in the address is not accepted here: send it as X-PS-Auth-Token."
        )

    # --- answers ------------------------------------------------------------------------------

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        return faults.write_denial(denial, request)

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Exactly one new cookie with every answer to a valid one (PS-22)."""
        if renewal.session_token is None:
            return
        reply.cookies.append(sign_in.session_cookie(request, renewal.session_token.reveal()))
        if reply.caching is not Caching.SECRET:
            reply.caching = Caching.PRIVATE  # no shared cache may hand this cookie to others


def _read_key(request: Request) -> Secret | None:
    """The API key in the header or the address, else in a field of the body, which an upload has
    not sent yet. Raises ConflictingCredentials; a body that cannot be read holds no key (PS-3)."""
    header = request.sole_header(_KEY_HEADER)
    parameter = request.sole_parameter(_KEY_PARAMETER)
    if header and parameter and header != parameter:
        raise ConflictingCredentials("The header and the address have two different API keys.")
    key = header or parameter
    if not key and request.body:
        try:
            key = sole(read_body_fields(request), _KEY_PARAMETER)
        except ConflictingCredentials:
            raise
        except (MalformedRequest, UnsupportedMediaType):
            return None
    return Secret(key) if key else None


# --- the table ------------------------------------------------------------------------------


def _checked(read: Read[T]) -> Read[T]:
    """`read`, once it is sure that the answer can be written as asked: nothing is done for a
    request that is refused for its `format`, `extend` or `page`."""

    def checked(request: Request) -> T:
        read_view(request)
        return read(request)

    return checked


def _table(version: str, login_by_get: bool) -> list[AnyEndpoint]:
    return [*_signing(version, login_by_get), *_member(f"{version}/mem"), *_public(version)]


def _signing(version: str, login_by_get: bool) -> list[CommandEndpoint]:
    path = f"{version}{faults.SIGN_IN_PATH}"
    organization = f"{version}/mem/organization/{{organization_id}}/authenticate"
    found = [
        CommandEndpoint(
            method="POST",
            path=path,
            forgery=Forgery.UNTOKENED,
            read=_checked(sign_in.read_sign_in),
            write=sign_in.write_sign_in,
        )
    ]
    if login_by_get:
        found.append(
            CommandEndpoint(
                method="GET",
                path=path,
                forgery=Forgery.NAVIGABLE,
                read=_checked(sign_in.read_sign_in_by_address),
                write=sign_in.write_sign_in,
            )
        )
    for method, forgery in (("GET", Forgery.NAVIGABLE), ("POST", Forgery.GUARDED)):
        found.append(
            CommandEndpoint(
                method=method,
                path=organization,
                forgery=forgery,
                read=_checked(sign_in.read_organization),
                write=sign_in.write_organization,
            )
        )
        found.append(
            CommandEndpoint(
                method=method,
                path=f"{path}/logout",
                forgery=forgery,
                read=_checked(sign_in.read_sign_out),
                write=sign_in.write_sign_out,
            )
        )
    return found


def _member(at: str) -> list[ResourceEndpoint]:
    """What needs a session."""
    account, photos, albums = Scope.ACCOUNT_READ, Scope.PHOTOS_READ, Scope.GALLERIES_READ
    gallery, image = f"{at}/gallery/{{gallery_id}}", f"{at}/image/{{image_id}}"
    collection = f"{at}/collection/{{collection_id}}"
    return [
        _get(f"{at}/user/session", account, sign_in.read_session, sign_in.write_session),
        _get(f"{at}/gallery", albums, galleries.read_list, galleries.write_list),
        _get(f"{at}/gallery/query", albums, galleries.read_list, galleries.write_list),
        _insert("GET", at, Forgery.TOKEN_ONLY),
        _insert("POST", at, Forgery.GUARDED),
        _get(gallery, albums, galleries.read_one, galleries.write_one),
        _get(f"{gallery}/images", albums, galleries.read_images, galleries.write_images),
        _get(f"{gallery}/children", albums, galleries.read_images, galleries.write_images),
        _post(
            f"{gallery}/update",
            Scope.GALLERIES_WRITE,
            galleries.read_update,
            galleries.write_changed,
        ),
        _post(
            f"{gallery}/delete",
            Scope.GALLERIES_WRITE,
            galleries.read_delete,
            galleries.write_deleted,
        ),
        _get(f"{at}/collection", albums, galleries.read_collection, galleries.write_collections),
        _get(collection, albums, galleries.read_collection, galleries.write_collection),
        _get(f"{collection}/children", albums, galleries.read_collection, galleries.write_children),
        _get(f"{collection}/parent", albums, galleries.read_collection, galleries.write_parent),
        _post(
            f"{at}/image/upload",
            Scope.PHOTOS_WRITE,
            images.read_upload,
            images.write_upload,
            Body.UPLOAD,
        ),
        _get(f"{at}/image/search", photos, images.searching(public=False), images.write_search),
        _get(image, photos, images.read_one, images.write_one),
        _get(f"{image}/download", photos, images.read_download, images.write_download),
        _get(f"{image}/link", photos, images.read_one, images.write_link),
        _get(f"{image}/iptc", photos, images.read_one, images.write_iptc),
        _get(f"{image}/exif", photos, images.read_one, images.write_exif),
        _get(f"{image}/galleries", photos, images.read_one, images.write_galleries),
        _post(f"{image}/update", Scope.PHOTOS_WRITE, images.read_update, images.write_one),
        _post(f"{image}/delete", Scope.PHOTOS_WRITE, images.read_delete, galleries.write_deleted),
    ]


def _public(at: str) -> list[PublicEndpoint]:
    """What an API key alone shows: things that everyone may see (PS-54)."""
    gallery, image = f"{at}/gallery/{{gallery_id}}", f"{at}/image/{{image_id}}"
    collection = f"{at}/collection/{{collection_id}}"
    table: list[tuple[str, Read[Asked], Write]] = [
        (f"{at}/gallery", galleries.read_public_list, galleries.write_list),
        (f"{at}/gallery/query", galleries.read_public_list, galleries.write_list),
        (gallery, galleries.read_one, galleries.write_one),
        (f"{gallery}/images", galleries.read_images, galleries.write_images),
        (f"{gallery}/children", galleries.read_images, galleries.write_images),
        (collection, galleries.read_public_collection, galleries.write_collection),
        (f"{collection}/children", galleries.read_public_collection, galleries.write_children),
        (f"{at}/image/search", images.searching(public=True), images.write_search),
        (image, images.read_one, images.write_one),
        (f"{image}/download", images.read_download, images.write_download),
        (f"{image}/link", images.read_one, images.write_link),
        (f"{image}/iptc", images.read_one, images.write_iptc),
        (f"{image}/exif", images.read_one, images.write_exif),
        (f"{at}/organization/{{organization_id}}", _read_organization, _write_organization),
    ]
    return [
        PublicEndpoint(method="GET", path=path, read=_checked(read), write=write)
        for path, read, write in table
    ]


def _get(path: str, needs: Scope, read: Read[Asked], write: Write) -> ResourceEndpoint:
    return ResourceEndpoint(method="GET", path=path, needs=needs, read=_checked(read), write=write)


def _post(
    path: str, needs: Scope, read: Read[Asked], write: Write, body: Body = Body.SMALL
) -> ResourceEndpoint:
    return ResourceEndpoint(
        method="POST", path=path, needs=needs, read=_checked(read), write=write, body=body
    )


def _insert(method: str, at: str, forgery: Forgery) -> ResourceEndpoint:
    """A write by GET is what a client of old sends: with a token, never with a cookie (PS-42)."""
    return ResourceEndpoint(
        method=method,
        path=f"{at}/gallery/insert",
        needs=Scope.GALLERIES_WRITE,
        forgery=forgery,
        read=_checked(galleries.read_insert),
        write=galleries.write_changed,
    )


def _read_organization(request: Request) -> ShowOrganization:
    return ShowOrganization(id=OrganizationId(request.params["organization_id"]), public=True)


def _write_organization(organization: Organization, request: Request) -> Reply:
    record = read_view(request).pick(organization_record(organization))
    return write_ok(request, {"Organization": record})

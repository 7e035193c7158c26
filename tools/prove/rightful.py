"""What somebody who may do it would send to each endpoint: the request that everything else in a
proof is a spoilt form of."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.house import PASSWORD

from safelight.server.wire import PublicEndpoint
from tools.prove.furnished import SMALL_PICTURE, FurnishedHouse, Things
from tools.prove.hostile import multipart
from tools.prove.inventory import EndpointReader

FORM = b"application/x-www-form-urlencoded"
JSON = b"application/json"
UPLOAD = b"multipart/form-data; boundary=XX"

Fields = Mapping[str, object]


@dataclass(frozen=True)
class Rightful:
    """`credential` names one of the house's. Fields of an upload are texts, or bytes of a file."""

    credential: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: bytes | None = None
    fields: Fields = field(default_factory=dict)

    def body(self) -> bytes:
        return write_fields(self.content_type, self.fields)


def write_fields(content_type: bytes | None, fields: Fields) -> bytes:
    if content_type is None:
        return b""
    if content_type == JSON:
        text = json.dumps(fields, ensure_ascii=False, default=repr)
        return text.encode("utf-8", "surrogatepass")
    if content_type == FORM:
        pairs = [(name, _bytes(value)) for name, value in fields.items()]
        return urlencode(pairs).encode()
    return multipart(
        [
            (name, value, "boat.jpg") if isinstance(value, bytes) else (name, _bytes(value), None)
            for name, value in fields.items()
        ]
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def rightful(furnished: FurnishedHouse, found: EndpointReader) -> Rightful:
    """Without fields or a query where this table has none: then none are needed."""
    things, path = furnished.things, f"{found.mount}{found.endpoint.path}".replace("v3.0", "v3")
    realm = found.protocol.realm.name
    credential = _CREDENTIALS.get(realm, realm)
    if realm == "photoshelter" and isinstance(found.endpoint, PublicEndpoint):
        credential = "photoshelter key"
    content_type: bytes | None = None
    fields: Fields = {}
    query: Fields = {}
    for method, pattern, kind, making in _BODIES:
        if method == found.endpoint.method and re.fullmatch(pattern, path):
            content_type = kind
            if kind is None:
                query = making(things)
            else:
                fields = making(things)
    if path in _AS_ADMIN.get(found.endpoint.method, ()):
        credential = f"admin {credential}"
    return Rightful(
        credential=credential,
        params={name: _param(path, name, things) for name in found.parameters},
        query={name: str(value) for name, value in query.items()},
        content_type=content_type,
        fields=fields,
    )


_CREDENTIALS = {"web": "web", "native": "native"}
_AS_ADMIN = {"DELETE": ("/api/user/{id}",), "POST": ("/api/user",)}


def _param(path: str, name: str, things: Things) -> str:
    for pattern, parameter, making in _PARAMS:
        if name == parameter and re.search(pattern, path):
            return making(things)
    return "1"


_PARAMS: tuple[tuple[str, str, Callable[[Things], str]], ...] = (
    ("^/studio/api/v1/clients", "id", lambda t: t.customer),
    ("/collections/", "id", lambda t: "10000001"),
    ("^/galleries/api/v1/galleries/", "id", lambda t: "100000001"),
    ("/download/", "signed", lambda t: t.link),
    ("/media/thumbnails/", "kind", lambda t: "large"),
    ("/media/thumbnails/", "name", lambda t: f"{t.photo}.jpg"),
    ("^/psapi/v3/mem/", "image_id", lambda t: t.photo),
    ("^/psapi/v3/image/", "image_id", lambda t: t.open_photo),
    ("", "gallery_id", lambda t: t.gallery),
    ("", "organization_id", lambda t: t.organization),
    ("", "collection_id", lambda t: "C0000Root0000000"),
    ("", "hash", lambda t: t.photo_hash),
    ("^/media/", "name", lambda t: t.open_hash),
    ("^/api/albums/date/", "id", lambda t: UNDATED),
    ("^/api/user/{id}", "id", lambda t: "1"),
    ("", "email", lambda t: "ada@example.com"),
    ("^/v1/sessions/", "id", lambda t: t.session),
    ("^/sessions/", "id", lambda t: t.session),
    ("^/v1/organizations/", "id", lambda t: t.organization),
    ("^/v1/applications/", "id", lambda t: t.application),
    ("^/v1/tokens/", "id", lambda t: t.token),
    ("^/v1/photos/", "id", lambda t: t.photo),
    ("^/v1/galleries/", "id", lambda t: t.gallery),
    ("^/v1/galleries/", "photo_id", lambda t: t.photo),
    ("^/v1/customers/", "id", lambda t: t.customer),
    ("^/v1/notifications/", "id", lambda t: t.notification),
)

_LOG_IN = {"email": "ada@example.com", "password": PASSWORD}
_ENCODED = base64.b64encode(PASSWORD.encode()).decode()
_NEW = "a quite different sentence"
_SIGN_UP = {"username": "new", "email": "new@example.com", "password": PASSWORD}
_CUSTOMER = {
    "first_name": "Grace", "last_name": "Hopper", "email": "g@example.com", "phone": "1",
    "company": "Navy", "job_title": "Admiral", "notes": "Two\nlines",
}  # fmt: skip

UNDATED = "0"
Making = Callable[[Things], Fields]

_BODIES: tuple[tuple[str, str, bytes | None, Making], ...] = (
    # Pixieset
    ("POST", "/(studio|galleries)/login", FORM, lambda t: _LOG_IN),
    ("POST", "/studio/api/v1/clients", JSON, lambda t: {**_CUSTOMER, "type": "lead"}),
    ("PUT", "/studio/api/v1/clients/{id}", JSON, lambda t: _CUSTOMER),
    ("PATCH", "/studio/api/v1/clients/{id}", JSON, lambda t: {"notes": "", "type": "client"}),
    ("GET", "/studio/api/v1/(clients|clients/search|notifications/all)", None,
     lambda t: {"page": "1", "per_page": "10", "q": "a"}),
    ("GET", "/galleries/api/v1/dashboard_listings", None, lambda t: {"page": "1", "q": "a"}),
    ("PUT", "/galleries/api/v1/collections/{id}", JSON, lambda t: {"name": "A"}),
    ("PATCH", "/galleries/api/v1/collections/{id}", JSON, lambda t: {"description": "B"}),
    # PhotoShelter
    ("POST", "/psapi/v3/mem/authenticate", FORM, lambda t: {**_LOG_IN, "mode": "token"}),
    ("GET", "/psapi/v3/mem/authenticate", None, lambda t: {**_LOG_IN, "mode": "token"}),
    ("GET", "/psapi/v3/mem/gallery/insert", None, lambda t: {"name": "A"}),
    ("POST", "/psapi/v3/mem/gallery/insert", FORM,
     lambda t: {"name": "A", "description": "B", "mode": "everyone", "f_list": "t"}),
    ("POST", "/psapi/v3/mem/gallery/{gallery_id}/update", FORM,
     lambda t: {"name": "A", "description": "B", "mode": "private", "f_list": "f"}),
    ("POST", "/psapi/v3/mem/image/upload", UPLOAD,
     lambda t: {"gallery_id": t.gallery, "mode": "everyone", "file": SMALL_PICTURE + b"x"}),
    ("POST", "/psapi/v3/mem/image/{image_id}/update", FORM,
     lambda t: {"file_name": "b.jpg", "caption": "C", "mode": "everyone", "rating": "3"}),
    ("GET", "/psapi/v3/(mem/)?image/search", None,
     lambda t: {"terms": "jpg", "page": "1", "per_page": "9", "format": "json"}),
    ("GET", "/psapi/v3/(mem/)?(gallery|image)/{[a-z_]+}", None,
     lambda t: {"fields": "*", "extend": '{"Image":{"fields":"file_name"},"ImageLink":{}}'}),
    # LibrePhotos
    ("POST", "/api/auth/token/obtain", JSON, lambda t: {"username": "ada", "password": PASSWORD}),
    ("POST", "/api/auth/token/(refresh|blacklist)", JSON, lambda t: {"refresh": t.refresh}),
    ("GET", "/api/photos", None, lambda t: {"page": "1", "page_size": "9"}),
    ("GET", "/api/photos/searchlist", None, lambda t: {"search": "jpg"}),
    ("POST", "/api/photosedit/favorite", JSON,
     lambda t: {"image_hashes": [t.photo_hash], "favorite": True}),
    ("POST", "/api/photosedit/hide", JSON,
     lambda t: {"image_hashes": [t.photo_hash], "hidden": True}),
    ("POST", "/api/photosedit/setdeleted", JSON,
     lambda t: {"image_hashes": [t.photo_hash], "deleted": True}),
    ("POST", "/api/photosedit/makepublic", JSON,
     lambda t: {"image_hashes": [t.photo_hash], "val_public": True}),
    ("DELETE", "/api/photosedit/delete", JSON, lambda t: {"image_hashes": [t.trashed_hash]}),
    ("POST", "/api/albums/user/edit", JSON, lambda t: {"title": "A", "photos": [t.photo_hash]}),
    ("PATCH", "/api/albums/user/edit/{id}", JSON,
     lambda t: {"title": "B", "photos": [t.open_hash], "removedPhotos": [t.photo_hash]}),
    ("POST", "/api/user", JSON, lambda t: {**_SIGN_UP, "first_name": "A", "last_name": "B"}),
    ("PATCH", "/api/user/{id}", JSON,
     lambda t: {"first_name": "A", "last_name": "B", "email": "b@example.com"}),
    ("POST", "/api/upload", UPLOAD, lambda t: {"offset": "0", "file": b"abc"}),
    ("POST", "/api/upload/complete", FORM,
     lambda t: {"upload_id": t.upload, "md5": _md5(SMALL_PICTURE), "filename": "b.jpg"}),
    # Recorder Monitor
    ("POST", "/api/login", FORM, lambda t: {"email": "ada", "password": _ENCODED}),
    ("POST", "/api/login/change", FORM, lambda t: {"current": _ENCODED, "new": _NEW}),
    # Native
    ("POST", "/v1/sessions", JSON, lambda t: {"identifier": "ada", "password": PASSWORD}),
    ("DELETE", "/v1/sessions", None, lambda t: {"keep": "current"}),
    ("PUT", "/v1/sessions/current/organization", JSON,
     lambda t: {"organization_id": t.organization}),
    ("PATCH", "/v1/account", JSON, lambda t: {"first_name": "A", "last_name": "B"}),
    ("PUT", "/v1/account/password", JSON, lambda t: {"current": PASSWORD, "new": _NEW}),
    ("POST", "/v1/(organizations|applications)", JSON, lambda t: {"name": "A"}),
    ("POST", "/v1/organizations/{id}/members", JSON,
     lambda t: {"identifier": "zoe", "role": "member"}),
    ("POST", "/v1/tokens", JSON,
     lambda t: {"name": "A", "scopes": ["photos:read"], "expires_in_seconds": 60}),
    ("GET", "/v1/photos", None, lambda t: {"limit": "2", "text": "jpg", "trashed": "false"}),
    ("POST", "/v1/photos", UPLOAD,
     lambda t: {"gallery_id": t.gallery, "visibility": "public", "file": SMALL_PICTURE + b"y"}),
    ("PATCH", "/v1/photos/{id}", JSON,
     lambda t: {"name": "b.jpg", "description": "B", "visibility": "public", "rating": 2,
                "hidden": True, "trashed": True}),
    ("GET", "/v1/photos/{id}/thumbnail", None, lambda t: {"size": "square"}),
    ("POST", "/v1/galleries", JSON,
     lambda t: {"name": "A", "description": "B", "photo_ids": [t.photo], "visibility": "public",
                "listed": True}),
    ("PATCH", "/v1/galleries/{id}", JSON,
     lambda t: {"name": "B", "description": "C", "visibility": "private", "listed": False}),
    ("POST", "/v1/customers", JSON, lambda t: {**_CUSTOMER, "kind": "client"}),
    ("PATCH", "/v1/customers/{id}", JSON, lambda t: {"notes": "B", "archived": True}),
    # Pages
    ("POST", "/login", FORM, lambda t: {"identifier": "ada", "password": PASSWORD, "next": "/x"}),
    ("POST", "/logout", FORM, lambda t: {}),
    ("POST", "/setup", FORM, lambda t: _SIGN_UP),
    ("POST", "/sessions/{id}/end", FORM, lambda t: {}),
    ("POST", "/sessions/end", FORM, lambda t: {"keep": "current"}),
    ("POST", "/account/password", FORM, lambda t: {"current": PASSWORD, "new": _NEW}),
)  # fmt: skip


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()

"""Accounts as this wire shows them, signing up, and changing one's names. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from safelight.authentication.affairs import (
    AccountView,
    ChangeNames,
    FindAccount,
    ListAccounts,
    RemoveAccount,
    SignUp,
)
from safelight.errors import InvalidFields
from safelight.identity.account import Account
from safelight.identity.permission import Scope
from safelight.library.photo import FAVORITE_RATING
from safelight.secret import Secret
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.fields import (
    read_credentials_object,
    read_object,
    read_optional_texts,
    read_texts,
)
from safelight.server.protocols.librephotos.pages import Paginated, read_id
from safelight.server.protocols.librephotos.records import CoverPhoto
from safelight.server.wire import AnyEndpoint, PublicEndpoint, ResourceEndpoint, Several

_SETUP = b"x-safelight-setup"


class PublicUser(msgspec.Struct, frozen=True, kw_only=True):
    """What a stranger may know (LP-66)."""

    id: int
    username: str
    first_name: str
    last_name: str
    avatar_url: None = None
    public_photo_count: int
    public_photo_samples: Sequence[CoverPhoto] = ()


class User(PublicUser, frozen=True, kw_only=True):
    """The full record. What Safelight has no settings for has LibrePhotos' usual value;
    `datetime_rules` is JSON within a text."""

    email: str
    date_joined: datetime
    is_superuser: bool
    photo_count: int
    avatar: None = None
    scan_directory: str = ""
    confidence: float = 0.1
    confidence_person: float = 0.9
    confidence_unknown_face: float = 0.5
    min_cluster_size: int = 0
    min_samples: int = 1
    cluster_selection_epsilon: float = 0.05
    face_recognition_model: str = "HOG"
    semantic_search_topk: int = 0
    transcode_videos: bool = False
    nextcloud_server_address: None = None
    nextcloud_username: None = None
    nextcloud_scan_directory: None = None
    favorite_min_rating: int = FAVORITE_RATING
    image_scale: float = 1.0
    save_metadata_to_disk: str = "OFF"
    datetime_rules: str = "[]"
    llm_settings: None = None
    default_timezone: str = "UTC"
    public_sharing: bool = False


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    username: str
    password: str
    email: str
    first_name: str = ""
    last_name: str = ""


class SignedUp(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays; other fields of the record are ignored."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""


def user_endpoints() -> tuple[AnyEndpoint, ...]:
    return (
        PublicEndpoint(
            method="GET",
            path="/api/user",
            read=negotiated(lambda request: ListAccounts(counted=True)),
            write=_write_list,
            summary="The accounts that the caller may see in full",
            gives=Paginated[User],
        ),
        PublicEndpoint(
            method="POST",
            path="/api/user",
            confidential=True,
            read=negotiated(_read_sign_up),
            write=_write_signed_up,
            summary="Sign up; the first admin sends the set-up token as X-Safelight-Setup",
            takes=NewUser,
            gives=SignedUp,
            success=201,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/user/{id}",
            needs=Scope.ACCOUNT_READ,
            read=negotiated(_read_one),
            write=lambda view, request: json_reply(_record(view)),
            summary="An account: in full for itself and for admins, else in its public form",
            gives=User,
        ),
        ResourceEndpoint(
            method="PATCH",
            path="/api/user/{id}",
            needs=Scope.ACCOUNT_WRITE,
            read=negotiated(_read_change),
            write=lambda found, request: json_reply(_record(found[1])),
            summary="Change an account's names and address",
            takes=UserChange,
            gives=User,
        ),
        ResourceEndpoint(
            method="DELETE",
            path="/api/user/{id}",
            needs=Scope.ACCOUNT_WRITE,
            read=negotiated(lambda request: RemoveAccount(number=read_id(request.params["id"]))),
            write=lambda _, request: Reply(status=204, media_type=b""),
            summary="Delete an account and what it holds (admins)",
            success=204,
        ),
    )


def _write_list(views: tuple[AccountView, ...], request: Request) -> Reply:
    """All at once: there is no installation with more accounts than a page of 20,000 has."""
    records = [_record(view) for view in views]
    return json_reply(Paginated(count=len(records), next=None, previous=None, results=records))


def _read_one(request: Request) -> FindAccount:
    return FindAccount(number=read_id(request.params["id"]), counted=True)


def _record(view: AccountView) -> PublicUser:
    account = view.account
    if not view.full:
        return PublicUser(
            id=account.number,
            username=account.username,
            first_name=account.first_name,
            last_name=account.last_name,
            public_photo_count=view.count.public,
        )
    return User(
        id=account.number,
        username=account.username,
        first_name=account.first_name,
        last_name=account.last_name,
        public_photo_count=view.count.public,
        email=account.email,
        date_joined=account.created_at,
        is_superuser=account.admin,
        photo_count=view.count.photos,
    )


def _read_sign_up(request: Request) -> SignUp:
    """Whatever else the body says of the new account's rights is not looked at."""
    values = read_credentials_object(request)
    username, password, email = read_texts(values, "username", "password", "email")
    if values["password"] != password:
        raise InvalidFields({"password": ("It may not begin or end with a blank here.",)})
    first_name, last_name = read_optional_texts(values, "first_name", "last_name")
    token = request.sole_header(_SETUP)
    return SignUp(
        email=email,
        username=username,
        password=Secret(password),
        first_name=first_name or "",
        last_name=last_name or "",
        setup_token=Secret(token) if token else None,
    )


def _write_signed_up(account: Account, request: Request) -> Reply:
    answer = SignedUp(
        id=account.number,
        username=account.username,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
    )
    return json_reply(answer, 201, Caching.SECRET)


def _read_change(request: Request) -> Several:
    """A password is not changed in passing: that takes the old one."""
    values = read_object(request)
    if values.get("password"):
        raise InvalidFields({"password": ("A password is changed on the account's page only.",)})
    first_name, last_name, email = read_optional_texts(values, "first_name", "last_name", "email")
    number = read_id(request.params["id"])
    change = ChangeNames(
        number=number,
        first_name=first_name,
        last_name=last_name,
        email=email,
        password_asked=False,
    )
    return Several(questions=(change, FindAccount(number=number, counted=True)))

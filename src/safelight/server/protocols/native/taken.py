"""What the native API takes: queries and JSON bodies, one Struct each, which is its schema, too.

Bodies refuse unknown fields, so that nobody sets what is not theirs to set.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from safelight.identity.organization import Role
from safelight.identity.permission import Scope
from safelight.library.customer import CustomerKind
from safelight.library.photo import Visibility
from safelight.library.ports import ThumbnailKind

Id = Annotated[str, Meta(min_length=1, max_length=64)]
FileName = Annotated[str, Meta(min_length=1, max_length=255)]
GalleryName = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
PersonsName = Annotated[str, Meta(max_length=100)]
Email = Annotated[str, Meta(max_length=254)]
Phone = Annotated[str, Meta(max_length=50)]
Company = Annotated[str, Meta(max_length=200)]
JobTitle = Annotated[str, Meta(max_length=100)]
Text = Annotated[str, Meta(max_length=5000)]
Identifier = Annotated[
    str, Meta(min_length=1, max_length=320, description="The e-mail address, or the username.")
]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
Rating = Annotated[int, Meta(ge=0, le=5)]
Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(max_length=64, description="`next` of the page before.")]
Sought = Annotated[str, Meta(max_length=200, description="Text to look for.")]


# --- queries ----------------------------------------------------------------------------------


class PageQuery(Struct, frozen=True, kw_only=True):
    limit: Limit = 50
    cursor: Cursor = ""


class PhotoQuery(PageQuery, frozen=True, kw_only=True):
    gallery: Annotated[str, Meta(max_length=64, description="A gallery's id.")] = ""
    text: Sought = ""
    trashed: bool = False
    favorite: bool | UnsetType = UNSET
    public: Annotated[bool, Meta(description="Everybody's public photos.")] = False


class GalleryQuery(PageQuery, frozen=True, kw_only=True):
    public: Annotated[bool, Meta(description="Everybody's public galleries.")] = False


class CustomerQuery(PageQuery, frozen=True, kw_only=True):
    kind: CustomerKind | UnsetType = UNSET
    text: Sought = ""


class ThumbnailQuery(Struct, frozen=True, kw_only=True):
    size: ThumbnailKind = ThumbnailKind.SQUARE


class KeepQuery(Struct, frozen=True, kw_only=True):
    keep: Annotated[str, Meta(pattern="^(current)?$")] = ""


# --- taken ------------------------------------------------------------------------------------


class Taken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JSON body."""


class SignIn(Taken, frozen=True, kw_only=True):
    """With `organization_id`, the session acts for that organization from the beginning."""

    identifier: Identifier
    password: Password
    organization_id: Id | None = None


class ChosenOrganization(Taken, frozen=True, kw_only=True):
    """`null` for none: the session then acts for the account alone."""

    organization_id: Id | None


class AccountChange(Taken, frozen=True, kw_only=True):
    """`current_password` goes with another `email`, whatever the credential."""

    first_name: PersonsName | UnsetType = UNSET
    last_name: PersonsName | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    current_password: Password | UnsetType = UNSET


class PasswordChange(Taken, frozen=True, kw_only=True):
    current: Password
    new: Password


class NewOrganization(Taken, frozen=True, kw_only=True):
    name: Name


class NewMember(Taken, frozen=True, kw_only=True):
    identifier: Identifier
    role: Role = Role.MEMBER


class NewApplication(Taken, frozen=True, kw_only=True):
    name: Name


class NewToken(Taken, frozen=True, kw_only=True):
    """`expires_in_seconds` is at most 366 days; `null` for a token that does not expire."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=len(Scope))]
    expires_in_seconds: Annotated[int, Meta(ge=1, le=366 * 86_400)] | None


class PhotoChange(Taken, frozen=True, kw_only=True):
    """What is left out stays as it is. A rating of 4 and more makes a favorite."""

    name: FileName | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    rating: Rating | UnsetType = UNSET
    hidden: bool | UnsetType = UNSET
    trashed: bool | UnsetType = UNSET


class NewGallery(Taken, frozen=True, kw_only=True):
    name: GalleryName
    description: Text = ""
    visibility: Visibility = Visibility.PRIVATE
    listed: bool = True
    photo_ids: Annotated[tuple[Id, ...], Meta(max_length=1000)] = ()


class GalleryChange(Taken, frozen=True, kw_only=True):
    name: GalleryName | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    listed: bool | UnsetType = UNSET


class NewCustomer(Taken, frozen=True, kw_only=True):
    kind: CustomerKind = CustomerKind.CLIENT
    first_name: PersonsName = ""
    last_name: PersonsName = ""
    email: Email = ""
    phone: Phone = ""
    company: Company = ""
    job_title: JobTitle = ""
    notes: Text = ""


class CustomerChange(Taken, frozen=True, kw_only=True):
    kind: CustomerKind | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    first_name: PersonsName | UnsetType = UNSET
    last_name: PersonsName | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    company: Company | UnsetType = UNSET
    job_title: JobTitle | UnsetType = UNSET
    notes: Text | UnsetType = UNSET


class PhotoUpload(Struct, frozen=True, kw_only=True):
    """A form, `multipart/form-data`: photos, in as many `files` parts as there are."""

    files: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema={"format": "binary"})], ...],
        Meta(min_length=1),
    ]
    gallery_id: Id | UnsetType = UNSET
    visibility: Visibility = Visibility.PRIVATE

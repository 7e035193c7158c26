"""`safelight galleries`, `photos` and `organizations`: what the account has there."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import msgspec
from cyclopts import Parameter

from safelight.cli.accounts import choose, open_account
from safelight.cli.exits import Answer, wants_json
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json, print_table
from safelight.client.client import Client
from safelight.client.things import Gallery, Photo
from safelight.errors import ConfigurationError, NotFound

Limit = Annotated[
    int | None,
    Parameter(metavar="NUMBER", show_default=False, help="At most so many; without it all."),
]
GalleryName = Annotated[
    str, Parameter(metavar="GALLERY", show_default=False, help="A gallery's id, or its name.")
]


class GalleryList(Answer, frozen=True, kw_only=True):
    galleries: tuple[Gallery, ...]


class PhotoList(Answer, frozen=True, kw_only=True):
    photos: tuple[Photo, ...]


class OrganizationLine(msgspec.Struct, frozen=True, kw_only=True):
    """`current`: the session acts for it."""

    id: str
    name: str
    current: bool


class OrganizationList(Answer, frozen=True, kw_only=True):
    organizations: tuple[OrganizationLine, ...]


def galleries(
    *, limit: Limit = None, profile: ProfileName = "", no_input: NoInput = False, json: Json = False
) -> None:
    """List galleries."""
    with open_account(choose(profile), no_input=no_input) as client:
        found = tuple(islice(client.galleries.list(), _require_limit(limit)))
    if wants_json(json):
        print_json(GalleryList(galleries=found))
        return
    rows = [(each.id, each.name, _number(each.photo_count), _access(each.public)) for each in found]
    print_table(("Id", "Name", "Photos", "Access"), rows, "There are no galleries.")


def photos(
    *,
    gallery: GalleryName = "",
    limit: Limit = None,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """List photos, all or those of a gallery."""
    with open_account(choose(profile), no_input=no_input) as client:
        listed = client.photos.list(gallery=find_gallery(client, gallery))
        found = tuple(islice(listed, _require_limit(limit)))
    if wants_json(json):
        print_json(PhotoList(photos=found))
        return
    rows = [(each.id, each.name, _number(each.size), _access(each.public)) for each in found]
    print_table(("Id", "Name", "Bytes", "Access"), rows, "There are no photos.")


def organizations(
    *, profile: ProfileName = "", no_input: NoInput = False, json: Json = False
) -> None:
    """List the organizations that the account may act for."""
    with open_account(choose(profile), no_input=no_input) as client:
        listed = tuple(client.organizations.list())
        grant = client.auth.session.holding.held.grant
    bound = grant.organization_id if grant is not None else None
    found = tuple(
        OrganizationLine(id=each.id, name=each.name, current=each.id == bound) for each in listed
    )
    if wants_json(json):
        print_json(OrganizationList(organizations=found))
        return
    rows = [(each.id, each.name, "current" if each.current else "") for each in found]
    print_table(("Id", "Name", ""), rows, "There are no organizations.")


def find_gallery(client: Client, name: str, *, create: bool = False) -> str | None:
    """The id of a gallery by its id or its name; None for no name at all. One that is not there is
    made with `create`, else it raises NotFound. Raises ConfigurationError for a name that several
    have."""
    if not name:
        return None
    named = []
    for each in client.galleries.list():
        if each.id == name:
            return each.id
        if each.name == name:
            named.append(each.id)
    if not named and create:
        return client.galleries.add(name).id
    if not named:
        raise NotFound(f"There is no gallery {name}. See: safelight galleries")
    if len(named) > 1:
        raise ConfigurationError(f"Several galleries are called {name}: {', '.join(named)}")
    return named[0]


def _require_limit(limit: int | None) -> int | None:
    if limit is not None and limit < 1:
        raise ConfigurationError("--limit is at least 1.")
    return limit


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _access(public: bool | None) -> str:
    return "" if public is None else "public" if public else "private"

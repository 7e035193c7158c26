"""How this wire names things: `cl_…` for clients, decimal numbers for the rest. Pure.

A gallery of the library is a collection with one gallery in it, so it has two numbers here, which
differ by where they begin: eight digits for a collection, nine for a gallery.
"""

from __future__ import annotations

import re

from safelight.errors import MalformedRequest, NotFound
from safelight.identity.ids import CustomerId, is_customer_id
from safelight.library.questions import ByNumber

_COLLECTIONS_FROM = 10_000_000
_GALLERIES_FROM = 100_000_000
_NUMBER = re.compile(r"[0-9]{1,20}")
_LARGEST = 2**63 - 1
"""The largest number that a store can hold."""


def collection_id(number: int) -> int:
    return _COLLECTIONS_FROM + number


def gallery_id(number: int) -> int:
    return _GALLERIES_FROM + number


def read_collection_id(text: str) -> ByNumber:
    """Raises MalformedRequest for what is no number, NotFound for one that names nothing."""
    return _read("collection", text, _COLLECTIONS_FROM)


def read_gallery_id(text: str) -> ByNumber:
    return _read("gallery", text, _GALLERIES_FROM)


def read_photo_id(text: str) -> ByNumber:
    return _read("photo", text, 0)


def read_client_id(text: str) -> CustomerId:
    """Raises MalformedRequest (PX-43)."""
    if not is_customer_id(text):
        raise MalformedRequest("A client's id is cl_ and 30 letters or digits.")
    return CustomerId(text)


def _read(thing: str, text: str, begin: int) -> ByNumber:
    if not _NUMBER.fullmatch(text):
        raise MalformedRequest(f"The id of a {thing} is a number of at most 20 digits.")
    number = int(text) - begin
    if not 0 < number <= _LARGEST:
        raise NotFound(f"There is no {thing} with this id.")
    return ByNumber(number)

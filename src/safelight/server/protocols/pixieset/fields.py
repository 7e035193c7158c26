"""The fields of a client or a collection as programs send them: JSON, its types checked. Pure.

How long a text may be, and what an address is, the library says. Other fields than those that it
keeps are ignored: programs send a thing back as they got it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safelight.errors import InvalidFields, MalformedRequest, UnsupportedMediaType
from safelight.library.customer import CustomerKind
from safelight.library.ports import CustomerChange, GalleryChange
from safelight.library.questions import AddCustomer
from safelight.server.http import Request

_TEXTS_OF_CLIENT = (
    "first_name", "last_name", "email", "phone", "company", "job_title", "notes",
)  # fmt: skip
_TEXTS_OF_COLLECTION = ("name", "description")
_KINDS = {kind.value: kind for kind in CustomerKind}


def read_new_client(request: Request) -> AddCustomer:
    """Raises InvalidFields, as the other two do."""
    return AddCustomer(**_read_client(request))


def read_client_change(request: Request) -> CustomerChange:
    """A field that is not sent stays, one that is null is emptied."""
    return CustomerChange(**_read_client(request))


def read_collection_change(request: Request) -> GalleryChange:
    """Likewise. A PIN is refused by name, lest somebody take it for set."""
    given = _read_object(request)
    texts, faults = _read_texts(given, _TEXTS_OF_COLLECTION)
    if "download_pin" in given:
        faults["download_pin"] = ("Download PINs are not kept here.",)
    if faults:
        raise InvalidFields(faults)
    return GalleryChange(name=texts.get("name"), description=texts.get("description"))


def _read_client(request: Request) -> dict[str, Any]:
    given = _read_object(request)
    texts, faults = _read_texts(given, _TEXTS_OF_CLIENT)
    values: dict[str, Any] = dict(texts)
    kind = given.get("type")
    if isinstance(kind, str) and kind in _KINDS:
        values["kind"] = _KINDS[kind]
    elif kind is not None:
        faults["type"] = (f"The type must be one of {', '.join(_KINDS)}.",)
    if faults:
        raise InvalidFields(faults)
    return values


def _read_texts(
    given: dict[str, Any], names: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The texts that were sent, null as an empty one; and what is wrong with others."""
    sent = {name: given[name] for name in names if name in given}
    texts = {name: value or "" for name, value in sent.items() if isinstance(value, str | None)}
    faults: dict[str, tuple[str, ...]] = {
        name: (f"The {name.replace('_', ' ')} field must be a string.",)
        for name in sent.keys() - texts.keys()
    }
    return texts, faults


def _read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises UnsupportedMediaType or MalformedRequest."""
    if request.media_type not in ("application/json", ""):
        raise UnsupportedMediaType(f'Send JSON, not "{request.media_type}".')
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedRequest("The body is not a JSON object.") from None

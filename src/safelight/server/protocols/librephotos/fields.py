"""The fields of a body, JSON or form, by the rules of the framework behind LibrePhotos. Pure.

Its texts are kept, since clients show them; what they say is true here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from safelight.errors import InvalidFields, MalformedRequest, UnsupportedMediaType
from safelight.server.forms import read_form
from safelight.server.http import Request
from safelight.server.sole_names import require_each_once, require_sole_names

REQUIRED = "This field is required."
BLANK = "This field may not be blank."
NULL = "This field may not be null."
NOT_TEXT = "Not a valid string."
NOT_BOOLEAN = "Must be a valid boolean."

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_KINDS = {list: "list", str: "str", int: "int", float: "float", bool: "bool"}
_MOST_HASHES = 10_000


def read_object(request: Request) -> Mapping[str, object]:
    """The fields of the body by name; none for an empty one. Of a repeated name the last counts.

    Raises UnsupportedMediaType, MalformedRequest, or InvalidFields when JSON holds no object.
    """
    if not request.body:
        return {}
    if request.media_type in _FORMS:
        return dict(read_form(request).fields)
    if request.media_type != "application/json":
        raise UnsupportedMediaType(f'Unsupported media type "{request.media_type}" in request.')
    found = _decode(request.body)
    if isinstance(found, dict):
        return found
    text = "No data provided"
    if found is not None:
        text = f"Invalid data. Expected a dictionary, but got {_KINDS[type(found)]}."
    raise InvalidFields({"non_field_errors": (text,)})


def read_credentials_object(request: Request) -> Mapping[str, object]:
    """As `read_object`, for a body that holds a credential: a name that occurs twice is refused."""
    values = read_object(request)
    if request.media_type in _FORMS:
        require_each_once(name for name, _ in read_form(request).fields)
    else:
        require_sole_names(request.body)
    return values


def read_texts(values: Mapping[str, object], *names: str) -> tuple[str, ...]:
    """Required texts, trimmed (LP-10a). Raises InvalidFields with all that are wrong, in order."""
    found: list[str] = []
    faults: dict[str, tuple[str, ...]] = {}
    for name in names:
        text, fault = _text_of(values, name)
        found.append(text.strip())
        fault = fault or (None if text.strip() else BLANK)
        if fault is not None:
            faults[name] = (fault,)
    if faults:
        raise InvalidFields(faults)
    return tuple(found)


def read_optional_texts(values: Mapping[str, object], *names: str) -> tuple[str | None, ...]:
    """Texts that may be absent (None) or blank, trimmed. Raises InvalidFields."""
    found: list[str | None] = []
    faults: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name not in values:
            found.append(None)
            continue
        text, fault = _text_of(values, name)
        found.append(text.strip())
        if fault is not None:
            faults[name] = (fault,)
    if faults:
        raise InvalidFields(faults)
    return tuple(found)


def read_flag(values: Mapping[str, object], name: str) -> bool:
    """A required boolean; forms write it in words. Raises InvalidFields."""
    if name not in values:
        raise InvalidFields({name: (REQUIRED,)})
    value = values[name]
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise InvalidFields({name: (NOT_BOOLEAN,)})


def read_hashes(
    values: Mapping[str, object], name: str, *, optional: bool = False
) -> tuple[str, ...]:
    """A list of photos' hashes, each once, in order. Raises InvalidFields."""
    if name not in values:
        if optional:
            return ()
        raise InvalidFields({name: (REQUIRED,)})
    value = values[name]
    if not isinstance(value, list):
        kind = _KINDS.get(type(value), "dict")
        raise InvalidFields({name: (f'Expected a list of items but got type "{kind}".',)})
    if len(value) > _MOST_HASHES:
        raise InvalidFields({name: (f"Name at most {_MOST_HASHES} photos.",)})
    if not all(isinstance(each, str) for each in value):
        raise InvalidFields({name: (NOT_TEXT,)})
    return tuple(dict.fromkeys(value))


def _text_of(values: Mapping[str, object], name: str) -> tuple[str, str | None]:
    """A field as text, and what is wrong with it. Numbers are texts here; booleans are not."""
    if name not in values:
        return "", REQUIRED
    value = values[name]
    if value is None:
        return "", NULL
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return "", NOT_TEXT
    text = str(value)
    return text, "Null characters are not allowed." if "\0" in text else None


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRequest(f"JSON parse error - {error}") from None

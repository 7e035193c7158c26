"""How the native API reads JSON bodies and queries, and writes answers. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeVar

import msgspec

from safelight.errors import InvalidFields, MalformedRequest, NotFound, UnsupportedMediaType
from safelight.identity.ids import is_record_id
from safelight.library.questions import ById
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.sole_names import require_sole_names

_WHERE = re.compile(r"(?P<what>.*) - at `\$\.?(?P<where>.*)`", re.DOTALL)
_NAMED = re.compile(r"Object (?:contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_LONGEST_NAME = 100
_LONGEST_FAULT = 300

Kind = TypeVar("Kind", bound=msgspec.Struct)
Value = TypeVar("Value")


def read_body(request: Request, kind: type[Kind]) -> Kind:
    """The JSON body as a `kind`.

    Raises UnsupportedMediaType unless the content type says JSON (a form cannot, so no foreign page
    can send one), MalformedRequest for what is no JSON, InvalidFields for what does not fit.
    """
    if request.media_type != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    decoder: msgspec.json.Decoder[Kind] = _decoder_of(kind)
    try:
        return decoder.decode(request.body)
    except msgspec.ValidationError as error:
        raise _fault_of(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedRequest("The body is not valid JSON in UTF-8.") from None


def read_credentials_body(request: Request, kind: type[Kind]) -> Kind:
    """As `read_body`, for a body that holds a password: a field that is named twice is refused."""
    body = read_body(request, kind)
    require_sole_names(request.body)
    return body


def read_query(request: Request, kind: type[Kind]) -> Kind:
    """The query's parameters as a `kind`; others are ignored, since a credential may be one.

    Raises InvalidFields, for a parameter that occurs twice, too.
    """
    if not request.query_string:
        return kind()
    found: dict[str, str] = {}
    for name, value in request.query:
        if name in kind.__struct_fields__:
            if name in found:
                raise InvalidFields({name: ("Give it once.",)})
            found[name] = value
    try:
        return msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _fault_of(error) from None


def given_or_none(value: Value | msgspec.UnsetType) -> Value | None:
    """A field of a change: None when it was left out."""
    return None if isinstance(value, msgspec.UnsetType) else value


def record_of(request: Request, letter: str, parameter: str = "id") -> ById:
    """The record that the path names. Raises NotFound for what cannot be an id of its kind."""
    text = request.params[parameter]
    if not is_record_id(text, letter):
        raise NotFound
    return ById(text)


def created(value: object, location: str, caching: Caching = Caching.PRIVATE) -> Reply:
    reply = json_reply(value, 201, caching)
    reply.set_header("location", location)
    return reply


def no_content(result: object, request: Request) -> Reply:
    return Reply(status=204, media_type=b"")


@lru_cache(maxsize=64)
def _decoder_of(kind: type[Kind]) -> msgspec.json.Decoder[Kind]:
    return msgspec.json.Decoder(kind)


def _fault_of(error: msgspec.ValidationError) -> InvalidFields:
    """The field that a validation error speaks of. What it says never holds the field's value,
    except for an unknown word in the place of an enumerated one, so it is cut short."""
    text = str(error)
    where = _WHERE.fullmatch(text)
    field, what = (where["where"], where["what"]) if where else ("", text)
    named = _NAMED.fullmatch(what)
    if named:
        field = f"{field}.{named['name']}" if field else named["name"]
        what = "There is no such field." if "unknown" in what else "This field is required."
    return InvalidFields({field[:_LONGEST_NAME] or "body": (what[:_LONGEST_FAULT],)})

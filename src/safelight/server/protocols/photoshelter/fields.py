"""The parameters of a request: of its query, of a form, or of JSON text. Pure.

Clients send a sign-in as a form, as multipart, or as JSON text whose content type says JSON, plain
text or nothing at all (PS-4 to PS-6).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from safelight.errors import ConflictingCredentials, InvalidFields, MalformedRequest
from safelight.library.photo import Visibility
from safelight.server.forms import read_form
from safelight.server.http import Form, Request, read_pairs
from safelight.server.sole_names import require_sole_names

_JSON = "application/json"
_UNDECLARED = frozenset({"", "text/plain"})
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_FLAGS = {"t": True, "f": False}
_MODES = {
    "everyone": Visibility.PUBLIC,
    "permission": Visibility.PRIVATE,
    "private": Visibility.PRIVATE,
}


def read_body_fields(request: Request) -> Form:
    """The fields of a small body; none for an empty one.

    Raises MalformedRequest, or UnsupportedMediaType for a content type that holds no fields.
    """
    if not request.body:
        return Form()
    kind = request.media_type
    if kind == _JSON or (kind in _UNDECLARED and request.body.lstrip().startswith(b"{")):
        return Form(fields=_read_json_fields(request.body))
    if kind in _UNDECLARED:
        return Form(fields=tuple(read_pairs(request.body)))
    return read_form(request)


def read_parameters(request: Request) -> Form:
    """The fields of the query and then those of the body or the upload, so that the latter win."""
    body = request.form if request.form is not None else read_body_fields(request)
    return Form(fields=(*request.query, *body.fields), files=body.files)


def sole(form: Form, name: str) -> str | None:
    """The value of a field that is a credential: two different ones are refused. "" is none."""
    values = {value for key, value in form.fields if key == name}
    if len(values) > 1:
        raise ConflictingCredentials(f"The parameter {name} occurs with two values.")
    return values.pop() or None if values else None


def required(name: str, value: str | None) -> str:
    """Raises InvalidFields for a parameter that is missing or blank."""
    if value is None or not value.strip():
        raise InvalidFields({name: ("The parameter is missing.",)})
    return value


def read_flag(form: Form, name: str) -> bool | None:
    """`t` or `f`; None when absent. Raises InvalidFields."""
    value = form.get(name)
    if value is None:
        return None
    if value not in _FLAGS:
        raise InvalidFields({name: ('Use "t" or "f".',)})
    return _FLAGS[value]


def read_mode(form: Form) -> Visibility | None:
    """Who may see it; `permission` is as good as `private` here. None when absent."""
    value = form.get("mode")
    if value is None:
        return None
    if value not in _MODES:
        raise InvalidFields({"mode": ('Use "everyone", "permission" or "private".',)})
    return _MODES[value]


def read_whole_number(request: Request, name: str, default: int, most: int) -> int:
    """A query parameter from 1 to `most`. Raises InvalidFields."""
    text = request.parameter(name)
    if not text:
        return default
    number = int(text) if _WHOLE_NUMBER.fullmatch(text) else 0
    if not 1 <= number <= most:
        raise InvalidFields({name: (f"Use a whole number from 1 to {most}.",)})
    return number


def read_json_object(text: bytes | str, what: str) -> dict[str, Any]:
    """Raises MalformedRequest, whose message begins with `what`."""
    try:
        value = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise MalformedRequest(f"{what} is not a JSON object.") from None
    return value


def _read_json_fields(body: bytes) -> tuple[tuple[str, str], ...]:
    """Any body may hold the key or the token, so each name may occur once."""
    require_sole_names(body)
    fields = []
    for name, value in read_json_object(body, "The body").items():
        if value is None:
            continue
        if isinstance(value, bool):
            value = "t" if value else "f"
        if not isinstance(value, str | int):
            raise MalformedRequest("The body may hold texts, numbers and flags only.")
        fields.append((name, str(value)))
    return tuple(fields)

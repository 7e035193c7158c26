"""The fields of a client as programs send them: JSON, checked one by one (PX-42). Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from safelight.errors import InvalidFields, MalformedRequest, UnsupportedMediaType
from safelight.identity.account import require_email
from safelight.library.customer import CustomerKind
from safelight.library.ports import CustomerChange
from safelight.library.questions import AddCustomer
from safelight.server.http import Request

_LONGEST = {
    "first_name": 100, "last_name": 100, "phone": 50, "company": 200, "job_title": 100,
    "notes": 10_000,
}  # fmt: skip
"""In characters."""

_REQUIRED = ("first_name", "email")
_KINDS = {kind.value: kind for kind in CustomerKind}


class ClientFields(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, None for what was not. Other fields than these are ignored: programs send a
    client back as they got it."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    job_title: str | None = None
    notes: str | None = None
    kind: CustomerKind | None = None


def read_new_client(request: Request) -> AddCustomer:
    """Raises InvalidFields, also when the first name or the address is missing."""
    fields = _read_fields(request, required=_REQUIRED)
    given = {name: value for name, value in msgspec.structs.asdict(fields).items() if value}
    return AddCustomer(**given)


def read_client_change(request: Request) -> CustomerChange:
    """A field that is not sent stays, one that is null is emptied. Raises InvalidFields."""
    return CustomerChange(**msgspec.structs.asdict(_read_fields(request, required=())))


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises UnsupportedMediaType or MalformedRequest."""
    if request.media_type not in ("application/json", ""):
        raise UnsupportedMediaType(f'Send JSON, not "{request.media_type}".')
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedRequest("The body is not a JSON object.") from None


def _read_fields(request: Request, *, required: tuple[str, ...]) -> ClientFields:
    given = read_object(request)
    faults: dict[str, tuple[str, ...]] = {}
    values: dict[str, Any] = {}
    for name in (*_LONGEST, "email"):
        if name not in given and name not in required:
            continue
        fault = _fault_of(name, given.get(name))
        if fault is not None:
            faults[name] = (fault,)
        else:
            values[name] = given[name].strip() if given[name] is not None else ""
    if given.get("type") is not None:
        kind = given["type"]
        if isinstance(kind, str) and kind in _KINDS:
            values["kind"] = _KINDS[kind]
        else:
            faults["type"] = (f"The type must be one of {', '.join(_KINDS)}.",)
    if faults:
        raise InvalidFields(faults)
    return ClientFields(**values)


def _fault_of(name: str, value: object) -> str | None:
    """What is wrong with a field's value, None for nothing. Null empties a field."""
    words = name.replace("_", " ")
    if value is not None and not isinstance(value, str):
        return f"The {words} field must be a string."
    if name in _REQUIRED and not (value or "").strip():
        return f"The {words} field is required."
    if value is None:
        return None
    if name == "email":
        return _email_fault(value)
    if len(value) > _LONGEST[name]:
        return f"The {words} field must not have more than {_LONGEST[name]} characters."
    if not _is_plain(value, lines=name == "notes"):
        return f"The {words} field has characters that cannot be shown."
    return None


def _email_fault(value: str) -> str | None:
    try:
        require_email(value)
    except InvalidFields:
        return "The email field must be a valid email address."
    return None


def _is_plain(text: str, *, lines: bool) -> bool:
    """No control characters; line breaks and tabs where `lines`. No lone halves of a character."""
    allowed = "\n\r\t" if lines else ""
    return not any(
        (ord(each) < 32 and each not in allowed)
        or 0x7F <= ord(each) < 0xA0
        or 0xD800 <= ord(each) < 0xE000
        for each in text
    )

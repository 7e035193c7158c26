"""What a refusal looks like on each wire: its media type, its fields, its headers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from tools.prove.furnished import Answer
from tools.prove.proof import require

_EVERY_ANSWER = (
    b"x-content-type-options",
    b"referrer-policy",
    b"content-security-policy",
    b"cross-origin-opener-policy",
    b"cross-origin-resource-policy",
    b"cache-control",
    b"vary",
)
_JSON = b"application/json"
_HTML = b"text/html; charset=utf-8"


def require_sound(what: str, answer: Answer) -> None:
    """What holds for every answer. Raises Broken."""
    require(answer.status < 500, f"{what}: {answer.status} {answer.body!r:.300}")
    missing = [name for name in _EVERY_ANSWER if answer.header(name) is None]
    require(not missing, f"{what}: an answer without {missing}")
    for name, value in answer.headers:
        require(
            re.fullmatch(rb"[\t -~\x80-\xff]*", value) is not None and name == name.lower(),
            f"{what}: header {name!r} is {value!r}",
        )
    length = answer.header(b"content-length")
    if length is not None and answer.body:
        require(int(length) == len(answer.body), f"{what}: the length is {length!r}")


def require_refused(what: str, realm: str, path: str, answer: Answer) -> None:
    """What holds for a refusal on the wire of `realm`. Raises Broken."""
    require(answer.header(b"cache-control") == b"no-store", f"{what}: a refusal that may be kept")
    if answer.status == 401 and realm != "recorder_monitor":
        challenge = answer.header(b"www-authenticate")
        require(bool(challenge), f"{what}: a 401 without a challenge")
    if answer.status == 405:
        require(bool(answer.header(b"allow")), f"{what}: a 405 that names no method")
    if answer.status == 429:
        require(bool(answer.header(b"retry-after")), f"{what}: a 429 that names no time")
    if answer.status == 416:
        require(bool(answer.header(b"content-range")), f"{what}: a 416 that names no length")
        return
    message = _SHAPES[realm](path, answer)
    require(message is not None, f"{what}: not this wire's shape: {answer}")
    require(bool(message), f"{what}: says nothing: {answer}")


def _read_json(answer: Answer, media_type: bytes = _JSON) -> Any:
    """The object in the body; None when it is none, or of another type."""
    if answer.header(b"content-type") != media_type:
        return None
    try:
        found = json.loads(answer.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _pixieset(path: str, answer: Answer) -> str | None:
    if answer.header(b"content-type") == _HTML:
        return "a page" if b"<html" in answer.body else None
    body = _read_json(answer)
    if body is None or not {"error", "message"} <= body.keys() <= {"error", "message", "details"}:
        return None
    if "details" in body and answer.status != 422:
        return None
    return str(body["message"])


def _photoshelter(path: str, answer: Answer) -> str | None:
    if answer.header(b"content-type") == b"application/xml; charset=utf-8":
        root = ET.fromstring(answer.body)  # noqa: S314  # our own server wrote it
        if root.tag != "PhotoShelterAPI" or root.findtext("status") != "error":
            return None
        return root.findtext("error/message")
    body = _read_json(answer)
    if body is None or body.get("status") != "error" or body.get("data", 0) is not None:
        return None
    error, (first,) = body["error"], body["errors"]
    if error["code"] != answer.status or error["class"] != first["id"]:
        return None
    return str(error["message"]) if error["message"] == first["title"] else None


def _librephotos(path: str, answer: Answer) -> str | None:
    if path.startswith("/media/") and not answer.body:
        is_meant = answer.status in (403, 404) and answer.header(b"content-type") is None
        return "nothing" if is_meant else None
    body = _read_json(answer)
    if body is None:
        return None
    if path.rstrip("/") in ("/api/upload", "/api/upload/complete"):
        return str(body["detail"]) if body.keys() <= {"detail", "offset"} else None
    if body.keys() != {"errors"} or not body["errors"]:
        return None
    if any(each.keys() != {"field", "message"} for each in body["errors"]):
        return None
    return str(body["errors"][0]["message"])


def _recorder_monitor(path: str, answer: Answer) -> str | None:
    body = _read_json(answer)
    if body is None or body.keys() != {"status", "message"}:
        return None
    return str(body["message"]) if body["status"].lower() == "error" else None


def _native(path: str, answer: Answer) -> str | None:
    body = _read_json(answer, b"application/problem+json")
    if body is None or not {"type", "title", "status", "detail", "instance", "code"} <= body.keys():
        return None
    return str(body["detail"]) if body["status"] == answer.status else None


def _web(path: str, answer: Answer) -> str | None:
    if answer.header(b"content-type") == _HTML:
        return "a page" if b"<html" in answer.body else None
    body = _read_json(answer)
    return (
        str(body["message"]) if body is not None and body.keys() == {"error", "message"} else None
    )


_SHAPES = {
    "studio": _pixieset,
    "galleries": _pixieset,
    "photoshelter": _photoshelter,
    "librephotos": _librephotos,
    "recorder_monitor": _recorder_monitor,
    "native": _native,
    "web": _web,
}

"""Input that is made to break a reader: texts, bytes, headers, queries, bodies. Hypothesis draws.

Half of what is drawn has the names that readers look for, since input that is wrong from its first
byte never gets far enough to break anything.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

CANARY = "cAnArY-7f3a9e"
"""Stands in what is secret: no refusal may repeat it."""

NASTY = (
    "", " ", "\t", "0", "1", "-1", "00", "1.5", "1e9", "true", "false", "null", "t", "f", "on",
    "\0", "a\0b", "a\r\nSet-Cookie: x=y", "\x7f", "\u0085", "\ufeff", "\u2028", "\u2000",
    "\u202egpj.exe", "é", "ſ", "İ", "ß", "e\u0301", "😀" * 20, "\ud800", "x\udfff", "\U0010ffff",
    "١٢", "²", "۳", "９", "9" * 18, "9" * 19, "9" * 40, "9" * 5000, "2147483648",
    str(2**63 - 1), str(2**63), str(-(2**63) - 1), "0x10", "1_0", "+1", " 1 ", "NaN", "Infinity",
    "../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "%00", "%2e%2e%2f", "%", "%zz",
    "//evil.example", "javascript:alert(1)", "/\\evil.example", "http://[", "null",
    "' OR 1=1 --", '"', "<script>alert(1)</script>", "{{7*7}}", "${7}", "%s%n", "a;b", "a,b",
    "*", "a=b=c", "=", "====", "a.b.c", ".", "..", "...", "-", "_", "[]", "{}", "[[", '{"a":1}',
    '["harbour"]', '{"Image":{"fields":"a","params":{}}}', '{"extend":{"extend":{}}}',
    "ada@example.com", "ADA@EXAMPLE.COM", "@", "a@b", "ada", "everyone", "cookie", "token",
    "2026-05-04", "2026-02-30", "0000-00-00", "9999-12-31", "2026-05-04T10:00:00Z",
    "2026-05-04T10:00:00+99:99", "bytes=0-0", "bytes 0-9/10", "bytes 9-0/*",
    "a" * 300, "é" * 300, "a" * 9000, "[" * 700 + "]" * 700, '{"a":' * 400 + "1" + "}" * 400,
    "[" * 100_000, '{"a":' * 5000, '{"a":[' * 300 + "]}" * 300,
    "YWRhOng=", "YWRh", "YW Rh", "/w==", "Zm9v" * 3000, "d41d8cd98f00b204e9800998ecf8427e",
)  # fmt: skip

NASTY_HEADERS = (
    b"", b" ", b"\xff\xfe", b"\xe2\x80\xae", b"\xa0", b"Bearer", b"Bearer ", b"bearer a.b.c",
    b"Bearer a b", b"Bearer " + b"a" * 9000, b"Bearer sl_pat_x", b"Bearer \xff\xff",
    b"Basic", b"Basic =", b"Basic YWRhOng=", b"Basic YWRh", b"Basic /w==", b"Basic \xff",
    b"Basic " + base64.b64encode(b"\xff\xfe:x"), b"Basic " + base64.b64encode(b"a\0b:c\0d"),
    b"Digest x", b"Token", b",", b";", b"=", b'"', b"*", b"W/", b'W/"x"', b'"*"', b"null",
    b"https://evil.example", b"http://localhost", b"http://localhost:3000", b"file://", b"://",
    b"cross-site", b"same-origin", b"none", b"bytes=", b"bytes=-", b"bytes=0-", b"bytes=-0",
    b"bytes=5-1", b"bytes=0-0,1-1", b"bytes=" + b"9" * 18 + b"-", b"bytes=" + b"9" * 30 + b"-",
    b"bytes=\xb2-", b"bytes 0-9/10", b"bytes 0-\xb2/10", b"bytes 0-9/" + b"9" * 40,
    b"Mon, 01 Jan 2020 00:00:00 GMT", b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    b"Mon, 01 Jan 2020 00:00:00 +99999999999999999999", b"Mon, 31 Feb 2020 00:00:00 -0000",
    b"Mon, 01 Jan 0000 00:00:00 GMT", b"Mon, 32 Foo 20 99:99:99", b"0 0 0 0 0",
    b"text/html", b"application/json", b"application/json;q=0", b"*/*;q=x", b"text/*, */*;q=0.0",
    b"image/avif,image/webp,*/*;q=0.8", b"127.0.0.1", b"::1", b"[::1]:80", b"a" * 300,
    b"localhost:99999", b"studio.localhost", b"galleries.localhost:8000", b"STUDIO.localhost.",
    b"a/b", b"a@b", b"localhost\\x", b"X, Y", b"x" * 2000, b"%2F", b"%u0000", b"%ff%fe",
)  # fmt: skip

CONTENT_TYPES = (
    b"application/json", b"application/json; charset=utf-8", b"application/json; charset=utf-16",
    b"APPLICATION/JSON", b"application/x-www-form-urlencoded", b"multipart/form-data",
    b"multipart/form-data; boundary=", b"multipart/form-data; boundary=XX",
    b'multipart/form-data; boundary="X\\"X"', b"multipart/form-data; boundary=" + b"b" * 300,
    b"multipart/form-data; boundary=\xff\xfe", b"multipart/form-data; boundary=X\x7fX",
    b"multipart/form-data; boundary=XX; boundary=YY", b"multipart/mixed; boundary=XX",
    b"text/plain", b"text/xml", b"image/jpeg", b"application/octet-stream", b"", b";", b"/",
    b"application/problem+json", b"application/x-www-form-urlencoded; charset=\xff",
)  # fmt: skip


EXTREMES = (
    b"[" * 100_000, b'{"a":' * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a":[' * 400,
    b"null", b"[]", b'"a"', b"0", b"{", b"{}", b"{}{}", b'{"a":1,"a":2}', b"\xef\xbb\xbf{}",
    b'{"a":"\\ud800"}', b'{"a":"\xff"}', b'{"a":NaN}', b'{"a":1e999}',
    b'{"a":' + b"9" * 5000 + b"}",
    b"{\x00}", b"[" * 700 + b"]" * 700, b"a=%ff", b"a=1&" * 1001, b"--XX", b"--XX\r\n\r\n",
    b"--XX--\r\n", b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--",
    b"--XX\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\xff\r\n--XX--",
    b"--XX\r\n" + b"X: y\r\n" * 500,
    b"--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n" * 1100,
)  # fmt: skip
"""Bodies as a whole."""

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 2**31, 2**63, 2**64, 10**30, 1.5, -0.0, 1e308, [], {}, [[]],
    [None], ["a"], [1], {"a": "b"}, {"id": 1}, ["a"] * 20_000, {str(n): n for n in range(2000)},
)  # fmt: skip
"""What JSON can hold where a text is expected."""


@dataclass(frozen=True)
class Shelf:
    """The words that readers look for: names of fields and of headers, and values that fit."""

    fields: tuple[str, ...]
    headers: tuple[bytes, ...]
    cookies: tuple[str, ...]
    values: tuple[str, ...] = ()


@cache
def texts(shelf: Shelf | None = None) -> st.SearchStrategy[str]:
    """Any text, halves of surrogate pairs included."""
    fitting = [st.sampled_from(shelf.values)] if shelf is not None and shelf.values else []
    return st.one_of(
        *fitting,
        st.sampled_from(NASTY),
        st.text(st.characters(exclude_categories=()), max_size=12),
    )


def encodable(text: str) -> str:
    """As JSON in UTF-8 or a path can carry it."""
    return text.encode("utf-8", "replace").decode()


@cache
def contents() -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=40),
        st.sampled_from(NASTY).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.sampled_from(NASTY_HEADERS),
    )


@cache
def values(shelf: Shelf) -> st.SearchStrategy[Any]:
    """What JSON can hold."""
    plain = st.one_of(texts(shelf), texts(shelf), st.sampled_from(ODD_VALUES))
    return st.one_of(
        plain,
        st.lists(plain, max_size=3),
        st.dictionaries(st.sampled_from((*shelf.fields, "a", "", "\0")), plain, max_size=3),
    )


@cache
def headers(shelf: Shelf) -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """Names in lower case, as ASGI has them; a name may occur more than once."""
    value = st.one_of(
        st.sampled_from(NASTY_HEADERS),
        st.sampled_from(CONTENT_TYPES),
        st.binary(max_size=20).map(_as_header),
    )
    return st.lists(st.tuples(st.sampled_from(shelf.headers), value), max_size=4)


@cache
def cookie_header(shelf: Shelf) -> st.SearchStrategy[bytes]:
    names = st.one_of(st.sampled_from(shelf.cookies), st.sampled_from(("", " ", "\u2000x", "a")))
    pair = st.tuples(names, st.one_of(st.just(CANARY), texts(shelf)), st.sampled_from(("=", "")))
    joined = st.lists(pair.map(lambda each: each[0] + each[2] + each[1]), max_size=4)
    return st.tuples(joined, st.sampled_from(("; ", ";", ";;", " ;\t"))).map(
        lambda drawn: _as_header(drawn[1].join(drawn[0]).encode("utf-8", "replace"))
    )


@cache
def queries(shelf: Shelf) -> st.SearchStrategy[bytes]:
    pairs = _pairs(shelf).map(_urlencoded)
    return st.one_of(st.just(b""), pairs, pairs, contents().map(_as_query), _many_pairs())


@cache
def bodies(shelf: Shelf) -> st.SearchStrategy[tuple[bytes, bytes | None]]:
    """A body and its content type, which mostly fits."""
    json_body = st.dictionaries(st.sampled_from(shelf.fields), values(shelf), max_size=8)
    form = _pairs(shelf).map(_urlencoded)
    parts = st.lists(
        st.tuples(
            st.sampled_from((*shelf.fields, "")), contents(), st.one_of(st.none(), texts(shelf))
        ),
        max_size=5,
    )
    fitting: st.SearchStrategy[tuple[bytes, bytes | None]] = st.one_of(
        json_body.map(lambda value: (as_json(value), b"application/json")),
        form.map(lambda value: (value, b"application/x-www-form-urlencoded")),
        parts.map(lambda value: (multipart(value), b"multipart/form-data; boundary=XX")),
    )
    any_type = st.one_of(st.none(), st.sampled_from(CONTENT_TYPES))
    torn = st.tuples(fitting, st.integers(0, 400), any_type).map(
        lambda drawn: (drawn[0][0][: drawn[1]], drawn[2])
    )
    raw = st.tuples(st.one_of(contents(), values(shelf).map(as_json)), any_type)
    extreme = st.tuples(st.sampled_from(EXTREMES), st.sampled_from(CONTENT_TYPES[:8]))
    return st.one_of(st.just((b"", None)), fitting, fitting, fitting, fitting, torn, raw, extreme)


def multipart(parts: Sequence[tuple[str, bytes, str | None]], boundary: str = "XX") -> bytes:
    """`parts` are a field's name, its content, and the name of its file, if it is one."""
    lines = []
    for name, content, file_name in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        if file_name is not None:
            head += f'; filename="{file_name}"'
        lines.append(
            f"--{boundary}\r\n{head}\r\n\r\n".encode("utf-8", "replace") + content + b"\r\n"
        )
    return b"".join(lines) + f"--{boundary}--\r\n".encode()


@cache
def _pairs(shelf: Shelf) -> st.SearchStrategy[list[tuple[str, str]]]:
    names = st.one_of(st.sampled_from(shelf.fields), st.sampled_from(("", "\0", "a[]", "_")))
    return st.lists(st.tuples(names, texts(shelf)), max_size=6)


@cache
def _many_pairs() -> st.SearchStrategy[bytes]:
    return st.sampled_from((b"a=1&" * 999, b"a=1&" * 1001, b"&" * 5000, b"%ff=1", b"a=%ff", b"?"))


def _urlencoded(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


def as_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _as_header(value: bytes) -> bytes:
    """What an HTTP server lets through: no control characters, no blanks at the ends."""
    return bytes(b for b in value if b >= 0x20 and b != 0x7F).strip()


def _as_query(value: bytes) -> bytes:
    """What an HTTP server lets through in a request's first line."""
    return quote(value, safe="%&=?;+[]{}'()*!").encode()

"""Texts that look like what this server hands out, and are not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.house import House
from tests.protocols import librephotos as wire

from safelight.authentication.keys import derive

_HEADER = {"alg": "HS256", "typ": "JWT"}
_STRANGERS_KEY = b"a key that is not the server's !"


@dataclass(frozen=True)
class Forgery:
    what: str
    text: str


class TokenForger:
    """What can be made of a genuine pair of tokens, with and without the key."""

    def __init__(self, house: House) -> None:
        self.user = wire.User(house)
        self.house = house
        self._key = derive(house.stores.keys.keys()[0], "librephotos")
        self._payload = wire.parts_of(self.user.access)[1]

    def all(self) -> Iterator[Forgery]:
        yield from self._of_headers()
        yield from self._of_keys()
        yield from self._of_claims()
        yield from self._of_shape()
        yield from flipped(self.user.access, "access token")

    def _of_headers(self) -> Iterator[Forgery]:
        header: dict[str, Any]
        for alg in ("none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "ES256", "PS256"):
            header = {"alg": alg, "typ": "JWT"}
            yield Forgery(f"alg {alg}", self._signed(header))
            yield Forgery(f"alg {alg}, unsigned", self._unsigned(header))
        own = OctKey.import_key(_STRANGERS_KEY).as_dict()
        for name, value in {
            "jwk": own,
            "jku": "https://evil.example/keys.json",
            "x5u": "https://evil.example/key.pem",
            "x5c": ["MIIB"],
            "x5t": "AAAA",
            "kid": "../../../../dev/null",
            "crit": ["exp"],
            "b64": False,
            "zip": "DEF",
            "cty": "JWT",
            "enc": "A128GCM",
        }.items():
            header = {**_HEADER, name: value}
            yield Forgery(f"header {name}", self._signed(header))
            yield Forgery(f"header {name}, another key", self._signed(header, _STRANGERS_KEY))
        others: tuple[dict[str, Any], ...] = (
            {},
            {"alg": "HS256"},
            {"typ": "JWT"},
            {"alg": "HS256", "typ": "at+jwt"},
        )
        for header in others:
            yield Forgery(f"header {header}", self._signed(header))
        twice = b'{"alg":"none","typ":"JWT","alg":"HS256"}'
        yield Forgery("header with two algs", self._joined(b64(twice), b""))

    def _of_keys(self) -> Iterator[Forgery]:
        for key in (b"", b"\0", b"secret", _STRANGERS_KEY, self._key[::-1], self._key[:16]):
            yield Forgery(f"key of {len(key)} bytes", self._signed(_HEADER, key))
        purposes = ("seal", "csrf", "link", "remember", "access", "")
        for purpose in purposes:
            other = derive(self.house.stores.keys.keys()[0], purpose)
            yield Forgery(f"the key for {purpose!r}", self._signed(_HEADER, other))
        raw = self.house.stores.keys.keys()[0].secret
        yield Forgery("the stored key", self._signed(_HEADER, raw))
        payload = json.dumps(self._payload)
        elliptic = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
        signed = jws.serialize_compact({"alg": "ES256", "typ": "JWT"}, payload, elliptic)
        yield Forgery("signed with ES256", signed)
        large = RSAKey.import_key(rsa.generate_private_key(65_537, 2048))
        signed = jws.serialize_compact({"alg": "RS256", "typ": "JWT"}, payload, large)
        yield Forgery("signed with RS256", signed)

    def _of_claims(self) -> Iterator[Forgery]:
        """These are signed with the right key: their claims alone are wrong."""
        now = int(self.house.clock.now().timestamp())
        for name in ("token_type", "exp", "iat", "jti", "user_id", "sid"):
            without = {key: value for key, value in self._payload.items() if key != name}
            yield Forgery(f"without {name}", wire.sign(without, self._key, _HEADER))
            is_number = isinstance(self._payload[name], int)
            wrong: tuple[object, ...] = ("", "x", "NaN", "1", "²") if is_number else (1, -1)
            for odd in (None, True, [], {}, 1.5, 10**30, *wrong):
                changed = self._payload | {name: odd}
                yield Forgery(f"{name} of {odd!r}", wire.sign(changed, self._key, _HEADER))
        wrong_claims: dict[str, dict[str, object]] = {
            "over": {"exp": now - 1},
            "over on this instant": {"exp": now},
            "from the future": {"iat": now + 1},
            "from the far future": {"iat": 2**62},
            "refresh as access": {"token_type": "refresh"},
            "another type": {"token_type": "sliding"},
            "another account": {"user_id": "2"},
            "an account that is not there": {"user_id": "99"},
            "a negative account": {"user_id": "-1"},
            "another session": {"sid": "ses_0000000000000000000000"},
            "no session": {"sid": ""},
        }
        for what, claims in wrong_claims.items():
            changed = self._payload | claims
            yield Forgery(what, wire.sign(changed, self._key, _HEADER))
        payloads: tuple[object, ...] = ([], "text", 1, None, True, {"": ""})
        for payload in payloads:
            yield Forgery(f"a payload of {payload!r}", wire.sign(payload, self._key, _HEADER))

    def _of_shape(self) -> Iterator[Forgery]:
        header, payload, signature = self.user.access.split(".")
        yield from (
            Forgery(f"{len(text)} characters", text)
            for text in (self.user.access[:end] for end in range(len(self.user.access)))
        )
        for what, text in {
            "no signature": f"{header}.{payload}.",
            "two parts": f"{header}.{payload}",
            "four parts": f"{header}.{payload}.{signature}.",
            "five parts": f"{header}.{payload}.{signature}.{payload}.{signature}",
            "the signature twice": f"{header}.{payload}.{signature}{signature}",
            "padding": f"{header}.{payload}.{signature}=",
            "padding in the payload": f"{header}.{payload}=.{signature}",
            "a blank": f"{header}.{payload}. {signature}",
            "a line": f"{header}.{payload}.{signature}\n",
            "not base64": f"{header}.{payload}.{signature[:-1]}!",
            "parts in another order": f"{payload}.{header}.{signature}",
            "the refresh token": self.user.refresh,
            "its payload under this signature": self._mixed(),
            "JSON": json.dumps({"protected": header, "payload": payload, "signature": signature}),
        }.items():
            yield Forgery(what, text)
        for alphabet in (payload.replace("-", "+").replace("_", "/"), payload.swapcase()):
            if alphabet != payload:
                yield Forgery("another alphabet", f"{header}.{alphabet}.{signature}")

    def _mixed(self) -> str:
        access, refresh = self.user.access.split("."), self.user.refresh.split(".")
        return ".".join((access[0], refresh[1], access[2]))

    def _signed(self, header: dict[str, Any], key: bytes | None = None) -> str:
        """By whatever HMAC the header names, else with SHA-256."""
        text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(self._payload).encode())}"
        digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(
            str(header.get("alg")), hashlib.sha256
        )
        mac = hmac.digest(self._key if key is None else key, text.encode(), digest)
        return f"{text}.{b64(mac)}"

    def _unsigned(self, header: dict[str, Any]) -> str:
        return self._joined(b64(json.dumps(header).encode()), b"")

    def _joined(self, header: str, mac: bytes) -> str:
        return f"{header}.{b64(json.dumps(self._payload).encode())}.{b64(mac)}"


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def flipped(text: str, what: str) -> Iterator[Forgery]:
    """Each bit of each character turned over, where that gives a character; a character less, more,
    or twice at each place."""
    for place, character in enumerate(text):
        for bit in range(8):
            other = chr(ord(character) ^ (1 << bit))
            yield Forgery(f"{what}, bit {bit} at {place}", text[:place] + other + text[place + 1 :])
        yield Forgery(f"{what}, without {place}", text[:place] + text[place + 1 :])
        yield Forgery(f"{what}, {place} twice", text[:place] + character + text[place:])
        yield Forgery(f"{what}, a blank at {place}", text[:place] + " " + text[place:])
        yield Forgery(f"{what}, a sign at {place}", text[:place] + "!" + text[place:])

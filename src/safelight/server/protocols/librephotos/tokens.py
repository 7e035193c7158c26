"""Obtaining, refreshing and blacklisting tokens. Pure.

None of the three looks at an `Authorization` header: clients send stale ones along (LP-14).
"""

from __future__ import annotations

import msgspec

from safelight.exchange import Grant, LogIn, LogOut, Outcome, Renew
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.credentials import expire_cookie, write_cookie
from safelight.server.protocols.librephotos.fields import read_credentials_object, read_texts
from safelight.server.protocols.librephotos.paths import BLACKLIST, OBTAIN, REFRESH
from safelight.server.protocols.librephotos.records import Empty
from safelight.server.wire import CommandEndpoint


class SignIn(msgspec.Struct, frozen=True):
    username: str
    password: str


class RefreshToken(msgspec.Struct, frozen=True):
    refresh: str


class TokenPair(msgspec.Struct, frozen=True):
    refresh: str
    access: str


class AccessOnly(msgspec.Struct, frozen=True):
    access: str


class TokenEndpoints:
    """The three of them, for pages of `origins` besides the server's own."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    def endpoints(self) -> tuple[CommandEndpoint, ...]:
        return (
            CommandEndpoint(
                method="POST",
                path=OBTAIN,
                read=negotiated(_read_obtain),
                write=self._write_pair,
                summary="Sign in: a pair of tokens for a username and a password",
                takes=SignIn,
                gives=TokenPair,
            ),
            CommandEndpoint(
                method="POST",
                path=REFRESH,
                read=negotiated(_read_refresh),
                write=self._write_access,
                summary="A new access token for a refresh token",
                takes=RefreshToken,
                gives=AccessOnly,
            ),
            CommandEndpoint(
                method="POST",
                path=BLACKLIST,
                read=negotiated(_read_blacklist),
                write=self._write_end,
                summary="Sign out: end the session of a refresh token",
                takes=RefreshToken,
                gives=Empty,
            ),
        )

    def _write_pair(self, outcome: Outcome, request: Request) -> Reply:
        assert isinstance(outcome, Grant)
        assert outcome.refresh_token is not None
        assert outcome.access_token is not None
        pair = TokenPair(outcome.refresh_token.reveal(), outcome.access_token.reveal())
        return self._hand_out(pair, outcome.access_token, request)

    def _write_access(self, outcome: Outcome, request: Request) -> Reply:
        """A refresh token is there only where the settings let it rotate (LP-17)."""
        assert isinstance(outcome, Grant)
        assert outcome.access_token is not None
        if outcome.refresh_token is not None:
            return self._write_pair(outcome, request)
        answer = AccessOnly(outcome.access_token.reveal())
        return self._hand_out(answer, outcome.access_token, request)

    def _hand_out(self, answer: TokenPair | AccessOnly, access: Secret, request: Request) -> Reply:
        reply = json_reply(answer, caching=Caching.SECRET)
        reply.set_header("access-control-allow-credentials", "true")
        reply.cookies.append(write_cookie(access, request, self._origins))
        return reply

    def _write_end(self, outcome: Outcome, request: Request) -> Reply:
        reply = json_reply(Empty(), caching=Caching.SECRET)
        reply.cookies.append(expire_cookie(request, self._origins))
        return reply


def _read_obtain(request: Request) -> LogIn:
    username, password = read_texts(read_credentials_object(request), "username", "password")
    return LogIn(identifier=username, password=Secret(password), carrier=Carrier.BEARER)


def _read_refresh(request: Request) -> Renew:
    (token,) = read_texts(read_credentials_object(request), "refresh")
    return Renew(refresh_token=Secret(token))


def _read_blacklist(request: Request) -> LogOut:
    (token,) = read_texts(read_credentials_object(request), "refresh")
    return LogOut(refresh_token=Secret(token))

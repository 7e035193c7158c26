"""What the API is and how to sign in, for people with a shell. Pure."""

from __future__ import annotations

import msgspec

from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.librephotos.paths import OBTAIN, REFRESH
from safelight.server.protocols.librephotos.tokens import SignIn
from safelight.server.wire import FixedEndpoint

_GUIDE = "https://docs.librephotos.com/docs/user-guide/api-authentication"
_EXAMPLE = msgspec.json.encode(SignIn(username="myuser", password="mypassword")).decode()


class TokenHelp(msgspec.Struct, frozen=True, kw_only=True):
    obtain: str
    refresh: str
    how_to: str


class BasicHelp(msgspec.Struct, frozen=True, kw_only=True):
    how_to: str


class AuthenticationHelp(msgspec.Struct, frozen=True, kw_only=True):
    default_authentication_classes: tuple[str, ...]
    jwt: TokenHelp
    basic: BasicHelp


class Help(msgspec.Struct, frozen=True, kw_only=True):
    about: str
    authentication: AuthenticationHelp
    useful_endpoints: dict[str, str]
    documentation: dict[str, str]
    examples: dict[str, str]


def help_endpoint(pages: dict[str, str]) -> FixedEndpoint:
    """`pages` are further useful endpoints: names and paths."""

    def reply(request: Request) -> Reply:
        return json_reply(_write_help(request.base_url, pages))

    return FixedEndpoint(
        method="GET", path="/api/help", reply=reply, summary="How to sign in", gives=Help
    )


def _write_help(base: str, pages: dict[str, str]) -> Help:
    photos = f"{base}/api/photos/"
    return Help(
        about="Safelight, speaking LibrePhotos' API",
        authentication=AuthenticationHelp(
            default_authentication_classes=("Bearer (JWT access token)", "Basic"),
            jwt=TokenHelp(
                obtain=f"{base}{OBTAIN}/",
                refresh=f"{base}{REFRESH}/",
                how_to="POST username and password as JSON to obtain, then send the access token "
                "as 'Authorization: Bearer <access_token>'. The cookie 'jwt' that comes with it "
                "is good for pictures and uploads only.",
            ),
            basic=BasicHelp(how_to="Send 'Authorization: Basic base64(username:password)'."),
        ),
        useful_endpoints={
            "help": f"{base}/api/help",
            "photos": photos,
            "search": f"{base}/api/photos/searchlist/",
            **{name: f"{base}{path}" for name, path in pages.items()},
        },
        documentation={"api_authentication": _GUIDE},
        examples={
            "obtain_token_curl": f'curl -X POST "{base}{OBTAIN}/" '
            f"-H 'Content-Type: application/json' -d '{_EXAMPLE}'",
            "call_api_with_bearer": f"curl -H 'Authorization: Bearer <access_token>' \"{photos}\"",
            "call_api_with_basic": f'curl -u myuser:mypassword "{photos}"',
        },
    )

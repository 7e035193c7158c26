"""Pages that show an OpenAPI document. Pure.

Their scripts lie in this package (`vendor/`): nothing is loaded from elsewhere.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from importlib.resources import files

from safelight.server.http import Caching, Reply, Request, html_reply
from safelight.server.wire import FixedEndpoint

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' "
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but this server's own. The digest is that of an empty text: Redoc fills a style element
that is empty rule by rule, which the policy else forbids."""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{style}</head>
<body><div id="document"></div>
<script src="{script}"></script>
<script src="{start}"></script></body>
</html>
"""


def swagger_endpoints(at: str, *, title: str, document: str) -> tuple[FixedEndpoint, ...]:
    """Swagger UI at the path `at`, over the document at the path `document`. Raises OSError when
    the installation lacks a file."""
    page = _PAGE.format(
        title=html.escape(title),
        style=f'<link rel="stylesheet" href="{at}/swagger-ui.css">',
        script=f"{at}/swagger-ui-bundle.js",
        start=f"{at}/start.js",
    )
    options = {"url": document, "dom_id": "#document", "validatorUrl": None}
    return (
        _fixed(at, _page(page)),
        _fixed(f"{at}/swagger-ui.css", _vendored("swagger-ui.css")),
        _fixed(f"{at}/swagger-ui-bundle.js", _vendored("swagger-ui-bundle.js")),
        _fixed(f"{at}/start.js", _script(f"SwaggerUIBundle({json.dumps(options)});\n")),
    )


def redoc_endpoints(at: str, *, title: str, document: str) -> tuple[FixedEndpoint, ...]:
    """Likewise with Redoc."""
    page = _PAGE.format(
        title=html.escape(title),
        style="",
        script=f"{at}/redoc.standalone.js",
        start=f"{at}/start.js",
    )
    start = (
        f"Redoc.init({json.dumps(document)}, {{disableSearch: true}}, "
        'document.getElementById("document"));\n'
    )
    return (
        _fixed(at, _page(page)),
        _fixed(f"{at}/redoc.standalone.js", _vendored("redoc.standalone.js")),
        _fixed(f"{at}/start.js", _script(start)),
    )


def _fixed(path: str, reply: Callable[[Request], Reply]) -> FixedEndpoint:
    return FixedEndpoint(method="GET", path=path, reply=reply)


def _page(page: str) -> Callable[[Request], Reply]:
    def reply(request: Request) -> Reply:
        answer = html_reply(page)
        answer.set_header("content-security-policy", _POLICY)
        return answer

    return reply


def _vendored(name: str) -> Callable[[Request], Reply]:
    content = (files("safelight.server") / "vendor" / name).read_bytes()
    return _file(content, b"text/css" if name.endswith(".css") else b"text/javascript")


def _script(text: str) -> Callable[[Request], Reply]:
    return _file(text.encode(), b"text/javascript")


def _file(content: bytes, kind: bytes) -> Callable[[Request], Reply]:
    return lambda request: Reply(
        body=content, media_type=kind + b"; charset=utf-8", caching=Caching.PUBLIC
    )

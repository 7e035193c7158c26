"""Where a page may send a browser: nowhere but to a path of its own origin."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.server.web.local_target import local_target


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/login",
        "/v1/docs",
        "/a/b?c=d&e=%2F#f",
        "/a//b",
        "/~ada/",
        "/?next=//x",
        "/.//x",
        "/a:b",
    ],
)
def test_a_path_of_this_origin_is_followed(path: str) -> None:
    assert local_target(path) == path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "login",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "/\u00a0/evil.example",
        "/\u2028/evil.example",
        "/a\\b",
        "/a\x00b",
        "/a\r\nSet-Cookie: x=y",
        "/é",
        "https://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "http://localhost@evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "/" + "a" * 2000,
    ],
)
def test_everything_else_leads_home(text: str | None) -> None:
    assert local_target(text) == "/"


@given(st.text(alphabet="/\\:@.?#%\t\n\r \x00aé\u2044\uff0f", max_size=12))
def test_no_text_leaves_the_origin_however_a_browser_reads_it(text: str) -> None:
    r"""Browsers drop tabs and line ends, trim blanks, and take `\` for `/` (WHATWG URL §4.4)."""
    target = local_target(text).strip("".join(map(chr, range(33))))
    for unwanted in "\t\n\r":
        target = target.replace(unwanted, "")
    url = urlsplit(urljoin("https://here.example/login", target.replace("\\", "/")))
    assert (url.scheme, url.netloc) == ("https", "here.example")

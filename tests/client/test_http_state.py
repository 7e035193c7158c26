"""The cookie jar against the IETF's http-state cases (`http_state.py` says where they are from)."""

import httpx2
import pytest
from tests.client.http_state import CASES, SET_AT, Case
from tests.client.http_state_dates import DATES

from safelight.client import cookies
from safelight.client.set_cookie import read_date

NOT_APPLYING = {
    "DISABLED_CHROMIUM0022": "RFC 6265bis drops a line with a control character whole",
    "DISABLED_CHROMIUM0023": "RFC 6265bis drops a line with a control character whole",
    "DISABLED_PATH0029": "RFC 6265 compares paths byte by byte, without decoding them",
}
"""The suite itself has these switched off. What is expected of them instead is tested below."""


def sent_after(case: Case) -> str:
    lines = [(b"set-cookie", line.encode()) for line in case.received]
    response = httpx2.Response(200, headers=lines, request=httpx2.Request("GET", SET_AT))
    request = httpx2.Request("GET", case.to)
    cookies.write(cookies.select(cookies.absorb((), response), request.url), request)
    return dict(request.headers.raw).get(b"cookie", b"").decode()


@pytest.mark.parametrize("name", [name for name in CASES if name not in NOT_APPLYING])
def test_a_request_gets_what_the_suite_expects(name: str) -> None:
    assert sent_after(CASES[name]) == CASES[name].sent


@pytest.mark.parametrize("name", list(NOT_APPLYING))
def test_where_the_suite_is_behind_the_standard_nothing_is_sent(name: str) -> None:
    assert sent_after(CASES[name]) == ""


@pytest.mark.parametrize(("text", "meant"), list(DATES.items()))
def test_a_date_is_read_in_whatever_order_it_comes(text: str, meant: str | None) -> None:
    found = read_date(text)
    assert (found and found.strftime("%Y-%m-%d %H:%M:%S")) == meant


def test_the_whole_suite_is_here() -> None:
    assert len(CASES) == 222
    assert len(DATES) == 68

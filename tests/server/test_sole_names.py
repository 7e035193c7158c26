"""A body that carries a credential has one value for each of its fields, on every wire."""

from __future__ import annotations

import pytest
from tests.house import PASSWORD, House

from safelight.errors import MalformedRequest
from safelight.server.sole_names import require_sole_names

SIGN_INS = {
    "/v1/sessions": "identifier",
    "/api/auth/token/obtain/": "username",
    "/psapi/v3/mem/authenticate": "email",
    "/studio/login": "email",
    "/galleries/login": "email",
}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.mark.parametrize("path", SIGN_INS)
@pytest.mark.parametrize("again", ['"password"', '"pass\\u0077ord"'])
def test_a_sign_in_with_two_passwords_is_refused_and_tries_neither(
    house: House, path: str, again: str
) -> None:
    house.add_account("ada")
    headers = {"content-type": JSON, "accept": JSON, "x-ps-api-key": house.add_application()}
    first = f'"{SIGN_INS[path]}":"ada","password":"{PASSWORD}"'
    client = house.client(headers=headers)
    assert client.post(path, content=f"{{{first}}}").status_code in (200, 201)
    before = house.audited()
    for repeated in ("a wrong password", PASSWORD):
        answer = client.post(path, content=f'{{{first},{again}:"{repeated}"}}')
        assert answer.status_code == 400
        assert "The body names a field more than once." in answer.text
        assert "set-cookie" not in answer.headers
    assert house.audited() == before


@pytest.mark.parametrize(
    ("path", "method", "fields"),
    [
        ("/api/auth/token/refresh/", "POST", '"refresh":"a","refresh":"b"'),
        ("/api/auth/token/blacklist/", "POST", '"refresh":"a","refresh":"b"'),
        ("/api/user/", "POST", '"username":"a","password":"b","email":"c","password":"d"'),
        ("/v1/account/password", "PUT", '"current":"a","new":"b","new":"c"'),
    ],
)
def test_other_secrets_come_once_too(house: House, path: str, method: str, fields: str) -> None:
    house.add_account("ada")
    client = house.client(headers={"content-type": JSON})
    client.auth = ("ada", PASSWORD) if method == "PUT" else None
    answer = client.request(method, path, content=f"{{{fields}}}")
    assert answer.status_code == 400
    assert "The body names a field more than once." in answer.text


def test_a_form_for_tokens_has_one_password_too(house: House) -> None:
    house.add_account("ada")
    form = f"username=ada&password=wrong&password={PASSWORD.replace(' ', '+')}"
    headers = {"content-type": FORM}
    answer = house.client().post("/api/auth/token/obtain/", content=form, headers=headers)
    assert answer.status_code == 400
    assert "The body names a field more than once." in answer.text


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '[{"b":{"a":1,"\\u0061":2}}]'])
def test_a_name_is_repeated_at_any_depth_and_in_any_spelling(text: str) -> None:
    with pytest.raises(MalformedRequest):
        require_sole_names(text.encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff", b'{"a":', b"[" * 100_000, b"9" * 5000, b'{"a":{"a":1}}', b'[{"a":1},{"a":1}]'],
)
def test_what_repeats_no_name_passes(text: bytes) -> None:
    require_sole_names(text)

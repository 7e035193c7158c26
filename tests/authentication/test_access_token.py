"""LibrePhotos' signed tokens: what is accepted, until when, and what never is."""

from __future__ import annotations

import base64
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey
from tests.authentication.people import INSTANT, NOON, an_account

from safelight.authentication.access_token import AccessTokens, TokenUse
from safelight.errors import ExpiredCredential, InvalidCredential, WrongTokenType
from safelight.identity.ids import SessionId
from safelight.secret import Secret

KEY, OLDER_KEY, STRANGE_KEY = b"k" * 32, b"o" * 32, b"s" * 32
END = NOON + timedelta(minutes=5)
CLAIMS = {
    "token_type": "access",
    "exp": int(END.timestamp()),
    "iat": int(NOON.timestamp()),
    "jti": "0" * 32,
    "user_id": "7",
    "sid": "ses_1",
}


def tokens(*keys: bytes) -> AccessTokens:
    return AccessTokens(keys or (KEY,))


def signed(use: TokenUse = TokenUse.ACCESS, by: AccessTokens | None = None) -> Secret:
    return (by or tokens()).sign(
        an_account(),
        use=use,
        session_id=SessionId("ses_1"),
        jti="0" * 32,
        now=NOON,
        expires_at=END,
    )


def forged(payload: bytes, key: bytes = KEY, header: dict[str, object] | None = None) -> Secret:
    """A token over any payload, made with the right key unless another is named."""
    header = header or {"alg": "HS256", "typ": "JWT"}
    algorithms = ["HS256", "HS512"]
    compact = jws.serialize_compact(header, payload, OctKey.import_key(key), algorithms)
    return Secret(compact)


def encoded(**changes: object) -> bytes:
    return msgspec.json.encode(CLAIMS | changes)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def test_a_token_says_whose_session_it_is_for() -> None:
    claims = tokens().verify(signed(), TokenUse.ACCESS, NOON)
    assert (claims.session_id, claims.user_number, claims.jti) == ("ses_1", 7, "0" * 32)
    assert (claims.issued_at, claims.expires_at) == (NOON, END)


def test_a_token_is_over_on_the_instant_it_expires() -> None:
    for verifier in (tokens(), tokens()):  # on the first look, and with a remembered signature
        verifier.verify(signed(), TokenUse.ACCESS, END - INSTANT)
        with pytest.raises(ExpiredCredential, match="Token is expired"):
            verifier.verify(signed(), TokenUse.ACCESS, END)
        with pytest.raises(ExpiredCredential):
            verifier.verify(signed(), TokenUse.ACCESS, END + INSTANT)


def test_a_token_from_the_future_is_refused_until_its_instant() -> None:
    with pytest.raises(InvalidCredential, match="Token is invalid"):
        tokens().verify(signed(), TokenUse.ACCESS, NOON - INSTANT)
    tokens().verify(signed(), TokenUse.ACCESS, NOON)


@pytest.mark.parametrize("asked", TokenUse)
@pytest.mark.parametrize("made", TokenUse)
def test_a_token_is_good_for_its_own_use_only(made: TokenUse, asked: TokenUse) -> None:
    verifier = tokens()
    if made is asked:
        assert verifier.verify(signed(made), asked, NOON).use is made
        return
    with pytest.raises(WrongTokenType, match="Token has wrong type"):
        verifier.verify(signed(made), asked, NOON)


def test_a_token_of_an_older_key_still_counts_and_a_new_one_has_the_newest() -> None:
    rotated = tokens(KEY, OLDER_KEY)
    rotated.verify(signed(by=tokens(OLDER_KEY)), TokenUse.ACCESS, NOON)
    tokens(KEY).verify(signed(by=rotated), TokenUse.ACCESS, NOON)


def test_a_token_of_a_strange_key_is_refused() -> None:
    with pytest.raises(InvalidCredential):
        tokens().verify(signed(by=tokens(STRANGE_KEY)), TokenUse.ACCESS, NOON)


def test_a_token_whose_claims_were_changed_is_refused() -> None:
    header, _, signature = signed().reveal().split(".")
    changed = f"{header}.{part(CLAIMS | {'user_id': '1'})}.{signature}"
    with pytest.raises(InvalidCredential):
        tokens().verify(Secret(changed), TokenUse.ACCESS, NOON)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS512", "RS256", "ES256", "", None])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_another_algorithm_is_refused(algorithm: str | None, signature: str) -> None:
    text = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(CLAIMS)}.{signature}"
    with pytest.raises(InvalidCredential):
        tokens().verify(Secret(text), TokenUse.ACCESS, NOON)


def test_a_stronger_signature_under_the_right_key_is_refused() -> None:
    with pytest.raises(InvalidCredential):
        tokens().verify(
            forged(encoded(), header={"alg": "HS512", "typ": "JWT"}), TokenUse.ACCESS, NOON
        )


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["b64"], "b64": False},
        {"crit": ["x-unknown"], "x-unknown": 1},
        {"crit": []},
    ],
)
def test_a_critical_header_that_is_not_understood_is_refused(extra: dict[str, object]) -> None:
    """RFC 7515 §4.1.11."""
    raw = f"{part({'alg': 'HS256', **extra})}.{part(CLAIMS)}"
    with pytest.raises(InvalidCredential):
        tokens().verify(Secret(raw + ".AAAA"), TokenUse.ACCESS, NOON)


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(STRANGE_KEY).decode()}},
        {"jku": "https://attacker.example/keys"},
        {"x5u": "https://attacker.example/cert"},
        {"kid": "../../dev/null"},
    ],
)
def test_a_key_that_the_token_names_is_never_used(extra: dict[str, object]) -> None:
    header = {"alg": "HS256", "typ": "JWT", **extra}
    with pytest.raises(InvalidCredential):
        tokens().verify(forged(encoded(), STRANGE_KEY, header), TokenUse.ACCESS, NOON)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        encoded(exp="tomorrow"),
        encoded(exp=None),
        encoded(exp=10**30),
        encoded(iat=-(10**18)),
        encoded(token_type="sliding"),
        encoded(user_id="seven"),
        encoded(user_id=None),
        encoded(user_id=[7]),
        msgspec.json.encode({k: v for k, v in CLAIMS.items() if k != "sid"}),
        msgspec.json.encode({k: v for k, v in CLAIMS.items() if k != "exp"}),
    ],
)
def test_a_signed_payload_of_another_shape_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidCredential):
        tokens().verify(forged(payload), TokenUse.ACCESS, NOON)


def test_a_number_counts_for_the_account_as_a_text_does() -> None:
    claims = tokens().verify(forged(encoded(user_id=7)), TokenUse.ACCESS, NOON)
    assert claims.user_number == 7


@pytest.mark.parametrize(("length", "fits"), [(8191, True), (8192, True), (8193, False)])
def test_a_token_may_have_8192_characters(length: int, fits: bool) -> None:
    padding = length - len(forged(encoded(pad="")).reveal())
    token = forged(encoded(pad="x" * (padding * 3 // 4)))
    text = token.reveal()
    if not fits:
        text += "x" * (8193 - len(text))
        with pytest.raises(InvalidCredential):
            tokens().verify(Secret(text), TokenUse.ACCESS, NOON)
        return
    assert len(text) in (length - 1, length)
    tokens().verify(token, TokenUse.ACCESS, NOON)


def test_every_claim_is_a_scalar_or_null() -> None:
    payload = signed().reveal().split(".")[1]
    claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=="))
    assert {type(value) for value in claims.values()} <= {str, int, float, bool, type(None)}


def test_only_so_many_signatures_are_remembered() -> None:
    verifier = tokens()
    for number in range(10_050):
        verifier.verify(forged(encoded(jti=str(number))), TokenUse.ACCESS, NOON)
    assert len(verifier._verified) == 10_000


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_read_and_is_refused(text: str) -> None:
    with pytest.raises(InvalidCredential):
        tokens().verify(Secret(text), TokenUse.ACCESS, NOON)


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",)))
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=5,
)


@given(
    header=json_values
    | st.fixed_dictionaries(
        {"alg": st.just("HS256")}, optional={"crit": json_values, "typ": json_values}
    ),
    payload=st.binary() | json_values.map(msgspec.json.encode),
    signature=st.binary(),
)
def test_any_three_parts_can_be_read_and_are_refused(
    header: object, payload: bytes, signature: bytes
) -> None:
    parts = (msgspec.json.encode(header), payload, signature)
    text = ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)
    with pytest.raises(InvalidCredential):
        tokens().verify(Secret(text), TokenUse.ACCESS, NOON)


@given(payload=json_values.map(msgspec.json.encode) | st.binary())
def test_any_payload_under_the_right_key_can_be_read_and_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidCredential):
        tokens().verify(forged(payload), TokenUse.ACCESS, NOON)

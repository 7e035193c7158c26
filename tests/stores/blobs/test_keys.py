"""Which texts are keys."""

from __future__ import annotations

import contextlib
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import MalformedRequest
from safelight.stores.blobs.keys import require_key, require_prefix

NEAR_KEYS = st.text(alphabet="abc01._-/A \\\0\n%é", max_size=40) | st.text(max_size=40)


@given(NEAR_KEYS)
def test_a_key_stays_below_its_folder_and_has_one_spelling(text: str) -> None:
    with contextlib.suppress(MalformedRequest):
        path = PurePosixPath("/root") / require_key(text)
        assert str(path) == f"/root/{text}"
        assert ".." not in path.parts
        assert not any(part.startswith(".") for part in path.parts)


@given(NEAR_KEYS, st.integers(0, 40))
def test_every_beginning_of_a_key_is_a_prefix(text: str, length: int) -> None:
    with contextlib.suppress(MalformedRequest):
        prefix = require_key(text)[:length]
        assert require_prefix(prefix) == prefix

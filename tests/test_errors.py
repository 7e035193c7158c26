"""The tree of errors: each survives the way to another process."""

import copy
import pickle
from datetime import timedelta

import pytest

from safelight import errors
from safelight.client.errors import Unanswered
from safelight.errors import SafelightError

MADE: list[SafelightError] = [
    errors.NotFound(),
    errors.NotFound("No such photo."),
    errors.InvalidFields({"email": ("Bad", "Worse")}),
    errors.InvalidFields({"email": ("Bad",)}, "In other words."),
    errors.MethodNotAllowed(("GET", "HEAD"), "PUT"),
    errors.Throttled(timedelta(seconds=7), "Later."),
    errors.OffsetMismatch(12),
    Unanswered("502"),
]


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_an_error_is_copied_and_pickled_as_it_is(error: SafelightError) -> None:
    for again in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert (again.args, again.message) == (error.args, error.message)
        assert vars(again) == vars(error)
        assert again.reason is error.reason

"""Generated requests against the native API: what its document promises holds for every one."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.protocols.generated import HTTPS, Doorway, Furnished, opened
from tests.protocols.native import DOCUMENT

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

doorway = Doorway()
schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = doorway


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Generator[Furnished, None, None]:
    with opened(doorway, tmp_path_factory.mktemp("generated") / "data", Furnished) as furnished:
        yield furnished


@schema.parametrize()
@FEW
def test_any_request_is_answered_as_the_document_says(case: Case, furnished: Furnished) -> None:
    case.call_and_validate(
        base_url=HTTPS,
        headers={"Authorization": f"Bearer {furnished.token}"},
        checks=[*CHECKS, negative_data_rejection],
    )


@schema.parametrize()
@FEW
def test_any_request_for_what_is_there_is_answered_as_the_document_says(
    case: Case, furnished: Furnished
) -> None:
    owner = case.operation.path.split("/")[2]
    if owner not in furnished.ids or not case.path_parameters or case.method == "DELETE":
        return
    case.path_parameters["id"] = furnished.ids[owner]
    if "photo_id" in case.path_parameters:
        case.path_parameters["photo_id"] = furnished.ids["photos"]
    headers = {"Authorization": f"Bearer {furnished.token}"}
    case.call_and_validate(base_url=HTTPS, headers=headers, checks=CHECKS)

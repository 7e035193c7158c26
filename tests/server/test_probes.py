"""Health, readiness and counts."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.cli_client.disks import small_disk
from tests.house import PASSWORD, STRANGER, House, a_house

from safelight.authentication.recognition import NOBODY
from safelight.errors import ConfigurationError, Unavailable
from safelight.server.condition import Condition, ShowReadiness
from safelight.server.metrics import Metrics
from safelight.server.probes import probe_endpoints


def test_health_says_that_the_process_answers(house: House) -> None:
    answer = house.client(peer=STRANGER).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"


def test_a_server_with_everything_in_place_is_ready(house: House) -> None:
    answer = house.client(peer=STRANGER).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


def test_a_bad_credential_keeps_nobody_from_asking(house: House) -> None:
    headers = {"jsession": "nothing", "cookie": "safelight_session=a; safelight_session=b"}
    assert house.client().get("/readyz", headers=headers).status_code == 200


def test_without_the_photos_folder_the_server_is_not_ready(house: House) -> None:
    shutil.rmtree(house.folder / "blobs")
    moved = (
        "The folder of the photos was moved, removed or replaced: put it back, or start the "
        "server anew."
    )
    answer = house.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "reasons": [f"photos: {moved}"],
    }


def test_without_the_folder_for_uploads_the_server_is_not_ready(house: House) -> None:
    shutil.rmtree(house.folder / "incoming")
    answer = house.client().get("/readyz")
    assert answer.status_code == 503
    assert [each.partition(":")[0] for each in answer.json()["reasons"]] == ["uploads"]


def test_without_its_database_the_server_is_not_ready(house: House) -> None:
    (house.folder / "safelight.db").unlink()
    moved = "Its files were moved, removed or replaced: put them back, or start the server anew."
    answer = house.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "reasons": [f"database: {moved}"],
    }


def test_without_its_keys_the_server_is_not_ready(house: House) -> None:
    (house.folder / "keys" / "keys.json").unlink()
    answer = house.client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["keys: The server's keys cannot be read."]


def test_on_a_disk_without_room_the_server_is_not_ready_until_there_is_some(
    tmp_path: Path,
) -> None:
    sign_in = {"identifier": "ada", "password": PASSWORD}
    with (
        small_disk(tmp_path / "disk", kibibytes=8192) as disk,
        a_house(disk.folder / "data") as house,
    ):
        house.add_account("ada")
        client = house.client()
        assert client.get("/readyz").json() == {"ready": True}
        disk.fill()
        assert client.post("/v1/sessions", json=sign_in).status_code == 507
        answer = client.get("/readyz")
        assert answer.status_code == 503
        full = "database: The server has no room left to store this."
        assert full in answer.json()["reasons"]
        disk.make_room()
        assert client.get("/readyz").json() == {"ready": True}
        assert client.post("/v1/sessions", json=sign_in).status_code == 201


def test_a_stranger_is_not_told_what_is_wrong(house: House) -> None:
    shutil.rmtree(house.folder / "blobs")
    answer = house.client(peer=STRANGER).get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


async def test_a_check_without_an_answer_is_a_reason() -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    async def refuse() -> None:
        raise Unavailable("Out of order.")

    condition = Condition(checks={"a": hang, "b": refuse}, metrics=Metrics("1"), patience=0.01)
    reasons = await condition.handlers()[ShowReadiness](NOBODY, ShowReadiness())
    assert reasons == ("a: no answer within 0.01 seconds.", "b: Out of order.")


# --- counts ---------------------------------------------------------------------------------------


def counts(client: TestClient) -> dict[str, float]:
    """Each series, without the worker's number, and its value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    pairs = (re.sub(r',worker="\d+"', "", line).rsplit(" ", 1) for line in lines)
    return {series: float(value) for series, value in pairs}


def test_requests_are_counted_by_realm_and_status(house: House) -> None:
    client = house.client()
    for path in ("/healthz", "/healthz", "/nothing", "/psapi/v3/nothing"):
        client.get(path)
    found = counts(client)
    assert found['safelight_requests_total{realm="web",status="200"}'] == 2
    assert found['safelight_requests_total{realm="web",status="404"}'] == 1
    assert found['safelight_requests_total{realm="photoshelter",status="404"}'] == 1


def test_what_is_served_from_a_browsers_memory_counts_as_such(house: House) -> None:
    house.add_account("ada")
    client = house.client()
    headers = {"authorization": "Bearer " + token_of(client)}
    tag = client.get("/v1/account", headers=headers).headers["etag"]
    client.get("/v1/account", headers={**headers, "if-none-match": tag})
    assert counts(client)['safelight_requests_total{realm="native",status="304"}'] == 1


def token_of(client: TestClient) -> str:
    sign_in = {"identifier": "ada", "password": PASSWORD}
    token: str = client.post("/v1/sessions", json=sign_in).json()["token"]
    return token


def test_sign_ins_and_refusals_are_counted(house: House) -> None:
    house.add_account("ada")
    client = house.client()
    for password in (PASSWORD, "a wrong password", "another wrong one"):
        client.post("/login", data={"identifier": "ada", "password": password})
    house.client().get("/v1/account")
    found = counts(client)
    assert found['safelight_sign_ins_total{realm="web",result="accepted"}'] == 1
    assert found['safelight_sign_ins_total{realm="web",result="invalid_credential"}'] == 2
    assert found['safelight_refusals_total{code="invalid_credential",realm="web"}'] == 2
    assert found['safelight_refusals_total{code="unauthenticated",realm="native"}'] == 1


def test_each_series_names_its_worker() -> None:
    metrics = Metrics(worker="4711")
    metrics.requests["web", 200] += 3
    assert (
        'safelight_requests_total{realm="web",status="200",worker="4711"} 3.0'
        in metrics.render().decode().splitlines()
    )


def test_no_count_names_a_person(house: House) -> None:
    house.add_account("ada")
    client = house.client()
    client.post("/login", data={"identifier": "ada", "password": PASSWORD})
    assert "ada" not in client.get("/metrics").text


def test_counts_are_for_this_machine(house: House) -> None:
    answer = house.client("https://localhost", peer=STRANGER).get("/metrics")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_counts_are_for_the_networks_that_are_named(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", SERVER__METRICS_FROM="10.0.0.0/8,203.0.113.7") as house:
        assert house.client(peer=STRANGER).get("/metrics").status_code == 200
        assert house.client(peer=("203.0.113.8", 1)).get("/metrics").status_code == 404
        assert house.client(peer=("testclient", 1)).get("/metrics").status_code == 404


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"server\.metrics_from: 'everywhere' does not"):
        probe_endpoints(("everywhere",))

"""`safelight galleries`, `photos`, `organizations`, `upload` and `download`."""

from pathlib import Path

import pytest
from tests.cli_client.person import Person
from tests.pictures.samples import picture
from tools.running import admin


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Photos of the test's own."""
    names = []
    for number, name in enumerate(("beach.jpg", "boat.jpg")):
        path = tmp_path / name
        path.write_bytes(picture(width=70 + number + len(tmp_path.name), height=50))
        names.append(str(path))
    return tuple(names)


@pytest.mark.parametrize("service", ["safelight", "photoshelter", "librephotos"])
def test_photos_go_to_a_gallery_and_come_back_the_same(
    me: Person, files: tuple[str, ...], tmp_path: Path, service: str
) -> None:
    me.signed_in(service)
    sent = me("upload", *files, "--gallery", f"Of {service}", "--create", "--json")
    assert sent.code == 0, sent.err
    assert [each["file"] for each in sent.json["done"]] == list(files)
    listed = me("photos", "--gallery", f"Of {service}", "--json").json["photos"]
    assert {each["id"] for each in listed} == {each["photo"] for each in sent.json["done"]}
    folder = tmp_path / "got"
    folder.mkdir()
    got = me("download", "--gallery", f"Of {service}", "--to", str(folder))
    assert got.code == 0, got.err
    assert sorted(each.read_bytes() for each in folder.iterdir()) == sorted(
        Path(each).read_bytes() for each in files
    )


def test_what_was_uploaded_is_told_line_by_line(me: Person, files: tuple[str, ...]) -> None:
    printed = me.signed_in("photoshelter")("upload", *files, "--gallery", "Lines", "--create").out
    assert [line.split(" (")[0] for line in printed.splitlines()] == [
        f"Uploaded {file}" for file in files
    ]
    assert "\x1b" not in printed


def test_some_of_several_is_exit_code_3(me: Person, files: tuple[str, ...]) -> None:
    me.signed_in()
    some = me("upload", files[0], "/nowhere.jpg", files[1], "--json")
    assert some.code == 3
    assert [each["file"] for each in some.json["done"]] == list(files)
    assert some.json["failed"] == [
        {"name": "/nowhere.jpg", "code": "malformed_request",
         "message": "/nowhere.jpg: No such file or directory."}
    ]  # fmt: skip
    assert some.err == "safelight: /nowhere.jpg: No such file or directory.\n"
    assert me("upload", "/nowhere.jpg").code == 1


def test_what_is_there_is_not_replaced_unasked(
    me: Person, files: tuple[str, ...], tmp_path: Path
) -> None:
    me.signed_in()
    photo = me("upload", files[0], "--json").json["done"][0]["photo"]
    assert me("download", photo, "--to", str(tmp_path)).code == 1
    before = Path(files[0]).read_bytes()
    Path(files[0]).write_bytes(b"mine")
    done = me("download", photo, "--to", str(tmp_path))
    assert "beach.jpg is there already. Say --overwrite to replace it." in done.err
    assert Path(files[0]).read_bytes() == b"mine"
    assert me("download", photo, "--to", str(tmp_path), "--overwrite").code == 0
    assert Path(files[0]).read_bytes() == before


def test_a_gallery_is_named_by_its_id_or_its_name(me: Person, files: tuple[str, ...]) -> None:
    me.signed_in("photoshelter")("upload", files[0], "--gallery", "Named", "--create")
    (found,) = [
        each["id"] for each in me("galleries", "--json").json["galleries"]
        if each["name"] == "Named"
    ]  # fmt: skip
    assert me("photos", "--gallery", found).out == me("photos", "--gallery", "Named").out
    done = me("photos", "--gallery", "Nobody's")
    assert (done.code, done.err) == (
        6, "safelight: There is no gallery Nobody's. See: safelight galleries\n",
    )  # fmt: skip


def test_a_list_has_columns_and_an_end(me: Person, files: tuple[str, ...]) -> None:
    me.signed_in("safelight", "grace")
    assert me("photos").out == "There are no photos.\n"
    me("upload", *files, "--gallery", "Listed", "--create")
    heading, line = me("galleries").out.splitlines()
    assert heading.split() == ["Id", "Name", "Photos", "Access"]
    assert line.split()[1:] == ["Listed", "2", "private"]
    assert len(me("photos", "--limit", "1").out.splitlines()) == 2
    assert me("photos", "--limit", "0").code == 2


def test_a_service_without_such_things_says_so(me: Person) -> None:
    me.signed_in("recorder-monitor")
    done = me("photos")
    assert (done.code, done.err) == (1, "safelight: This service has no photos.\n")


@pytest.mark.parametrize("service", ["safelight", "photoshelter"])
def test_an_organization_is_chosen_and_left(me: Person, service: str) -> None:
    made = admin(me.site.server.data, "organization", "add", f"House of {service}", "--json")
    admin(me.site.server.data, "organization", "join", made["id"], "ada", "--role", "owner")
    me.signed_in(service)
    listed = me("organizations", "--json").json["organizations"]
    assert {"id": made["id"], "name": f"House of {service}", "current": False} in listed
    assert me("switch", "--organization", made["id"]).code == 0
    assert f"acting for {made['id']}" in me("status").out
    current = [each for each in me("organizations", "--json").json["organizations"]
               if each["current"]]  # fmt: skip
    assert [each["id"] for each in current] == [made["id"]]

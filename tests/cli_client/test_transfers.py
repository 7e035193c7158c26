"""`safelight galleries`, `photos`, `organizations`, `upload` and `download`."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx2
import pytest
from tests.cli_client.person import Person
from tests.pictures.samples import picture
from tools.running import COMMAND, admin


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


def test_no_gallery_is_made_for_files_that_are_not_there(me: Person) -> None:
    me.signed_in("safelight")
    done = me("upload", "/nowhere.jpg", "/noplace.jpg", "--gallery", "For nothing", "--create")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "safelight: /nowhere.jpg: No such file or directory.\n"
        "safelight: /noplace.jpg: No such file or directory.\n"
    )
    assert "For nothing" not in me("galleries").out


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


def test_photoshelter_s_organization_is_left_by_a_new_sign_in(me: Person) -> None:
    made = admin(me.site.server.data, "organization", "add", "House to leave", "--json")
    admin(me.site.server.data, "organization", "join", made["id"], "ada", "--role", "owner")
    me.signed_in("photoshelter")("switch", "--organization", made["id"])
    left = me("switch", "--organization", "")
    assert (left.code, left.out) == (1, "")
    assert left.err == (
        "safelight: PhotoShelter leaves an organization only with a new sign-in: sign out, and in "
        "again without one.\n"
    )
    assert "acting for" in me("status").out
    assert me("logout").code == 0
    me.signed_in("photoshelter")
    assert "acting for" not in me("status").out


@pytest.mark.parametrize("service", ["safelight", "photoshelter"])
def test_a_login_for_an_organization_acts_for_that_one(me: Person, service: str) -> None:
    """Whichever the session acted for last: it is live, or made anew."""
    one, other = (
        admin(me.site.server.data, "organization", "add", f"{name} of {service}", "--json")["id"]
        for name in ("One", "Other")
    )
    for each in (one, other):
        admin(me.site.server.data, "organization", "join", each, "ada", "--role", "owner")
    for options in ((), (), ("--force",)):
        done = me.login(service, "ada", "--organization", one, *options)
        assert done.code == 0, done.err
        listed = me("organizations", "--json").json["organizations"]
        assert [each["id"] for each in listed if each["current"]] == [one]
        assert me("switch", "--organization", other).code == 0


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_upload_that_was_stopped_is_gone_on_with_by_the_same_command(
    me: Person, tmp_path: Path, ending: signal.Signals
) -> None:
    me.signed_in("librephotos")
    file = tmp_path / "large.jpg"
    content = picture(width=90 + ending, height=50) + b"\0" * 40_000_000
    file.write_bytes(content)
    process = subprocess.Popen(
        [*COMMAND, "upload", str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **me.environment},
    )
    note = wait_for_note(me, process)
    process.send_signal(ending)
    process.communicate(timeout=30)
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
    assert process.returncode == codes[ending]
    offset = json.loads(note.read_bytes())["offset"]
    assert 1_000_000 <= offset < len(content)
    done = me("upload", str(file), "--json")
    assert done.code == 0, done.err
    assert list(note.parent.iterdir()) == []
    (photo,) = (each["photo"] for each in done.json["done"])
    assert me("download", photo, "--to", str(tmp_path), "--overwrite").code == 0
    assert file.read_bytes() == content


def test_an_upload_that_breaks_off_says_that_it_can_be_gone_on_with(
    me: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me.signed_in("librephotos")
    file = tmp_path / "large.jpg"
    file.write_bytes(picture(width=77, height=50) + b"\0" * 3_000_000)
    send, chunks = httpx2.HTTPTransport.handle_request, 0

    def refuse_the_third(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        nonlocal chunks
        chunks += request.url.path == "/api/upload/"
        return httpx2.Response(413) if chunks == 3 else send(self, request)

    with monkeypatch.context() as patch:
        patch.setattr(httpx2.HTTPTransport, "handle_request", refuse_the_third)
        done = me("upload", str(file))
    assert done.code == 1
    assert done.err.endswith("\nThe same command goes on where an upload broke off.\n")
    done = me("upload", str(file))
    assert (done.code, done.err) == (0, "")


def wait_for_note(me: Person, process: subprocess.Popen[bytes]) -> Path:
    """Where it stands how far the upload is, once it says so."""
    for _ in range(600):
        found = list((me.folder / "sessions" / "uploads").glob("*/[!.]*"))
        if found:
            return found[0]
        assert process.poll() is None, "the upload is over before it could be stopped"
        time.sleep(0.01)
    raise AssertionError("no upload was begun")


def test_a_pipe_is_refused_at_once(me: Person, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    me.signed_in("safelight")
    done = me("upload", str(tmp_path / "a.jpg"))
    assert done.code == 1
    assert "not a pipe" in done.err


def test_a_long_name_is_cut_where_the_disk_has_no_room_for_it(me: Person, tmp_path: Path) -> None:
    me.signed_in("safelight")
    source = tmp_path / "a.jpg"
    names = ["山" * 70 + ".jpg", "山" * 71 + ".jpg"]
    made = []
    for number, name in enumerate(names):
        source.write_bytes(picture(width=71 + number, height=51))
        made.append(me("upload", str(source), "--json").json["done"][0]["photo"])
        rename(me, made[-1], name)
    (tmp_path / "to").mkdir()
    done = me("download", *made, "--to", str(tmp_path / "to"), "--overwrite")
    assert done.code == 0, done.err
    found = sorted(each.name for each in (tmp_path / "to").iterdir())
    assert found == [f"{made[1]}-{'山' * 59}.jpg", "山" * 65 + ".jpg"]
    assert all(len(each.encode()) <= 200 for each in found)


def test_a_name_that_looks_like_another_s_with_its_id_is_given_once(
    me: Person, tmp_path: Path
) -> None:
    me.signed_in("safelight")
    made = []
    for number in range(3):
        source = tmp_path / "x.jpg"
        source.write_bytes(picture(width=75 + number, height=51))
        made.append(me("upload", str(source), "--json").json["done"][0]["photo"])
        rename(me, made[-1], "x.jpg")
    rename(me, made[0], f"{made[2]}-x.jpg")
    (tmp_path / "to").mkdir()
    done = me("download", *made, "--to", str(tmp_path / "to"), "--overwrite", "--json")
    names = [Path(each["file"]).name for each in done.json["done"]]
    assert names == [f"{made[2]}-x.jpg", "x.jpg", f"2-{made[2]}-x.jpg"]
    assert sorted(each.name for each in (tmp_path / "to").iterdir()) == sorted(names)


def rename(me: Person, photo: str, name: str) -> None:
    changed = me("request", "PATCH", f"/v1/photos/{photo}",
                 "--body", json.dumps({"name": name}),
                 "--header", "content-type: application/json")  # fmt: skip
    assert changed.code == 0, changed.err

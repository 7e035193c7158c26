"""Many want one thing at once: a token, a name, a place in an upload, the rest of a quota."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable

from tests.pictures.samples import picture

from tools.prove.at_once import Call, at_once
from tools.prove.hostile import multipart
from tools.prove.kinds import PASSWORD, Person, native_token
from tools.prove.pinned import Got, Pinned
from tools.prove.proof import Effort, Tally, require
from tools.prove.scene import Scene

QUOTA = 30_000
"""In bytes, of everybody."""

_MULTIPART = {"content-type": "multipart/form-data; boundary=XX"}
_SMALL = picture(width=16, height=8)


def one_wins(found: Scene, effort: Effort, tally: Tally) -> None:
    count = effort.times(40)
    _a_setup_token_makes_one_admin(found, count)
    tally["races for one thing"] += count
    for number in range(effort.times(6)):
        _a_name_is_given_once(found, count, number)
        _a_part_of_an_upload_is_added_once(found, count, number)
        _a_quota_is_kept(found, count, number)
        _one_content_comes_and_goes(found, count, number)
        tally["races for one thing"] += 4 * count


def _a_setup_token_makes_one_admin(found: Scene, count: int) -> None:
    token = found.operator.put_setup_token()
    answers = at_once(
        found.server.port, [_signing_up(f"first{number}", token) for number in range(count)]
    )
    statuses = Counter(each.status for each in answers)
    require(statuses[201] == 1, f"{count} uses of one set-up token get {statuses}")
    require(not any(each >= 500 for each in statuses), f"a set-up token gets {statuses}")
    admins = found.operator.count_admins()
    require(admins == 1, f"one set-up token made {admins} admins")


def _a_name_is_given_once(found: Scene, count: int, number: int) -> None:
    """By the admin, to as many as ask for it."""
    shown = _access(found.workers[0], found.operator.find_admin().username)
    body = _account(f"wanted{number}")
    answers = at_once(
        found.server.port,
        [lambda worker: worker.send_json("POST", "/api/user/", body, shown)] * count,
    )
    statuses = Counter(each.status for each in answers)
    require(statuses == {201: 1, 400: count - 1}, f"{count} wishes for one name get {statuses}")


def _account(username: str) -> dict[str, str]:
    return {"username": username, "email": f"{username}@example.com", "password": PASSWORD}


def _signing_up(username: str, token: str) -> Call:
    shown = {"x-safelight-setup": token}
    return lambda worker: worker.send_json("POST", "/api/user/", _account(username), shown)


# --- uploads ----------------------------------------------------------------------------------


def _a_part_of_an_upload_is_added_once(found: Scene, count: int, number: int) -> None:
    """Of parts for the same place one is taken, whole, and the others are told where it is now."""
    person = found.add_person(f"in-parts{number}")
    worker = found.workers[0]
    shown = _access(worker, person.username)
    first, rest = _SMALL[:300], [_SMALL[300:] + f"{each}".encode() for each in range(count)]
    upload_id = _part(shown, "", first, 0)(worker).json["upload_id"]
    answers = at_once(
        found.server.port, [_part(shown, upload_id, each, len(first)) for each in rest]
    )
    statuses = Counter(each.status for each in answers)
    require(statuses == {200: 1, 400: count - 1}, f"{count} parts for one place get {statuses}")
    (won,) = [each for each, got in zip(rest, answers, strict=True) if got.status == 200]
    md5 = hashlib.md5(first + won, usedforsecurity=False).hexdigest()
    done = {"upload_id": upload_id, "md5": md5, "filename": "sea.jpg"}
    answers = at_once(
        found.server.port,
        [lambda worker: worker.send_json("POST", "/api/upload/complete/", done, shown)] * count,
    )
    statuses = Counter(each.status for each in answers)
    faults = [each.body for each in answers if each.status >= 500]
    require(not faults, f"an upload completed by many gets {statuses} {faults[:1]!r:.300}")
    require(statuses[200] >= 1, f"nobody could complete the upload: {statuses}")
    got = worker.ask("GET", f"/media/photos/{md5}", shown)
    require(got.status in (200, 404), f"the photo gets {got.status}")


def _part(shown: dict[str, str], upload_id: str, part: bytes, start: int) -> Call:
    span = {"content-range": f"bytes {start}-{start + len(part) - 1}/*"}
    body = multipart([("upload_id", upload_id.encode(), None), ("file", part, "blob")])
    return lambda worker: worker.ask("POST", "/api/upload/", shown | _MULTIPART | span, body)


def _a_quota_is_kept(found: Scene, count: int, number: int) -> None:
    """Exactly as many photos are taken as fit."""
    person = found.add_person(f"quota{number}")
    shown = _shown(found.workers[0], person)
    used = _used(found.workers[0], shown)
    size = QUOTA // 12
    contents = [_SMALL + bytes(size - len(_SMALL) - 4) + b"%04d" % each for each in range(count)]
    answers = at_once(found.server.port, [_adding(shown, content) for content in contents])
    statuses = Counter(each.status for each in answers)
    fit = min(count, (QUOTA - used) // size)
    require(
        statuses == Counter({201: fit}) + Counter({507: count - fit}),
        f"{fit} of {count} photos fit, and they get {statuses}",
    )


def _one_content_comes_and_goes(found: Scene, count: int, number: int) -> None:
    """Many people add the same photo and delete it, through two workers: whoever has it can see
    it, and when nobody does it is gone."""
    people = [found.add_person(f"sharing{number}-{each}") for each in range(count)]
    content = _SMALL + f"shared {number}".encode()
    answers = at_once(
        found.server.port,
        [_coming_and_going(_shown(found.workers[0], person), content) for person in people],
    )
    require(all(each.status == 204 for each in answers), "a shared photo could not be deleted")
    digest = hashlib.sha256(content).hexdigest()
    place = found.server.data / "blobs" / "photos" / digest[:2] / digest
    require(not place.exists(), "a photo that nobody has any more is left")


def _coming_and_going(shown: dict[str, str], content: bytes) -> Call:
    def work(worker: Pinned) -> Got:
        got = worker.ask("GET", "/v1/account", shown)
        for _ in range(3):
            added = _adding(shown, content)(worker)
            require(added.status == 201, f"an upload gets {added.status} {added.body!r:.200}")
            path = f"/v1/photos/{added.json['items'][0]['id']}"
            seen = worker.ask("GET", f"{path}/original", shown)
            is_whole = seen.status == 200 and seen.body == content
            require(is_whole, f"a photo that others share gets {seen.status}")
            got = worker.ask("DELETE", path, shown)
        return got

    return work


def _adding(shown: dict[str, str], content: bytes) -> Callable[[Pinned], Got]:
    body = multipart([("file", content, "boat.jpg")])
    return lambda worker: worker.ask("POST", "/v1/photos", shown | _MULTIPART, body)


def _access(worker: Pinned, username: str) -> dict[str, str]:
    asked = {"username": username, "password": PASSWORD}
    got = worker.send_json("POST", "/api/auth/token/obtain/", asked)
    return {"authorization": f"Bearer {got.json['access']}"}


def _shown(worker: Pinned, person: Person) -> dict[str, str]:
    return {"authorization": f"Bearer {native_token(worker, person)}"}


def _used(worker: Pinned, shown: dict[str, str]) -> int:
    items = json.loads(worker.ask("GET", "/v1/photos", shown).body)["items"]
    return sum(int(each["size"]) for each in items)

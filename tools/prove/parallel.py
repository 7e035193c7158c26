"""Many requests at once, over sockets, at two workers: what is counted is counted exactly."""

from __future__ import annotations

import json
import time
from collections import Counter
from urllib.parse import urlencode

from tools.prove.at_once import Call, at_once
from tools.prove.ending import ends_are_heeded
from tools.prove.kinds import PASSWORD, Person, librephotos, photoshelter_cookie
from tools.prove.proof import Effort, Tally, require
from tools.prove.scene import Scene, scene
from tools.prove.sharing import QUOTA, one_wins

ACCOUNT_FAILURES = 10
_GRACE_SECONDS = 3
SETTINGS = {
    "REALMS__LIBREPHOTOS__ROTATE_REFRESH": "true",
    "REALMS__LIBREPHOTOS__GRACE_SECONDS": str(_GRACE_SECONDS),
    "THROTTLE__ACCOUNT_FAILURES": str(ACCOUNT_FAILURES),
    "LIBRARY__QUOTA_BYTES": str(QUOTA),
}
_REFRESH = "/api/auth/token/refresh/"
_JSON = {"content-type": "application/json"}


def prove(effort: Effort) -> Tally:
    tally = Tally()
    with scene(SETTINGS) as found:
        for part in (
            cookies_do_not_collide,
            refreshes_have_one_successor,
            guesses_are_counted,
            one_wins,
            ends_are_heeded,
        ):
            with found.connected_anew() as anew:
                part(anew, effort, tally)
    return tally


# --- PhotoShelter's cookie --------------------------------------------------------------------


def cookies_do_not_collide(found: Scene, effort: Effort, tally: Tally) -> None:
    """Each answer brings a new cookie; neither it nor the old one signs anybody out."""
    person = found.add_person("parallel")
    count = effort.times(200)
    for _ in range(effort.times(5)):
        (cookie,) = photoshelter_cookie(found.workers[0], person)
        answers = at_once(found.server.port, [cookie.shown_to] * count)
        statuses = Counter(each.status for each in answers)
        require(statuses == {200: count}, f"{count} requests with one cookie get {statuses}")
        values = {each.cookies().get("SSphotoshelter_com_mem", "") for each in answers}
        require("" not in values, "an answer to a good cookie brought no new one")
        for value in (*values, None):
            for worker in found.workers:
                headers = dict(cookie.headers)
                if value is not None:
                    headers["cookie"] = f"SSphotoshelter_com_mem={value}"
                got = worker.ask("GET", cookie.path, headers)
                require(got.status == 200, f"a cookie of the same session gets {got.status}")
        tally["requests with one cookie"] += count


# --- refresh tokens ---------------------------------------------------------------------------


def refreshes_have_one_successor(found: Scene, effort: Effort, tally: Tally) -> None:
    """One token used many times at once has one successor; used later it ends all, and tells."""
    count = effort.times(50)
    for number in range(effort.times(5)):
        person = found.add_person(f"refreshing{number}")
        token = _refresh_of(found, person)
        used = token
        for _ in range(3):
            successors = _refreshed(found, token, count)
            require(len(successors) == 1, f"{count} uses gave {len(successors)} successors")
            used, (token,) = token, successors
        time.sleep(_GRACE_SECONDS + 0.2)
        replays = at_once(found.server.port, [_refreshing(used)] * count)
        statuses = Counter(each.status for each in replays)
        require(statuses == {401: count}, f"late uses get {statuses}")
        for worker in found.workers:
            got = _refreshing(token)(worker)
            require(got.status == 401, f"the last of an ended family gets {got.status}")
        notices = found.operator.notices_of(person.username, "token_replayed")
        require(notices == 1, f"{count} late uses at once left {notices} notifications")
        tally["refreshes at once"] += 4 * count


def _refresh_of(found: Scene, person: Person) -> str:
    *_, refresh = librephotos(found.workers[0], person)
    assert refresh.body is not None
    return str(json.loads(refresh.body)["refresh"])


def _refreshing(token: str) -> Call:
    body = json.dumps({"refresh": token}).encode()
    return lambda worker: worker.ask("POST", _REFRESH, _JSON, body)


def _refreshed(found: Scene, token: str, count: int) -> set[str]:
    answers = at_once(found.server.port, [_refreshing(token)] * count)
    statuses = Counter(each.status for each in answers)
    require(statuses == {200: count}, f"{count} uses of a refresh token get {statuses}")
    return {each.json["refresh"] for each in answers}


# --- guesses ----------------------------------------------------------------------------------


def guesses_are_counted(found: Scene, effort: Effort, tally: Tally) -> None:
    """However many guesses come at once, from however many addresses, over whichever wire: as many
    as the throttle allows learn that they are wrong, and then not even the right one passes."""
    count = effort.times(120)
    sources = [f"127.0.{number // 200 + 1}.{number % 200 + 1}" for number in range(count)]
    for number in range(effort.times(10)):
        person = found.add_person(f"guessed{number}")
        found.operator.forget_failures()
        calls = [_guess(person, place) for place in range(count)]
        answers = at_once(found.server.port, calls, sources)
        statuses = Counter(each.status for each in answers)
        learned = count - statuses[429]
        require(
            learned == min(count, ACCOUNT_FAILURES),
            f"of {count} guesses at once {learned} were told that they are wrong: {statuses}",
        )
        if count > ACCOUNT_FAILURES:
            asked = {"identifier": person.username, "password": PASSWORD}
            got = found.workers[0].send_json("POST", "/v1/sessions", asked)
            require(got.status == 429, f"the right password gets {got.status} after that")
        tally["guesses at once"] += count
    found.operator.forget_failures()


def _guess(person: Person, number: int) -> Call:
    """A wrong password, in turns over three wires."""
    wrong = f"wrong password {number}"
    if number % 3 == 0:
        asked = {"identifier": person.email.upper(), "password": wrong}
        return lambda worker: worker.send_json("POST", "/v1/sessions", asked)
    if number % 3 == 1:
        pair = {"username": person.username, "password": wrong}
        return lambda worker: worker.send_json("POST", "/api/auth/token/obtain/", pair)
    form = urlencode({"email": person.email, "password": wrong}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    return lambda worker: worker.ask("POST", "/galleries/login", kind, form)

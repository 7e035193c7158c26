"""`safelight login`, `status`, `switch` and `logout` against a real server."""

import sqlite3
import stat
from contextlib import closing

import pytest
from tests.cli.command import is_one_line
from tests.cli_client.person import ACCOUNTS, ASKED, Person
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import admin

import safelight
from safelight.client.profiles import read_profiles
from safelight.errors import Unauthenticated

SERVICES = list(ACCOUNTS)


def statuses_of(me: Person) -> dict[str, str]:
    return {each["name"]: each["state"] for each in me("status", "--json").json["profiles"]}


@pytest.mark.parametrize("service", SERVICES)
def test_one_sign_in_is_enough_for_calls_and_ends_with_logout(me: Person, service: str) -> None:
    done = me.login(service)
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert me("status").code == 0
    assert me("get", ASKED[service].format(account="ada")).code == 0
    assert me("logout").code == 0
    assert me("get", ASKED[service].format(account="ada")).code == 4
    assert "Nobody is signed in. Begin with: safelight login SERVICE" in me("status").err


@pytest.mark.parametrize("service", SERVICES)
def test_a_sign_out_beside_a_running_program_is_for_good(me: Person, service: str) -> None:
    path = ASKED[service].format(account="ada")
    me.signed_in(service, "ada", "--remember")
    with safelight.Client.from_profile() as client:
        assert client.get(path).status_code == 200
        assert me("logout").code == 0
        with pytest.raises(Unauthenticated):
            client.get(path)
    assert PASSWORD not in me.everything_kept()
    assert list((me.folder / "sessions").glob("*.json")) == []


def test_a_sign_in_is_told_in_words_and_as_json(me: Person) -> None:
    done = me.login("safelight")
    assert done.out == "Signed in to safelight as ada@example.com: profile safelight.\n"
    assert me.login("photoshelter", "grace", "--json").json == {
        "schema_version": 1, "profile": "photoshelter", "service": "photoshelter",
        "url": f"{me.site.url}/", "account": "grace@example.com", "organization": "",
        "store": "plaintext", "already": False,
    }  # fmt: skip


def test_whoever_is_signed_in_stays_so_without_a_password(me: Person) -> None:
    me.signed_in()
    words = [each for each in me.words("safelight") if each != "--password-stdin"]
    again = me("login", *words)
    assert (again.code, again.out) == (
        0, "Already signed in to safelight as ada@example.com: profile safelight.\n",
    )  # fmt: skip
    assert me("login", *words, "--force").code == 4


def test_force_signs_in_anew(me: Person) -> None:
    first = me.signed_in()("token").out
    me.signed_in("safelight", "ada", "--force")
    assert me("token").out not in ("", first)


@pytest.mark.parametrize("service", SERVICES)
def test_a_wrong_password_is_exit_code_4_and_leaves_no_profile(me: Person, service: str) -> None:
    done = me.login(service, password="wrong horse battery")
    assert done.code == 4
    assert is_one_line(done.err)
    assert me("status").code == 4
    assert "wrong horse" not in me.everything_kept()


def test_nothing_secret_is_in_the_settings(me: Person) -> None:
    me.signed_in("photoshelter").signed_in("safelight")
    settings = (me.folder / "config.toml").read_text()
    secrets = [PASSWORD, me.site.api_key, me("token").out.strip()]
    assert [secret for secret in secrets if secret in settings] == []
    assert PASSWORD not in me.everything_kept()


def test_only_the_person_may_read_what_is_kept(me: Person) -> None:
    me.signed_in()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in [me.folder, *me.folder.rglob("*")]
    }
    assert {mode for name, mode in modes.items() if "." not in name} == {0o700}
    assert {mode for name, mode in modes.items() if "." in name} == {0o600}


@pytest.mark.parametrize("service", SERVICES)
def test_two_accounts_on_one_machine_never_mix(me: Person, service: str) -> None:
    me.signed_in(service, "ada", "--profile", "one")
    me.signed_in(service, "grace", "--profile", "two")
    for profile, own, other in (("one", "ada", "grace"), ("two", "grace", "ada")):
        asked = me("export", "curl", "--profile", profile)
        assert asked.code == 0
        kept = me("get", ASKED[service].format(account=own), "--profile", profile)
        assert kept.code == 0
        assert f"{other}@example.com" not in kept.out
    assert me("export", "curl", "--profile", "one").out != (
        me("export", "curl", "--profile", "two").out
    )
    assert me("logout", "--profile", "one").code == 0
    assert statuses_of(me) == {"two": "signed in"}


def test_a_profile_s_name_belongs_to_one_account(me: Person) -> None:
    me.signed_in("safelight", "ada", "--profile", "work")
    done = me.login("safelight", "grace", "--profile", "work")
    assert done.code == 2
    assert f"Profile work is ada@example.com at {me.site.url}/." in done.err
    assert statuses_of(me) == {"work": "signed in"}


@pytest.mark.parametrize(("first", "second"), [("cookie", "token"), ("token", "cookie")])
def test_two_profiles_of_one_account_want_one_mode(me: Person, first: str, second: str) -> None:
    me.signed_in("photoshelter", "ada", "--mode", first, "--profile", "a")
    before = me.everything_kept()
    done = me.login("photoshelter", "ada", "--mode", second, "--profile", "b")
    assert done.code == 2
    assert done.err == (
        f"safelight: Profile a is the same account in --mode {first}, and profiles of one account "
        "share its session. Use that one, or sign it out first: safelight logout --profile a\n"
    )
    assert me.everything_kept() == before
    assert me("logout", "--profile", "a").code == 0
    me.signed_in("photoshelter", "ada", "--mode", second, "--profile", "b")


def test_a_new_profile_has_the_usual_mode_and_a_known_one_its_own(me: Person) -> None:
    me.signed_in("photoshelter", "ada", "--mode", "cookie", "--profile", "a")
    assert me.login("photoshelter", "ada", "--profile", "b").code == 2
    assert me.login("photoshelter", "ada", "--mode", "cookie", "--profile", "b").code == 0
    again = me.login("photoshelter", "ada", "--profile", "a")
    assert again.out == "Already signed in to photoshelter as ada@example.com: profile a.\n"
    assert me("token", "--profile", "a").code == 2
    assert "gallery" in me("get", "/psapi/v3/mem/gallery").out.lower()


def test_a_password_that_is_to_be_kept_has_to_be_the_right_one(me: Person) -> None:
    first = me.login("safelight", "ada", "--remember")
    assert "The password is kept there, too." in first.err
    wrong = me.login("safelight", "ada", "--remember", password="wrong horse battery")
    assert wrong.code == 4
    assert "kept" not in wrong.err
    again = me.login("safelight", "ada", "--remember")
    assert again.out.startswith("Already signed in")
    assert "The password is kept there, too." in again.err
    assert me.process("logout", "--everywhere", environment=elsewhere(me)).returncode == 0
    assert me("get", "/v1/account").code == 0  # by the kept one


def elsewhere(me: Person) -> dict[str, str]:
    """Signed in with settings of another folder."""
    environment = {"SAFELIGHT_CONFIG_DIR": str(me.folder.parent / "elsewhere")}
    words = ("login", *me.words("safelight"))
    done = me.process(*words, stdin=f"{PASSWORD}\n", environment=environment)
    assert done.returncode == 0, done.stderr
    return environment


@pytest.mark.parametrize("realm", ["studio", "galleries"])
def test_another_app_that_takes_the_form_is_not_pixieset(me: Person, realm: str) -> None:
    """The pages of the same server have a form of the same fields at the same path."""
    me.signed_in("safelight")
    assert me.process("logout", "--everywhere", environment=elsewhere(me)).returncode == 0
    me.signed_in("safelight")
    before = me.everything_kept()
    words = ("--realm", realm, "--url", me.site.url, "--username", "ada@example.com")
    done = me("login", "pixieset", *words, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (done.code, done.out) == (1, "")
    assert f"not Pixieset's {realm} app. Check the address" in done.err
    assert me.everything_kept() == before
    assert len(me("get", "/v1/sessions").json["items"]) == 1


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("librephotos", "/api"),
        ("safelight", "/v1"),
        ("photoshelter", "/psapi"),
        ("pixieset", "/studio/login"),
        ("recorder-monitor", "/api"),
    ],
)
def test_an_address_without_a_sign_in_is_said_to_be_wrong(
    me: Person, service: str, path: str
) -> None:
    words = [
        f"{me.site.url}{path}" if each.startswith(me.site.url) else each
        for each in me.words(service)
    ]
    done = me("login", *words, stdin=f"{PASSWORD}\n")
    assert (done.code, done.out) == (1, "")
    assert f"There is no sign-in of this service at {me.site.url}{path}" in done.err
    assert is_one_line(done.err)


def test_another_mode_is_another_sign_in(me: Person) -> None:
    me.signed_in("photoshelter", "ada", "--mode", "cookie")
    done = me.login("photoshelter", "ada", "--mode", "token", password="wrong horse battery")
    assert done.code == 4
    assert me("token").code == 2  # it is as it was
    assert me("get", ASKED["photoshelter"]).code == 0
    done = me.login("photoshelter", "ada", "--mode", "token")
    assert done.out == "Signed in to photoshelter as ada@example.com: profile photoshelter.\n"
    assert me("token").code == 0
    again = me.login("photoshelter", "ada")
    assert again.out.startswith("Already signed in")
    done = me.login("photoshelter", "ada", "--mode", "cookie")
    assert done.out.startswith("Signed in")
    assert me("token").code == 2


def test_names_for_profiles_are_found(me: Person) -> None:
    me.signed_in("galleries").signed_in("safelight").signed_in("safelight", "grace")
    assert list(statuses_of(me)) == ["galleries", "safelight", "safelight-grace@example.com"]


def test_the_current_profile_is_the_last_one_until_another_is_chosen(me: Person) -> None:
    me.signed_in("safelight", "ada").signed_in("safelight", "grace")
    assert '"grace@example.com"' in me("get", "/v1/account").out
    assert me("switch", "safelight").code == 0
    assert '"ada@example.com"' in me("get", "/v1/account").out
    assert me("get", "/v1/account", "--profile", "nobody").code == 2


def test_status_says_where_secrets_lie_and_fits_a_terminal(me: Person) -> None:
    me.signed_in("librephotos").signed_in("safelight")
    lines = me("status").out.splitlines()
    assert lines == [
        "librephotos: signed in", f"  ada at librephotos, {me.site.url}/", "  kept in: plaintext",
        "safelight (current): signed in", f"  ada@example.com at safelight, {me.site.url}/",
        "  kept in: plaintext",
    ]  # fmt: skip


def test_status_keeps_its_exit_code_with_json(me: Person) -> None:
    me.signed_in()
    assert me("status", "--json").code == 0
    token = me("token").out.strip()
    me("delete", "/v1/sessions")  # the session that asks is over, too
    assert token not in me("status", "--json").out
    assert me("status", "--json").code == 4
    assert statuses_of(me) == {"safelight": "over"}


def test_sign_out_everywhere_ends_the_sessions_of_every_protocol(me: Person) -> None:
    me.signed_in("photoshelter").signed_in("recorder-monitor").signed_in("safelight")
    assert me("logout", "--everywhere").out.splitlines()[0] == (
        f"Ended every session of ada@example.com at {me.site.url}/."
    )
    assert statuses_of(me) == {"photoshelter": "over", "recorder-monitor": "over"}


def answers_kept(me: Person) -> int:
    """How many answers programs of the person's have kept between runs."""
    count = 0
    for path in (me.folder / "cache").glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as file:
            count += file.execute("SELECT count(*) FROM entries").fetchone()[0]
    return count


@pytest.mark.parametrize(
    "words",
    [
        ("logout",),
        ("logout", "--local"),
        ("logout", "--everywhere"),
        ("switch", "--organization"),
        ("login",),
    ],
)
def test_whoever_changes_what_is_signed_in_leaves_no_answer_behind(
    me: Person, words: tuple[str, ...]
) -> None:
    """Of a program that keeps answers. A command that only asks leaves them as they are."""
    me.signed_in()
    content = picture(width=1200, height=900)
    with safelight.Client.from_profile() as client:
        photo = client.photos.upload(content, name="harbour.jpg")
        assert client.get(f"/v1/photos/{photo.id}/original").content == content
    me("get", "/v1/account")
    assert answers_kept(me) == 1
    if words == ("login",):
        me.signed_in("safelight", "ada", "--force")
    elif words[0] == "switch":
        made = admin(me.site.server.data, "organization", "add", "Kept", "--json")
        admin(me.site.server.data, "organization", "join", made["id"], "ada", "--role", "owner")
        assert me(*words, made["id"]).code == 0
    else:
        assert me(*words).code == 0
    assert answers_kept(me) == 0
    # nor what lies unused in the file
    kept = b"".join(path.read_bytes() for path in (me.folder / "cache").iterdir())
    assert content[1000:1064] not in kept
    assert b"harbour.jpg" not in kept


def test_who_keeps_no_answers_does_not_wait_for_the_cache_library(me: Person) -> None:
    said = me.python(
        "import sys, safelight.cli.accounts, safelight.cli.login\n"
        "from safelight.client.keeping import AccountKey\n"
        "key = AccountKey(service='safelight', origin='http://localhost:9/', account='ada')\n"
        "safelight.cli.accounts.KeptAnswers().empty(key)\n"
        "print('hishel' in sys.modules)\n"
    )
    assert said.stdout == "False\n"


def test_a_service_without_such_a_call_says_so_and_keeps_the_session(me: Person) -> None:
    me.signed_in("photoshelter")
    done = me("logout", "--everywhere")
    assert done.code == 1
    assert "has no way to end every session" in done.err
    assert statuses_of(me) == {"photoshelter": "signed in"}


def test_an_outage_forgets_nothing_unless_that_is_wished(me: Person) -> None:
    me.signed_in()
    path = me.folder / "config.toml"
    settings = path.read_text()
    path.write_text(settings.replace(f"{me.site.url}/", "http://localhost:9/"))
    for kept in (me.folder / "sessions").glob("*.json"):
        profile = read_profiles(path.read_bytes(), "").profiles["safelight"]
        kept.rename(kept.with_name(f"{profile.key.name}.json"))
    done = me("logout")
    assert done.code == 8
    assert done.err.endswith(
        "Nothing was forgotten. With --local it is forgotten here, and lives on there.\n"
    )
    assert me("status").code == 8
    assert me("logout", "--local").code == 0
    assert me("status").code == 4
    assert list((me.folder / "sessions").glob("*.json")) == []

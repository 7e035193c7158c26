"""`safelight request` and its short forms: bodies, answers, exit codes."""

import os
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.command import is_one_line
from tests.cli.test_help import in_a_terminal
from tests.cli_client.person import ASKED, Person
from tests.cli_client.test_bad_surroundings import answering
from tests.house import PASSWORD
from tests.pictures.samples import picture

from safelight.cli.accounts import choose, open_account


def test_the_body_of_the_answer_is_all_that_is_printed(me: Person) -> None:
    done = me.signed_in()("get", "/v1/account")
    assert done.out.startswith('{"id":"U0000')
    assert done.err == ""


def test_json_says_the_status_too(me: Person) -> None:
    printed = me.signed_in()("get", "v1/account", "--json").json
    assert (printed["schema_version"], printed["status"]) == (1, 200)
    assert printed["headers"]["content-type"] == "application/json"
    assert printed["body"]["email"] == "ada@example.com"


def test_a_body_comes_as_text_from_a_file_or_by_standard_input(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    (tmp_path / "body.json").write_text('{"name": "From a file"}')
    for given, stdin in (
        ('{"name": "As text"}', ""),
        (f"@{tmp_path / 'body.json'}", ""),
        ("-", '{"name": "By standard input"}'),
    ):
        done = me("post", "/v1/galleries", "--body", given, stdin=stdin)
        assert done.code == 0, done.err
    names = {each["name"] for each in me("galleries", "--json").json["galleries"]}
    assert {"As text", "From a file", "By standard input"} <= names


def test_a_form_and_files_are_sent(me: Person, tmp_path: Path) -> None:
    (tmp_path / "beach.jpg").write_bytes(picture(width=61, height=40))
    me.signed_in()
    given = ("--file", f"files={tmp_path / 'beach.jpg'}", "--form", "visibility=public")
    done = me("post", "/v1/photos", *given)
    assert done.code == 0, done.err
    assert [(each["name"], each["visibility"]) for each in done.json["items"]] == [
        ("beach.jpg", "public")
    ]


def test_a_write_gets_the_csrf_token_that_it_needs(me: Person) -> None:
    body = '{"first_name": "Grace", "last_name": "Hopper", "email": "g@example.com"}'
    done = me.signed_in("pixieset")("post", "/api/v1/clients", "--body", body)
    assert done.code == 0, done.err


def test_the_answer_goes_to_a_file_whole_or_not_at_all(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    target = tmp_path / "account.json"
    assert me("get", "/v1/account", "--output", str(target)).out == ""
    assert b'"ada@example.com"' in target.read_bytes()
    before = target.read_bytes()
    assert me("get", "/v1/nothing", "--output", str(target)).code == 6
    assert target.read_bytes() == before
    assert me("get", "/v1/account", "--output", str(tmp_path / "no" / "x")).code == 2


@pytest.mark.parametrize(
    ("path", "code", "says"),
    [
        ("/v1/account", 0, ""),
        ("/v1/nothing", 6, "There is nothing here."),
        ("/v1/photos/I00000000000000A", 6, "nothing"),
        ("/v1/account?x=1", 0, ""),
    ],
)
def test_the_exit_code_says_what_became_of_it(me: Person, path: str, code: int, says: str) -> None:
    done = me.signed_in()("get", path)
    assert done.code == code
    assert says in done.err
    assert done.err == "" or is_one_line(done.err)


def test_forbidden_is_5_and_a_bad_request_is_1(me: Person) -> None:
    me.signed_in()
    made = me(
        "post",
        "/v1/tokens",
        "--body",
        '{"name": "t", "scopes": ["account:read"], "expires_in_seconds": 600}',
    ).json
    me.has(TOKEN=made["secret"])
    assert me("get", "/v1/account").code == 0
    assert me("get", "/v1/photos").code == 5
    me.has(TOKEN="")
    assert me("post", "/v1/galleries", "--body", "{}").code == 1


def test_a_service_that_is_down_is_8(me: Person) -> None:
    me.has(SERVICE="safelight", URL="http://localhost:9", TOKEN="x")
    done = me("get", "/v1/account")
    assert done.code == 8
    assert is_one_line(done.err)
    assert "http://localhost:9 cannot be reached" in done.err


def test_another_origin_gets_no_credentials(me: Person) -> None:
    me.signed_in()
    other = me.site.url.replace("localhost", "127.0.0.1")
    assert me("get", f"{other}/v1/account").code != 0
    assert me("get", f"{me.site.url}/v1/account").code == 0


def test_an_error_is_an_object_with_json(me: Person) -> None:
    assert me("get", "/v1/account", "--json").json == {
        "schema_version": 1,
        "error": {
            "code": "unauthenticated", "reason": "sign_in_needed",
            "message": "Nobody is signed in. Begin with: safelight login SERVICE",
        },
    }  # fmt: skip
    me.has(OUTPUT="json")
    assert me("status").json["schema_version"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("get", "/x", "--header", "nonsense"), "nonsense: this should be --header NAME:VALUE."),
        (("post", "/x", "--header", "Content-Length: 3"), "--header content-length: leave it out"),
        (("post", "/x", "--header", "transfer-encoding: chunked"), "--header transfer-encoding:"),
        (("request", "GÉT", "/x"), "The method has to be one word, such as GET or POST."),
        (("request", "G\nET", "/x"), "The method has to be one word, such as GET or POST."),
        (("request", "", "/x"), "The method has to be one word, such as GET or POST."),
        (("get", "http://a..b/"), "a..b cannot be the name of a host. Check the address."),
        (("get", f"http://{'a' * 64}.b/"), "cannot be the name of a host. Check the address."),
        (("get", "http://⒈.com/"), "The path cannot be sent: it is too long, has the end of a"),
        (("get", "/a\nb"), "The path cannot be sent: it is too long, has the end of a line in"),
        (("get", "x" * 70_000), "The path cannot be sent: it is too long, has the end of a line"),
        (("login", "safelight", "--url", "http://a..b"), "https:// and name a host."),
        (("post", "/x", "--form", "nonsense"), "this should be --form NAME=VALUE."),
        (("post", "/x", "--file", "a=/nowhere"), "/nowhere: No such file or directory."),
        (("post", "/x", "--body", "@/nowhere"), "/nowhere: No such file or directory."),
        (("post", "/x", "--body", "x", "--form", "a=b"), "--body does not go together"),
        (("switch",), "Name a profile, or an organization with --organization."),
        (("upload",), "FILE"),
        (("download",), "Name photos by their ids, or a gallery with --gallery."),
        (("run",), "Name the program: safelight run -- COMMAND"),
        (("login", "flickr"), "flickr"),
        (("login", "librephotos"), "safelight login librephotos --url https://…"),
        (("login", "pixieset"), "--realm studio or galleries"),
        (("login", "safelight", "--url", "ftp://x"), "https://"),
        (("login", "safelight", "--url", "https://a:b@x"), "Leave the name and the password out"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_exit_code_2(
    me: Person, words: tuple[str, ...], says: str
) -> None:
    me.signed_in()
    done = me(*words)
    assert done.code == 2
    assert is_one_line(done.err)
    assert says in done.err


def test_colours_are_for_a_terminal_that_wants_them(me: Person) -> None:
    me.signed_in()
    words = ("get", "/v1/account")
    assert b"\x1b[" in in_a_terminal(*words)
    assert b"\x1b[" not in in_a_terminal(*words, NO_COLOR="1")
    assert "\x1b" not in me(*words).out


@pytest.mark.parametrize("service", list(ASKED))
def test_the_environment_alone_is_enough(me: Person, service: str) -> None:
    """As in a job that runs once: nothing is kept."""
    words = dict(zip(me.words(service)[1:-1:2], me.words(service)[2:-1:2], strict=True))
    me.has(SERVICE=me.words(service)[0], URL=words["--url"], USERNAME=words["--username"])
    me.has(REALM=words.get("--realm", ""), API_KEY=me.site.api_key)
    me.has(PASSWORD="correct horse battery")
    assert me("get", ASKED[service].format(account="ada")).code == 0
    assert me.everything_kept() == ""


def test_a_run_of_the_environment_s_account_leaves_no_session_behind(me: Person) -> None:
    me.signed_in("safelight", "ada")
    me("delete", "/v1/sessions")
    me.signed_in("safelight", "ada")

    def of_environment(*words: str) -> int:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (
                ("SERVICE", "safelight"),
                ("URL", me.site.url),
                ("USERNAME", "ada@example.com"),
                ("PASSWORD", "correct horse battery"),
            ):
                patch.setenv(f"SAFELIGHT_{name}", value)
            return me(*words).code

    assert of_environment("get", "/v1/account") == 0
    assert of_environment("get", "/v1/nothing") == 6
    assert of_environment("photos") == 0
    assert len(me("get", "/v1/sessions").json["items"]) == 1
    # What a run hands on is for whoever has it now.
    assert of_environment("token") == 0
    assert of_environment("export", "curl") == 0
    assert len(me("get", "/v1/sessions").json["items"]) == 3


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_neither_does_one_that_is_stopped(me: Person, stop: type[BaseException]) -> None:
    me.signed_in("safelight", "ada")
    me("delete", "/v1/sessions")
    me.signed_in("safelight", "ada")

    def sign_in_and_stop(quiet: timedelta) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SAFELIGHT_SERVICE", "safelight")
            patch.setenv("SAFELIGHT_URL", me.site.url)
            patch.setenv("SAFELIGHT_USERNAME", "ada@example.com")
            patch.setenv("SAFELIGHT_PASSWORD", PASSWORD)
            with open_account(choose(), no_input=True) as client:
                client.sign_in()
                client.auth.session.holding.quiet.extend(datetime.now(UTC), quiet)
                raise stop

    with pytest.raises(stop):
        sign_in_and_stop(timedelta(0))
    assert len(me("get", "/v1/sessions").json["items"]) == 1
    with pytest.raises(stop):
        sign_in_and_stop(timedelta(hours=1))  # the service wants to hear nothing
    for each in (me.folder / "sessions").glob("*.quiet"):
        each.unlink()
    assert len(me("get", "/v1/sessions").json["items"]) == 2


def test_a_device_is_written_to_and_not_replaced(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[bytes] = []
    reading = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reading.start()
    assert me("get", "/v1/account", "--output", str(pipe)).code == 0
    reading.join(30)
    assert b'"ada@example.com"' in came[0]
    assert pipe.is_fifo()


def test_a_link_leads_to_its_file(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    link.symlink_to(file)
    assert me("get", "/v1/account", "--output", str(link)).code == 0
    assert link.is_symlink()
    assert b'"ada@example.com"' in file.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted({file, link, *me.folder.parent.iterdir()})


def test_a_file_that_is_open_already_is_written_to(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    with (tmp_path / "open").open("w+b") as file:
        assert me("get", "/v1/account", "--output", f"/proc/self/fd/{file.fileno()}").code == 0
        assert b'"ada@example.com"' in file.read()


@pytest.mark.parametrize("credentials", [{"TOKEN": "t" * 40}, {"PASSWORD": PASSWORD}])
def test_a_run_of_the_environment_s_account_heeds_what_the_one_before_was_told(
    me: Person, credentials: dict[str, str]
) -> None:
    with answering(429, {"retry-after": "300"}, b"{}") as url:
        me.has(SERVICE="safelight", URL=url, USERNAME="ada", **credentials)
        assert me("get", "/v1/account").code == 7
    done = me("get", "/v1/account")  # nobody is there any more
    assert done.code == 7
    assert "asked to be left alone" in done.err
    (folder,) = (path for path in me.folder.iterdir() if path.is_dir())
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_named_profile_is_stronger_than_the_environment(me: Person) -> None:
    me.signed_in("safelight", "ada")
    me.has(TOKEN="nonsense")
    assert me("get", "/v1/account").code == 4
    assert me("get", "/v1/account", "--profile", "safelight").code == 0
    assert me("token").out == "nonsense\n"
    assert me("token", "--profile", "safelight").out not in ("", "nonsense\n")


def test_nobody_is_asked_without_a_terminal(me: Person) -> None:
    me.signed_in("safelight")
    me("delete", "/v1/sessions")
    done = me("get", "/v1/account")
    assert (done.code, is_one_line(done.err)) == (4, True)
    assert "safelight login safelight --url" in done.err
    (me.folder.parent / "password").write_text("correct horse battery\n")
    me.has(PASSWORD_FILE=str(me.folder.parent / "password"))
    assert me("get", "/v1/account").code == 0


def test_a_command_or_a_netrc_may_have_the_password(me: Person) -> None:
    me.signed_in("safelight")
    me("delete", "/v1/sessions")
    netrc = me.folder.parent / ".netrc"
    netrc.write_text('machine localhost login ada@example.com password "correct horse battery"\n')
    netrc.chmod(0o600)
    assert me("get", "/v1/account").code == 0
    netrc.unlink()
    me("delete", "/v1/sessions")
    assert me("get", "/v1/account").code == 4
    settings = me.folder / "config.toml"
    command = 'password_command = ["echo", "correct horse battery"]\n'
    settings.write_text(settings.read_text() + command)
    assert me("get", "/v1/account").code == 0
    me.login("safelight")
    assert command in settings.read_text()


def test_a_remembered_password_signs_in_again(me: Person) -> None:
    me.signed_in("safelight", "ada", "--remember")
    me("delete", "/v1/sessions")
    assert me("get", "/v1/account").code == 0
    me("logout")
    assert "correct horse battery" not in me.everything_kept()


def test_a_token_is_renewed_before_it_is_printed(me: Person) -> None:
    me.signed_in("librephotos")
    first = me("token").out
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", first)
    for kept in (me.folder / "sessions").glob("*.json"):
        text = kept.read_text()
        kept.write_text(re.sub(r'("expires_at":")\d{4}', r"\g<1>2020", text))
    assert me("token").out not in ("", first)

"""The entry point. Commands are loaded by name when they are called: the client's half must run
without the server's packages, and `--help` must not wait for them."""

from __future__ import annotations

import sys

from cyclopts import App, CycloptsError

from safelight import __version__
from safelight.errors import ConfigurationError, SafelightError

app = App(
    name="safelight",
    help="One account behind four photo services' sign-in protocols.",
    version=__version__,
    result_action="return_value",
)
app.command("safelight.cli.serve:serve", help="Start the server.")

admin = App(name="admin", help="Look after accounts, sessions, keys and backups.")
app.command(admin)

account = App(name="account", help="People: add, list, suspend, resume, delete, set-password.")
for verb in ("add", "list", "suspend", "resume", "delete", "set-password"):
    account.command(f"safelight.cli.admin.account:{verb.replace('-', '_')}_account", name=verb)

organization = App(name="organization", help="Tenants that people act for: add, join, list.")
for verb in ("add", "join", "list"):
    organization.command(f"safelight.cli.admin.organization:{verb}_organization", name=verb)

application = App(name="application", help="Programs and their API keys: add, list, remove.")
for verb in ("add", "list", "remove"):
    application.command(f"safelight.cli.admin.application:{verb}_application", name=verb)

session = App(name="session", help="Open sessions: list, end.")
for verb in ("list", "end"):
    session.command(f"safelight.cli.admin.session:{verb}_sessions", name=verb)

keys = App(name="keys", help="The server's secrets: rotate.")
keys.command("safelight.cli.admin.keys:rotate_keys", name="rotate")

for group in (account, organization, application, session, keys):
    admin.command(group)
admin.command("safelight.cli.admin.check:check", name="check")
admin.command("safelight.cli.admin.backup:back_up", name="backup")
admin.command("safelight.cli.admin.restore:restore", name="restore")
admin.command("safelight.cli.admin.prepare:prepare", name="prepare", show=False)


def main() -> None:
    """Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted."""
    try:
        code = app(exit_on_error=False)
    except CycloptsError:
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except SafelightError as error:
        print(f"safelight: {error.message}", file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()

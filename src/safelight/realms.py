"""The realms that the settings describe: who speaks which protocol, and for how long."""

from __future__ import annotations

from datetime import timedelta

from safelight.config import Settings
from safelight.identity.realm import Realm, TokenForm


def realms_of(settings: Settings) -> dict[str, Realm]:
    """Every realm by its name, with the policy that the settings give it."""
    realms = settings.realms
    shared = frozenset({"studio", "galleries"}) if settings.pixieset.single_sign_on else frozenset()
    pixieset = {
        name: Realm(
            name=name,
            protocol="pixieset",
            idle=_seconds(policy.idle_seconds),
            absolute=_seconds(policy.absolute_seconds),
            token_idle=_seconds(policy.idle_seconds),
            csrf=_seconds(policy.csrf_seconds),
            also=shared - {name},
        )
        for name, policy in (("studio", realms.studio), ("galleries", realms.galleries))
    }
    plain = {
        name: Realm(
            name=name,
            protocol=name,
            idle=_seconds(policy.idle_seconds),
            absolute=_seconds(policy.absolute_seconds),
            token_idle=_seconds(policy.idle_seconds),
            form=form,
            token_form=form,
            own_password_first=name == "web",
        )
        for name, policy, form in (
            ("recorder_monitor", realms.recorder_monitor, TokenForm.HEX),
            ("native", realms.native, TokenForm.LONG),
            ("web", realms.web, TokenForm.LONG),
        )
    }
    photoshelter = Realm(
        name="photoshelter",
        protocol="photoshelter",
        idle=_seconds(realms.photoshelter.idle_seconds),
        absolute=_seconds(realms.photoshelter.absolute_seconds),
        token_idle=_seconds(realms.photoshelter.token_idle_seconds),
        token_form=TokenForm.SHORT,
        seals=True,
        requires_api_key=True,
    )
    librephotos = Realm(
        name="librephotos",
        protocol="librephotos",
        idle=_seconds(realms.librephotos.idle_seconds),
        absolute=_seconds(realms.librephotos.absolute_seconds),
        token_idle=_seconds(realms.librephotos.idle_seconds),
        form=TokenForm.SIGNED,
        token_form=TokenForm.SIGNED,
        access=_seconds(realms.librephotos.access_seconds),
        refresh=_seconds(realms.librephotos.refresh_seconds),
        rotate=realms.librephotos.rotate_refresh,
        grace=_seconds(realms.librephotos.grace_seconds),
    )
    return {**pixieset, **plain, "photoshelter": photoshelter, "librephotos": librephotos}


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)

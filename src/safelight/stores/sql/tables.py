"""Every table. The migrations make them; a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from safelight.stores.sql.instants import Instant

metadata: MetaData = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _account_key(*, nullable: bool = False, on_delete: str = "CASCADE") -> Column[str]:
    return Column(
        "account_id", String, ForeignKey("account.id", ondelete=on_delete), nullable=nullable
    )


def _organization_key(*, nullable: bool = True) -> Column[str]:
    return Column(
        "organization_id",
        String,
        ForeignKey("organization.id", ondelete="CASCADE"),
        nullable=nullable,
    )


# --- who there is ---------------------------------------------------------------------------

account: Table = Table(
    "account",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),
    Column("username", String, nullable=False, unique=True),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("state", String, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sessions_valid_from", Instant, nullable=False),
    CheckConstraint("state IN ('active', 'suspended')", name="state"),
    sqlite_autoincrement=True,
)
"""`email_key` is the address in lower case: what an identifier is looked up by."""

password: Table = Table(
    "password",
    metadata,
    Column("account_id", String, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("encoded", String, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("must_change", Boolean, nullable=False),
)

organization: Table = Table(
    "organization",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

membership: Table = Table(
    "membership",
    metadata,
    Column("account_id", String, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "organization_id",
        String,
        ForeignKey("organization.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("role", String, nullable=False),
    CheckConstraint("role IN ('member', 'manager', 'owner')", name="role"),
)

application: Table = Table(
    "application",
    metadata,
    Column("id", String, primary_key=True),
    Column("key_digest", LargeBinary, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("owner_id", String, ForeignKey("account.id", ondelete="CASCADE"), nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=True),
)

# --- what proves who one is -----------------------------------------------------------------

session: Table = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    _organization_key(),
    Column("application_id", String, nullable=True),
    Column("realm", String, nullable=False),
    Column("carrier", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("user_agent", String, nullable=False),
    Column("address", String, nullable=False),
    Column("shown_again", Boolean, nullable=False),
    Index(None, "account_id"),
    sqlite_with_rowid=False,
)
"""`digest` is the SHA-256 of the token: the token itself is kept nowhere. For LibrePhotos' wire it
is that of the refresh token's `jti`. `shown_again`: the one repetition of RM-16 has been given."""

refresh_successor: Table = Table(
    "refresh_successor",
    metadata,
    Column("used_digest", LargeBinary, primary_key=True),
    Column("session_id", String, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("successor_jti", String, nullable=False),
    Index(None, "session_id"),
)
"""Refresh tokens that were rotated away, while their session lives (`rotate_refresh`)."""

personal_token: Table = Table(
    "personal_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=True),
    Column("last_used_at", Instant, nullable=True),
    Index(None, "account_id"),
    sqlite_with_rowid=False,
)
"""`scopes` are their words, joined by spaces."""

attempt: Table = Table(
    "attempt",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("subject", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "subject", "at"),
    Index(None, "at"),
)
"""Sign-ins that failed. `subject` is a digest of an account or an address."""

known_device: Table = Table(
    "known_device",
    metadata,
    Column("account_id", String, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("device", LargeBinary, primary_key=True),
    Column("first_seen_at", Instant, nullable=False),
)

setup_token: Table = Table(
    "setup_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("created_at", Instant, nullable=False),
)

audit: Table = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("event", String, nullable=False),
    Column("account_id", String, nullable=True),
    Column("realm", String, nullable=True),
    Column("address", String, nullable=True),
    Column("detail", String, nullable=False),
    Index(None, "account_id", "at"),
    Index(None, "at"),
)
"""`account_id` is no foreign key: what was written down outlives the account."""

# --- the library ----------------------------------------------------------------------------

photo: Table = Table(
    "photo",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    _organization_key(),
    Column("name", String, nullable=False),
    Column("description", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("md5", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("extension", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("orientation", Integer, nullable=False),
    Column("taken_at", Instant, nullable=True),
    Column("added_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("camera_make", String, nullable=False),
    Column("camera_model", String, nullable=False),
    Column("lens", String, nullable=False),
    Column("latitude", Float, nullable=True),
    Column("longitude", Float, nullable=True),
    Column("dominant_color", String, nullable=False),
    Column("visibility", String, nullable=False),
    Column("rating", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("trashed", Boolean, nullable=False),
    Index(None, "account_id", "organization_id"),
    Index(None, "organization_id"),
    Index(None, "digest"),
    Index(None, "md5"),
    CheckConstraint("visibility IN ('private', 'public')", name="visibility"),
    sqlite_autoincrement=True,
)
"""Numbers are never used twice, so that an id on a counting wire never names another photo."""

gallery: Table = Table(
    "gallery",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    _organization_key(),
    Column("name", String, nullable=False),
    Column("description", String, nullable=False),
    Column("visibility", String, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Index(None, "account_id", "organization_id"),
    Index(None, "organization_id"),
    CheckConstraint("visibility IN ('private', 'public')", name="visibility"),
    sqlite_autoincrement=True,
)

gallery_photo: Table = Table(
    "gallery_photo",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("gallery_id", String, ForeignKey("gallery.id", ondelete="CASCADE"), nullable=False),
    Column("photo_id", String, ForeignKey("photo.id", ondelete="CASCADE"), nullable=False),
    UniqueConstraint("gallery_id", "photo_id"),
    Index(None, "photo_id"),
)

customer: Table = Table(
    "customer",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    _organization_key(),
    Column("kind", String, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("phone", String, nullable=False),
    Column("company", String, nullable=False),
    Column("job_title", String, nullable=False),
    Column("notes", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "account_id", "organization_id"),
    Index(None, "organization_id"),
    CheckConstraint("kind IN ('client', 'lead', 'other')", name="kind"),
    sqlite_autoincrement=True,
)

notification: Table = Table(
    "notification",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    _account_key(),
    Column("kind", String, nullable=False),
    Column("text", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("read_at", Instant, nullable=True),
    Index(None, "account_id"),
    sqlite_autoincrement=True,
)

"""The first schema: every table that there was at first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _make_people()
    _make_credentials()
    _make_library()


def _make_people() -> None:
    op.create_table(
        "account",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sessions_valid_from", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_account_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_account_email_key")),
        sa.UniqueConstraint("id", name=op.f("uq_account_id")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "password",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("encoded", sa.String(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_password_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_password")),
    )
    op.create_table(
        "organization",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_organization")),
        sa.UniqueConstraint("id", name=op.f("uq_organization_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "membership",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint(
            "role IN ('member', 'manager', 'owner')", name=op.f("ck_membership_role")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_membership_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_membership_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "organization_id", name=op.f("pk_membership")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_application_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("key_digest", name=op.f("uq_application_key_digest")),
    )


def _make_credentials() -> None:
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("application_id", sa.String(), nullable=True),
        sa.Column("realm", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("shown_again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_session_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_session_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
        sa.UniqueConstraint("id", name=op.f("uq_session_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"])
    op.create_table(
        "refresh_successor",
        sa.Column("used_digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("successor_jti", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_refresh_successor_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("used_digest", name=op.f("pk_refresh_successor")),
    )
    op.create_index(op.f("ix_refresh_successor_session_id"), "refresh_successor", ["session_id"])
    op.create_table(
        "personal_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_personal_token_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_personal_token")),
        sa.UniqueConstraint("id", name=op.f("uq_personal_token_id")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_personal_token_account_id"), "personal_token", ["account_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"])
    op.create_index(op.f("ix_attempt_subject_at"), "attempt", ["subject", "at"])
    op.create_table(
        "known_device",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_known_device_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "device", name=op.f("pk_known_device")),
    )
    op.create_table(
        "setup_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_setup_token")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("realm", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_account_id_at"), "audit", ["account_id", "at"])
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])


def _make_library() -> None:
    op.create_table(
        "photo",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("md5", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("orientation", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("camera_make", sa.String(), nullable=False),
        sa.Column("camera_model", sa.String(), nullable=False),
        sa.Column("lens", sa.String(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("dominant_color", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("trashed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("visibility IN ('private', 'public')", name=op.f("ck_photo_visibility")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_photo_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_photo_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_photo")),
        sa.UniqueConstraint("id", name=op.f("uq_photo_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_photo_account_id_organization_id"), "photo", ["account_id", "organization_id"]
    )
    op.create_index(op.f("ix_photo_digest"), "photo", ["digest"])
    op.create_index(op.f("ix_photo_md5"), "photo", ["md5"])
    op.create_index(op.f("ix_photo_organization_id"), "photo", ["organization_id"])
    op.create_table(
        "gallery",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "visibility IN ('private', 'public')", name=op.f("ck_gallery_visibility")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_gallery_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_gallery_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_gallery")),
        sa.UniqueConstraint("id", name=op.f("uq_gallery_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_gallery_account_id_organization_id"), "gallery", ["account_id", "organization_id"]
    )
    op.create_index(op.f("ix_gallery_organization_id"), "gallery", ["organization_id"])
    op.create_table(
        "gallery_photo",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("gallery_id", sa.String(), nullable=False),
        sa.Column("photo_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["gallery_id"],
            ["gallery.id"],
            name=op.f("fk_gallery_photo_gallery_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], name=op.f("fk_gallery_photo_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_gallery_photo")),
        sa.UniqueConstraint(
            "gallery_id", "photo_id", name=op.f("uq_gallery_photo_gallery_id_photo_id")
        ),
    )
    op.create_index(op.f("ix_gallery_photo_photo_id"), "gallery_photo", ["photo_id"])
    op.create_table(
        "customer",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("organization_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("job_title", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('client', 'lead', 'other')", name=op.f("ck_customer_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_customer_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_customer_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_customer")),
        sa.UniqueConstraint("id", name=op.f("uq_customer_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_customer_account_id_organization_id"),
        "customer",
        ["account_id", "organization_id"],
    )
    op.create_index(op.f("ix_customer_organization_id"), "customer", ["organization_id"])
    op.create_table(
        "notification",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_notification_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notification")),
        sa.UniqueConstraint("id", name=op.f("uq_notification_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notification_account_id"), "notification", ["account_id"])

"""The first tables.

A migration is never changed once it was released; what it says about tables stays what they were then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _organisation()
    _person()
    _address()
    _contract()
    _pack()
    _raw_mail()
    _inbox()
    _ticket()
    _event()
    _message()
    _ticket_person()
    if op.get_bind().dialect.name != "sqlite":  # which takes a foreign key to a table that is not there yet
        op.create_foreign_key("fk_inbox_ticket_id", "inbox", "ticket", ["ticket_id"], ["id"])
    _action()
    _outbox()
    _intervention()
    _entry()
    _entry_indexes()


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("accepts_new_contacts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
        sqlite_autoincrement=True,
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("contact", "engineer", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fr", "en", "es", name="language", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'contact') = (organisation_id IS NOT NULL)", name=op.f("ck_person_contact_has_organisation")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("id", "organisation_id", name=op.f("uq_person_id_organisation_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_person_kind"), "person", ["kind"], unique=False)
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)


def _address() -> None:
    op.create_table(
        "address",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_person_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_address")),
        sa.UniqueConstraint("person_id", "position", name=op.f("uq_address_person_id_position")),
    )


def _contract() -> None:
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("referent_id", sa.Integer(), nullable=False),
        sa.Column(
            "language",
            sa.Enum("fr", "en", "es", name="language", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("engineer_group", sa.String(), nullable=False),
        sa.Column("response_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("response_minutes > 0", name=op.f("ck_contract_response_minutes")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_contract_organisation_id")),
        sa.ForeignKeyConstraint(
            ["referent_id", "organisation_id"],
            ["person.id", "person.organisation_id"],
            name=op.f("fk_contract_referent_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contract_referent_id"), "contract", ["referent_id"], unique=False)
    op.create_index(
        "uq_contract_one_active",
        "contract",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )


def _pack() -> None:
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("vat_included", sa.Boolean(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_pack_days")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_pack_minutes")),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_pack_price_cents")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_pack_contract_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("id", "contract_id", name=op.f("uq_pack_id_contract_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_pack_contract_id"), "pack", ["contract_id"], unique=False)


def _raw_mail() -> None:
    op.create_table(
        "raw_mail",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_octets", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_raw_mail")),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("raw_digest", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("mail_from", sa.String(), nullable=False),
        sa.Column("rcpt_to", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_repeated_id", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "done",
                "held",
                "noted",
                "discarded",
                "withheld",
                "parked",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum("pass", "none", "fail", name="verdict", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbox_person_id")),
        sa.ForeignKeyConstraint(["raw_digest"], ["raw_mail.digest"], name=op.f("fk_inbox_raw_digest")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_inbox_ticket_id", use_alter=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("digest", name=op.f("uq_inbox_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_inbox_message_id"), "inbox", ["message_id"], unique=False)
    op.create_index(op.f("ix_inbox_raw_digest"), "inbox", ["raw_digest"], unique=False)
    op.create_index("ix_inbox_state_next_attempt_at", "inbox", ["state", "next_attempt_at"], unique=False)
    op.create_index("ix_inbox_state_told_at", "inbox", ["state", "told_at"], unique=False)
    op.create_index(op.f("ix_inbox_ticket_id"), "inbox", ["ticket_id"], unique=False)


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "open",
                "waiting-client",
                "waiting-approval",
                "solved",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("opened_by_inbox_id", sa.Integer(), nullable=True),
        sa.Column("root_message_id", sa.String(), nullable=False),
        sa.Column("is_out_of_contract", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimate_minutes", sa.Integer(), nullable=True),
        sa.Column("allowance_minutes", sa.Integer(), nullable=True),
        sa.Column("approved_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_ticket_closed_at")),
        sa.CheckConstraint("allowance_minutes >= 0", name=op.f("ck_ticket_allowance_minutes")),
        sa.CheckConstraint("approved_minutes >= 0", name=op.f("ck_ticket_approved_minutes")),
        sa.CheckConstraint("estimate_minutes > 0", name=op.f("ck_ticket_estimate_minutes")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_ticket_assignee_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_ticket_contract_id")),
        sa.ForeignKeyConstraint(["opened_by_inbox_id"], ["inbox.id"], name=op.f("fk_ticket_opened_by_inbox_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_ticket_organisation_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_ticket_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("opened_by_inbox_id", name=op.f("uq_ticket_opened_by_inbox_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_assignee_id_state", "ticket", ["assignee_id", "state"], unique=False)
    op.create_index("ix_ticket_contract_id_state", "ticket", ["contract_id", "state"], unique=False)
    op.create_index("ix_ticket_organisation_id_state", "ticket", ["organisation_id", "state"], unique=False)
    op.create_index(op.f("ix_ticket_root_message_id"), "ticket", ["root_message_id"], unique=False)
    op.create_index("ix_ticket_state", "ticket", ["state"], unique=False)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("authenticated_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_event_inbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_event_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_event_inbox_id"), "event", ["inbox_id"], unique=False)
    op.create_index(op.f("ix_event_ticket_id"), "event", ["ticket_id"], unique=False)


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_message_inbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_message_message_id"), "message", ["message_id"], unique=False)
    op.create_index(op.f("ix_message_ticket_id"), "message", ["ticket_id"], unique=False)


def _ticket_person() -> None:
    op.create_table(
        "ticket_person",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "participant", "copied", "follower", name="part", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_person_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_person_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_person")),
    )
    op.create_index(op.f("ix_ticket_person_person_id"), "ticket_person", ["person_id"], unique=False)


def _action() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("about_inbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["about_inbox_id"], ["inbox.id"], name=op.f("fk_action_about_inbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_action_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_action_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_action_ticket_id"), "action", ["ticket_id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("mail_from", sa.String(), nullable=False),
        sa.Column("rcpt_to", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "sent", "failed", name="state", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_reply", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_outbox_inbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outbox_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
        sa.UniqueConstraint("notice_key", name=op.f("uq_outbox_notice_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_state_next_attempt_at", "outbox", ["state", "next_attempt_at"], unique=False)
    op.create_index(op.f("ix_outbox_ticket_id"), "outbox", ["ticket_id"], unique=False)


def _intervention() -> None:
    op.create_table(
        "intervention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        sa.Column("engineer_id", sa.Integer(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("worked_minutes", sa.Integer(), nullable=False),
        sa.Column("counted_minutes", sa.Integer(), nullable=False),
        sa.Column("is_free", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("corrects_id <> id", name=op.f("ck_intervention_corrects_another")),
        sa.CheckConstraint(
            "corrects_id IS NOT NULL OR (worked_minutes >= 0 AND counted_minutes >= 0)",
            name=op.f("ck_intervention_only_corrections_are_negative"),
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_intervention_contract_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["intervention.id"], name=op.f("fk_intervention_corrects_id")),
        sa.ForeignKeyConstraint(["engineer_id"], ["person.id"], name=op.f("fk_intervention_engineer_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_intervention_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_intervention_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intervention")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_intervention_corrects_id"), "intervention", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_intervention_inbox_id"), "intervention", ["inbox_id"], unique=False)
    op.create_index(op.f("ix_intervention_ticket_id"), "intervention", ["ticket_id"], unique=False)


def _entry() -> None:
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "purchase",
                "intervention",
                "reversal",
                "correction",
                "donation",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("pack_id", sa.Integer(), nullable=True),
        sa.Column(
            "cause",
            sa.Enum("exhausted", "unapproved", name="cause", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("authenticated_by", sa.String(), nullable=False),
        sa.Column("mail_digest", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("intervention_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'donation' OR (pack_id IS NOT NULL AND minutes < 0)", name=op.f("ck_entry_donation")
        ),
        sa.CheckConstraint(
            "kind <> 'purchase' OR (pack_id IS NOT NULL AND minutes > 0)", name=op.f("ck_entry_purchase")
        ),
        sa.CheckConstraint("(pack_id IS NULL) <> (cause IS NULL)", name=op.f("ck_entry_one_account")),
        sa.CheckConstraint("minutes <> 0", name=op.f("ck_entry_minutes")),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_entry_contract_id")),
        sa.ForeignKeyConstraint(["intervention_id"], ["intervention.id"], name=op.f("fk_entry_intervention_id")),
        sa.ForeignKeyConstraint(
            ["pack_id", "contract_id"], ["pack.id", "pack.contract_id"], name=op.f("fk_entry_pack_id_contract_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_entry_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_entry_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sqlite_autoincrement=True,
    )


def _entry_indexes() -> None:
    op.create_index(op.f("ix_entry_contract_id"), "entry", ["contract_id"], unique=False)
    op.create_index(op.f("ix_entry_intervention_id"), "entry", ["intervention_id"], unique=False)
    op.create_index("ix_entry_pack_id_minutes", "entry", ["pack_id", "minutes"], unique=False)
    op.create_index(op.f("ix_entry_ticket_id"), "entry", ["ticket_id"], unique=False)
    op.create_index(
        "uq_entry_mail_digest_ordinal",
        "entry",
        ["mail_digest", "ordinal"],
        unique=True,
        sqlite_where=sa.text("mail_digest <> ''"),
        postgresql_where=sa.text("mail_digest <> ''"),
    )
    op.create_index(
        "uq_entry_one_purchase",
        "entry",
        ["pack_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'purchase'"),
        postgresql_where=sa.text("kind = 'purchase'"),
    )

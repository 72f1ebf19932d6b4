"""Indexes for what is asked often of tables that grow: who was warned how often, who was told last, what no pack bears.

A migration is never changed once it was released; what it says about tables stays what they were then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("ix_outbox_person_id_kind_queued_at", "outbox", ["person_id", "kind", "queued_at"])
    _create_partial_index("ix_inbox_told_at", "inbox", "told_at", condition="told_at IS NOT NULL")
    columns = ("contract_id", "cause", "minutes")
    _create_partial_index("ix_entry_uncovered", "entry", *columns, condition="cause IS NOT NULL")


def _create_partial_index(name: str, table: str, *columns: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)

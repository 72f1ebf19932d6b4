"""What the database itself refuses: changing what was written down, and taking a pack below zero.

A migration is never changed once it was released; what it says about tables stays what they were then.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("pack", "intervention", "entry", "message", "event")


def upgrade() -> None:
    statements = _for_sqlite() if op.get_bind().dialect.name == "sqlite" else _for_postgresql()
    for statement in statements:
        op.execute(statement)


def _for_sqlite() -> list[str]:
    refusals = [
        f"""
        CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]
    return [
        *refusals,
        """
        CREATE TRIGGER entry_keeps_pack_above_zero BEFORE INSERT ON entry
        WHEN NEW.pack_id IS NOT NULL AND NEW.minutes < 0
            AND NEW.minutes + (SELECT coalesce(sum(minutes), 0) FROM entry WHERE pack_id = NEW.pack_id) < 0
        BEGIN SELECT RAISE(ABORT, 'no pack below zero'); END
        """,
    ]


def _for_postgresql() -> list[str]:
    """Return the same rules; the pack's row is locked, because two sessions do not see each other's entries."""
    refusals = [
        f"""
        CREATE TRIGGER {table}_refuses_{name} BEFORE {verbs} ON {table}
        FOR EACH {each} EXECUTE FUNCTION mailgate_refuse_change()
        """
        for table in APPEND_ONLY
        for name, verbs, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
    ]
    return [
        """
        CREATE FUNCTION mailgate_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """,
        *refusals,
        """
        CREATE FUNCTION mailgate_keep_pack_above_zero() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM pack WHERE id = NEW.pack_id FOR NO KEY UPDATE;
            IF NEW.minutes + (SELECT coalesce(sum(minutes), 0) FROM entry WHERE pack_id = NEW.pack_id) < 0 THEN
                RAISE EXCEPTION 'no pack below zero' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE TRIGGER entry_keeps_pack_above_zero BEFORE INSERT ON entry FOR EACH ROW
        WHEN (NEW.pack_id IS NOT NULL AND NEW.minutes < 0) EXECUTE FUNCTION mailgate_keep_pack_above_zero()
        """,
    ]

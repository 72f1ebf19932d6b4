"""What alembic runs to migrate: always on the connection, and in the transaction, that `database.py` hands over."""

from __future__ import annotations

from alembic import context

from mailgate.store.tables import METADATA

if context.is_offline_mode():
    raise NotImplementedError("mailgate migrates a database, it writes no scripts for it")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_server_default=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

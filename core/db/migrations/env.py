"""Run migrations on the connection that `core.db.migrate` hands over."""

from alembic import context

from core.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()

"""Run migrations on the connection handed over by ``storage.catalogue.engine`` (one transaction for all)."""

from alembic import context

from storage.catalogue.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

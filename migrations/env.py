"""Run migrations on the connection that `consent.wiring` hands in; one at a time, all in one transaction."""

from __future__ import annotations

from alembic import context

from consent.records import tables  # noqa: F401 - fills the metadata
from consent.records.base import metadata


def run() -> None:
    """Migrate the connection found in the configuration's attributes."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()

"""What a WSGI server loads: `gunicorn app:app`; and `flask --app app consent --help`."""

from __future__ import annotations

from consent.cli import with_commands
from consent.wiring import create_app

app = create_app()
app.cli.add_command(with_commands(), "consent")

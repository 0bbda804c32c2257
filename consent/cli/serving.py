"""`consent serve`: the web server and the worker beside it, on the embedded default or whatever is set."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from consent import wiring
from consent.acts import invitations, upkeep

WORKER_PAUSE_SECONDS = 5


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our options; each web process opens the house for itself."""

    def __init__(self, options: dict[str, Any], worker: subprocess.Popen[bytes]) -> None:
        self.options = options
        self.worker = worker
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its options."""
        fixed: dict[str, Any] = {
            "worker_class": "gthread",
            "workers": 2,
            "threads": 4,
            "timeout": 120,
            "graceful_timeout": 20,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "consent",
            "on_exit": lambda _server: self.worker.terminate(),
        }
        for name, value in {**fixed, **self.options}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - gunicorn's own signature
        """Return the WSGI application of one web process."""
        return wiring.create_app()


@click.command()
@click.option("--demo", is_flag=True, help="Serve a demo hospital in a folder of its own.")
def serve(demo: bool) -> None:
    """Serve the pages, with the worker for notices and nightly upkeep beside them."""
    if demo:
        os.environ["CONSENT_DEMO"] = "yes"
    settings = wiring.settings_from()
    house = wiring.make_house(settings)
    if demo:
        from consent.cli import demo as demo_hospital

        demo_hospital.furnish(house, settings)
    click.echo(f"Open {settings.public_url}")
    link = invitations.first_link(house)
    if link:
        click.echo(f"First start: set up the administrator with this link, once: {link}")
    house.engine.dispose()
    options = {"bind": f"{settings.bind}:{settings.port}"}
    if settings.tls_certificate and settings.tls_key:
        options |= {"certfile": str(settings.tls_certificate), "keyfile": str(settings.tls_key)}
    worker = subprocess.Popen([sys.executable, "-m", "consent.cli", "work"])
    try:
        Server(options, worker).run()
    finally:
        worker.terminate()


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def work(once: bool) -> None:
    """Send what is owed and do the nightly upkeep, again and again. `serve` starts one; more may run."""
    house = wiring.make_house(wiring.settings_from())
    parent = os.getppid()
    while True:
        upkeep.work_once(house)
        if once or os.getppid() != parent:
            return
        time.sleep(WORKER_PAUSE_SECONDS)


COMMANDS = (serve, work)

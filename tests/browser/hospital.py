"""A whole hospital that answers on a loopback port, and the people in it with their real ways in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyotp
from flask import Flask
from werkzeug.serving import make_server

from consent.acts import unlocking
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.rules.access import Role
from tests.factory import START, Clock, Factory, make_house
from tests.listening import kept_port
from tests.staffroom import PASSWORD, make_app, new_person, with_second_factor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

T = TypeVar("T")
PIN = "482913"


class RunningClock(Clock):
    """A clock that runs by itself, as in a hospital, and that a test can also put forward."""

    def __init__(self) -> None:
        super().__init__(START)
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._begun)


@dataclass(frozen=True)
class Person:
    """Somebody on the staff, with the telephone that shows the codes."""

    actor: Actor
    name: str
    email: str
    phone: pyotp.TOTP


def aside(work: Callable[[], T]) -> T:
    """Do it in another thread: sealing runs an event loop, and the browser's runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


class Server:
    """The web server on its port. It can be stopped and started again, and be made to fail as servers do."""

    def __init__(self, port: int, app: Flask) -> None:
        self._port, self.app = port, app
        self.trouble: Callable[[WSGIApplication, WSGIEnvironment, StartResponse], Iterable[bytes]] | None = None
        self.start()

    def start(self) -> None:
        """Answer on the port."""
        self._server = make_server("127.0.0.1", self._port, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more: whoever comes is refused."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.trouble is not None:
            return self.trouble(self.app, environ, start_response)
        return self.app(environ, start_response)


@dataclass
class Hospital:
    """The running application, and behind it the house for what no page shows."""

    address: str
    house: House
    clock: RunningClock
    factory: Factory
    server: Server

    def person(self, name: str, *roles: Role) -> Person:
        """Somebody who took an invitation, set a password and has a second factor."""
        email = name.lower().replace(" ", ".") + "@hospital.example"
        actor = new_person(self.house, *roles, name=name, email=email)
        phone, _ = with_second_factor(self.house, actor)
        # A code counts once: the next sign-in is half a minute later.
        self.clock.pass_(seconds=31)
        return Person(Actor("staff", actor.id, actor.roles, actor.unit, second_factor=True), name, email, phone)

    def set_pin(self, person: Person) -> None:
        """Give the person the PIN that unlocks a tablet."""
        unlocking.set_pin(self.house, person.actor, PASSWORD, PIN)


@contextmanager
def open_hospital(url: str, folder: Path) -> Iterator[Hospital]:
    """Open a hospital with an organisation, accounts and approved forms; close it at the end."""
    with kept_port() as port:
        clock, address = RunningClock(), f"http://127.0.0.1:{port}"
        house = make_house(url, folder, clock, public_url=address)
        factory = Factory(house, clock)
        factory.ready_organisation()
        server = Server(port, make_app(house))
        yield Hospital(address, house, clock, factory, server)
        server.stop()
        house.engine.dispose()

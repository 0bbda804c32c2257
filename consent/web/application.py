"""The Flask application, from a house and a few flags. Called by the wiring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, g
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from consent.acts.house import House
from consent.web import gate, light, menu, staff_login
from consent.web.components import components
from consent.web.desk import Desk, Registry
from consent.web.desks import DESKS
from consent.web.head import HeadAsGet


@dataclass(frozen=True)
class Front:
    """What the pages need to know of the installation besides the house."""

    templates: Path
    secret_key: bytes
    behind_proxy: bool = False
    extra_hosts: tuple[str, ...] = ()


def make_application(house: House, front: Front, desks: tuple[Desk, ...] = DESKS) -> Flask:
    """Return the application with every desk behind the gate."""
    app = Flask("consent.web", static_folder=str(Path(__file__).parent / "static"), static_url_path="/static")
    address = urlsplit(house.terms.public_url)
    app.config.update(
        SECRET_KEY=front.secret_key,
        SESSION_COOKIE_NAME="consent",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=address.scheme == "https",
        TRUSTED_HOSTS=[address.hostname or "127.0.0.1", *front.extra_hosts],
        MAX_CONTENT_LENGTH=52 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=72),
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,
        # Pages send no referrer on purpose; the token alone decides.
        WTF_CSRF_SSL_STRICT=False,
    )
    if front.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    app.wsgi_app = HeadAsGet(app.wsgi_app)  # type: ignore[method-assign]
    # A doubled slash is another address, which is not there: no redirect is built from what the request says.
    app.url_map.merge_slashes = False
    app.jinja_loader = FileSystemLoader(front.templates)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["nhsuk"] = components()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.session_interface = light.PagesOnly()
    registry = Registry(desks)
    gate.install(app, house, registry)
    CSRFProtect(app)
    # Its own context processor would ask the database again while the page says that there is none.
    login = LoginManager(app, add_context_processor=False)
    staff_login.install(login, house)
    app.context_processor(lambda: _always(house))
    for desk in desks:
        app.register_blueprint(desk)
    app.extensions["consent.registry"] = registry
    return app


def _always(house: House) -> dict[str, object]:
    return {
        "demo": house.terms.demo,
        "nonce": g.get("nonce", ""),
        "zone": house.terms.zone,
        "visit": g.get("visit"),
        "nav": menu.nav(),
        "limit": g.get("limit"),
    }

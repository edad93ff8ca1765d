"""The application factory; besides cli.py and server/scheduler.py alone in importing every feature."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import IntegerConverter, Map

from activitylog import audited  # noqa: F401  (registers the audited tables)
from activitylog.accounts import guards
from activitylog.accounts.guards import OfficeDevices, login
from activitylog.accounts.providers import routes as providers
from activitylog.accounts.rules import duties_in
from activitylog.core.database import TRAIL_KEYS, db, feature_modules, make_engine, packaged_folder
from activitylog.office.queries import CurrentSettings
from activitylog.pages import layout
from activitylog.pages.access import routes as access
from activitylog.settings import Settings
from activitylog.surveys.attendee.routes import AttendeeApp
from activitylog.web import errors, headers, limits, requests
from activitylog.web.forms import csrf
from activitylog.web.headers import PageSessionInterface
from activitylog.web.proxies import BehindProxies
from activitylog.web.requests import LARGEST_RECORD_NUMBER

ATTENDEES = "/s"  # the prefix of the attendees' application


class RecordNumber(IntegerConverter):
    """The number of a record in an address; one too large for a database key is answered with 404."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_RECORD_NUMBER)


def create_app(settings: Settings) -> Flask:
    """A configured application; opens no connection yet."""
    app = Flask("activitylog", template_folder=str(packaged_folder("templates")))
    app.config.update(_configuration(settings))
    app.url_map.converters["int"] = RecordNumber
    engine = make_engine(settings.database_url)
    current = CurrentSettings(settings, engine, lambda found: _follow(app, found))
    app.extensions["current_settings"] = current
    app.session_interface = PageSessionInterface()
    db.init_app(app)
    login.init_app(app)
    limiter = limits.Limiter(settings.redis_url)
    limits.register(app, limiter)
    requests.register(app)
    csrf.init_app(app)
    app.before_request(guards.guard)
    app.before_request(guards.set_actor)
    app.before_request(guards.note_device)
    app.before_request(requests.begin_write)
    errors.register(app)
    app.extensions[errors.ENDED_SESSION] = guards.stale_token
    headers.register(app, lambda: current.now().public_url)
    app.extensions[guards.SECOND_FACTOR_ROLES] = lambda: frozenset(
        duties_in(current.now().second_factor_roles)
    )
    layout.register(app)
    providers.register(app, settings)
    access.register(app)
    _register_features(app)
    attendees = AttendeeApp(current, engine, limiter, app.jinja_env, is_staff=OfficeDevices(app).is_signed_in)
    app.extensions["attendees"] = attendees
    rooms = DispatcherMiddleware(app.wsgi_app, {ATTENDEES: attendees})
    behind = BehindProxies(rooms, settings.trusted_proxies) if settings.trusted_proxies else rooms
    app.wsgi_app = behind  # type: ignore[method-assign]
    return app


def _configuration(settings: Settings) -> dict[str, object]:
    return {
        **_cookies(settings),
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"execution_options": {TRAIL_KEYS: settings.trail_keys}},
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_DURATION": timedelta(days=90),
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=30),
        "WTF_I18N_ENABLED": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": requests.LARGEST_FORM,
        "MAX_FORM_PARTS": 2000,
    }


def _follow(app: Flask, settings: Settings) -> None:
    """Let cookies and the attendees' pages be those of changed settings."""
    app.config.update(_cookies(settings))
    app.extensions["attendees"].pages.prepared.cache_clear()


def _cookies(settings: Settings) -> dict[str, object]:
    """Cookies of an office with https travel by https only."""
    https = settings.public_url.startswith("https:")
    return {"SESSION_COOKIE_SECURE": https, "REMEMBER_COOKIE_SECURE": https}


def _register_features(app: Flask) -> None:
    """Register the blueprint of every `routes`; the attendees' have none."""
    for module in feature_modules("routes"):
        if hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)

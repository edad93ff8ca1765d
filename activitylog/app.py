"""The application factory; with cli.py and scheduler.py the only module that knows every feature."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from activitylog import audited  # noqa: F401  (the trail records what every session writes)
from activitylog.accounts import access
from activitylog.accounts import routes as accounts_routes
from activitylog.accounts.devices import OfficeDevices
from activitylog.activities import photo_routes, upload_routes
from activitylog.desk import activities as desk_activities
from activitylog.desk import (
    calendar_feed,
    changes_page,
    frame,
    home,
    look,
    me,
    pasting,
    phone,
    review,
    review_setting,
    trail_page,
    venues,
)
from activitylog.extensions import csrf, db, login
from activitylog.migrating import beside_package
from activitylog.milestones import routes as milestones_routes
from activitylog.publicity import routes as publicity_routes
from activitylog.rollup import routes as rollup_routes
from activitylog.rollup import rule_routes
from activitylog.rollup.deviations import routes as deviation_routes
from activitylog.rollup.entries import routes as entry_routes
from activitylog.rollup.exports import routes as export_routes
from activitylog.rollup.judgements import routes as judgement_routes
from activitylog.rollup.periods import routes as period_routes
from activitylog.rollup.promises import routes as promise_routes
from activitylog.rollup.weights import routes as weight_routes
from activitylog.settings import Settings
from activitylog.spending import routes as spending_routes
from activitylog.surveys import (
    answer_routes,
    download_routes,
    entrance_routes,
    host_routes,
    print_routes,
    questionnaire_routes,
    result_routes,
    tally_routes,
)
from activitylog.surveys import routes as surveys_routes
from activitylog.surveys.public_app import PREFIX, AttendeeApp
from activitylog.web import bodies, compiled, errors, headers, limiting
from activitylog.web.sessions import PageSessions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FEATURES = (
    home,
    me,
    calendar_feed,
    phone,
    look,
    trail_page,
    changes_page,
    desk_activities,
    photo_routes,
    upload_routes,
    review,
    review_setting,
    pasting,
    venues,
    rollup_routes,
    promise_routes,
    rule_routes,
    entry_routes,
    judgement_routes,
    deviation_routes,
    weight_routes,
    period_routes,
    export_routes,
    surveys_routes,
    answer_routes,
    entrance_routes,
    result_routes,
    download_routes,
    tally_routes,
    host_routes,
    questionnaire_routes,
    print_routes,
    publicity_routes,
    milestones_routes,
    spending_routes,
    accounts_routes,
)
LARGEST_RECORD_NUMBER = 2**31 - 1


class RecordNumber(IntegerConverter):
    """The number of a record in an address; one that no database key can hold is simply not there."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_RECORD_NUMBER)


def create_app(settings: Settings) -> Flask:
    """A configured application; opens no connection yet."""
    app = Flask("activitylog", template_folder=str(beside_package("templates")))
    app.config.update(_configuration(settings))
    app.url_map.converters["int"] = RecordNumber
    app.extensions["activitylog"] = settings
    app.session_interface = PageSessions()
    compiled.register(app)
    db.init_app(app)
    login.init_app(app)
    limiter = limiting.Limiter(settings.redis_url)
    limiting.register(app, limiter)
    bodies.register(app)
    csrf.init_app(app)
    app.before_request(access.guard)
    app.before_request(access.sign_writes)
    errors.register(app)
    headers.register(app)
    frame.register(app)
    _register_features(app)
    attendees = AttendeeApp(settings, limiter, app.jinja_env, is_staff=OfficeDevices(app).sent)
    app.extensions["attendees"] = attendees
    app.wsgi_app = _two_doors(app.wsgi_app, attendees)  # type: ignore[assignment]
    return app


def _two_doors(office: "WSGIApplication", attendees: "WSGIApplication") -> "WSGIApplication":
    """One address for both applications: /s/… belongs to attendees."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        door = attendees if environ["PATH_INFO"].startswith(PREFIX) else office
        return door(environ, start_response)

    return serve


def _configuration(settings: Settings) -> dict[str, object]:
    https = settings.public_url.startswith("https:")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_DURATION": timedelta(days=90),
        "PERMANENT_SESSION_LIFETIME": timedelta(minutes=30),
        "WTF_I18N_ENABLED": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": bodies.LARGEST_FORM,
        "MAX_FORM_PARTS": 2000,
    }


def _register_features(app: Flask) -> None:
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)

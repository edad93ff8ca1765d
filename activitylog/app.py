"""The application factory; besides cli.py and server/scheduler.py alone in importing every feature."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import IntegerConverter, Map

from activitylog import audited  # noqa: F401  (registers the audited tables)
from activitylog.accounts import guards
from activitylog.accounts import routes as accounts_routes
from activitylog.accounts.devices import OfficeDevices
from activitylog.activities.calendar import routes as calendar_routes
from activitylog.activities.photos import routes as photos_routes
from activitylog.activities.photos import upload_routes
from activitylog.activities.review import routes as review_setting_routes
from activitylog.activities.venues import routes as venues_routes
from activitylog.core.database import db
from activitylog.core.schema import packaged_folder
from activitylog.expenses import routes as expenses_routes
from activitylog.indicators.rules import routes as rules_routes
from activitylog.indicators.targets import routes as targets_routes
from activitylog.indicators.weights import routes as weights_routes
from activitylog.milestones import routes as milestones_routes
from activitylog.pages import layout
from activitylog.pages.account import routes as account_routes
from activitylog.pages.activity import routes as activity_routes
from activitylog.pages.assets import routes as assets_routes
from activitylog.pages.changes import routes as changes_routes
from activitylog.pages.deviation import routes as deviation_routes
from activitylog.pages.health import routes as health_routes
from activitylog.pages.home import routes as home_routes
from activitylog.pages.indicator import routes as indicator_routes
from activitylog.pages.judgement import routes as judgement_routes
from activitylog.pages.manual import routes as manual_routes
from activitylog.pages.offline import routes as offline_routes
from activitylog.pages.paste import routes as paste_routes
from activitylog.pages.period import routes as period_routes
from activitylog.pages.preferences import routes as preferences_routes
from activitylog.pages.project import routes as project_routes
from activitylog.pages.review import routes as review_routes
from activitylog.pages.trail import routes as trail_routes
from activitylog.publicity import routes as publicity_routes
from activitylog.reports.exports import routes as export_routes
from activitylog.settings import Settings
from activitylog.surveys.access import routes as access_routes
from activitylog.surveys.answers import routes as answers_routes
from activitylog.surveys.attendee.routes import AttendeeApp
from activitylog.surveys.hosts import routes as hosts_routes
from activitylog.surveys.paper import routes as paper_routes
from activitylog.surveys.posters import routes as posters_routes
from activitylog.surveys.questionnaires import routes as questionnaires_routes
from activitylog.surveys.results import routes as results_routes
from activitylog.web import errors, headers, limits, request_limits
from activitylog.web.extensions import csrf, login
from activitylog.web.session_cookies import PageSessionInterface

FEATURES = (
    health_routes,
    assets_routes,
    home_routes,
    account_routes,
    calendar_routes,
    offline_routes,
    preferences_routes,
    trail_routes,
    changes_routes,
    activity_routes,
    photos_routes,
    upload_routes,
    review_routes,
    review_setting_routes,
    paste_routes,
    venues_routes,
    project_routes,
    indicator_routes,
    targets_routes,
    rules_routes,
    manual_routes,
    judgement_routes,
    deviation_routes,
    weights_routes,
    period_routes,
    export_routes,
    answers_routes,
    access_routes,
    results_routes,
    paper_routes,
    hosts_routes,
    questionnaires_routes,
    posters_routes,
    publicity_routes,
    milestones_routes,
    expenses_routes,
    accounts_routes,
)
LARGEST_RECORD_NUMBER = 2**31 - 1
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
    app.extensions["activitylog"] = settings
    app.session_interface = PageSessionInterface()
    db.init_app(app)
    login.init_app(app)
    limiter = limits.Limiter(settings.redis_url)
    limits.register(app, limiter)
    request_limits.register(app)
    csrf.init_app(app)
    app.before_request(guards.guard)
    app.before_request(guards.set_actor)
    errors.register(app)
    headers.register(app)
    layout.register(app)
    _register_features(app)
    attendees = AttendeeApp(settings, limiter, app.jinja_env, is_staff=OfficeDevices(app).is_signed_in)
    app.extensions["attendees"] = attendees
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {ATTENDEES: attendees})  # type: ignore[method-assign]
    return app


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
        "MAX_CONTENT_LENGTH": request_limits.LARGEST_FORM,
        "MAX_FORM_PARTS": 2000,
    }


def _register_features(app: Flask) -> None:
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)

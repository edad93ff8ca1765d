"""The application for any other WSGI server: `wsgi:app` here, `activitylog.wsgi:app` when installed."""

from activitylog.app import create_app
from activitylog.settings import Settings

app = create_app(Settings.from_env())

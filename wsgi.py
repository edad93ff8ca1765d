"""The application for any other WSGI server: `wsgi:app` here, `activitylog.wsgi:app` when installed."""

import os

from activitylog.app import create_app
from activitylog.settings import PRIVATE_MASK, Settings

os.umask(PRIVATE_MASK)

app = create_app(Settings.from_env())

"""Health checks: the process answers, and its database has this version's schema."""

from flask import Blueprint, Response
from sqlalchemy import text

from activitylog.accounts.guards import public
from activitylog.core.database import db, has_current_schema

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """The database is reachable and has this version's schema."""
    connection = db.session.connection()
    connection.execute(text("SELECT 1"))
    if not has_current_schema(connection):
        return Response("database not migrated\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")

"""What every page asks for: its assets, what the person may do; and whether the system is well."""

from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, request
from flask_login import current_user
from sqlalchemy import text

from activitylog.accounts.guards import public, signed_in_user
from activitylog.accounts.rules import Permission, may
from activitylog.activities.review.queries import MOST_COUNTED, awaiting_review_count
from activitylog.core.database import db
from activitylog.core.schema import is_current
from activitylog.rollup.periods.operations import adjustment_notice, late_entry_notice
from activitylog.web import assets, formats
from activitylog.web.preferences import COOKIE, look_of

blueprint = Blueprint("layout", __name__)


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
    if not is_current(connection):
        return Response("database not migrated\n", status=503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/assets/<digest>/<path:name>")
@public
def asset(digest: str, name: str) -> Response:
    """The stylesheet or a script; its address carries its digest, so it may be kept for ever."""
    bundle = assets.bundles().get(name)
    if bundle is None:
        abort(404)
    is_gzipped = request.accept_encodings["gzip"] > 0
    response = Response(
        bundle.gzipped if is_gzipped else bundle.content,
        content_type=f"{bundle.mimetype}; charset=utf-8",
        headers={"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if is_gzipped else {}),
    )
    if digest == bundle.digest:
        response.cache_control.public = True
        response.cache_control.max_age = 31_536_000
        response.cache_control.immutable = True
    return response


def _context() -> dict[str, Any]:
    role = getattr(current_user, "role", None)
    return {
        "asset_url": assets.asset_url,
        "import_map": assets.import_map,
        "preloads": assets.preloads,
        "look": look_of(request.cookies.get(COOKIE)),
        "may_log": role is not None and may(role, Permission.LOG),
        "may_review": role is not None and may(role, Permission.REVIEW),
        "review_count": _review_count,
        "may_edit_rules": role is not None and may(role, Permission.EDIT_RULES),
        "may_roll_up": role is not None and may(role, Permission.ROLL_UP),
        "may_set_review": role is not None and may(role, Permission.SET_REVIEW),
        "may_audit": role is not None and may(role, Permission.AUDIT),
        "change_notice": _change_notice,
        "late_notice": _late_notice,
    }


def _change_notice(*days: date | None) -> str:
    """What closed months make of changing or withdrawing a record of these days."""
    return adjustment_notice(db.session(), days)


def _late_notice(year: int) -> str:
    """What closed months make of one more record of that year."""
    return late_entry_notice(db.session(), year)


def _review_count() -> str:
    """How many activities wait for the person's review, as the navigation says it; nothing for none."""
    if "review_count" not in g:
        g.review_count = awaiting_review_count(db.session(), signed_in_user())
    return f"{MOST_COUNTED - 1}+" if g.review_count >= MOST_COUNTED else str(g.review_count or "")


def register(app: Flask) -> None:
    formats.register(app)
    app.context_processor(_context)
    app.register_blueprint(blueprint)

"""Serves the stylesheet, the scripts and the icon."""

from flask import Blueprint, Response, abort, request

from activitylog.accounts.guards import public
from activitylog.web import assets

ONE_YEAR = 31_536_000  # seconds

blueprint = Blueprint("assets", __name__)


@blueprint.get("/assets/<digest>/<path:name>")
@public
def asset(digest: str, name: str) -> Response:
    """One asset; cached without limit when the address carries the digest of its current content."""
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
        response.cache_control.max_age = ONE_YEAR
        response.cache_control.immutable = True
    return response

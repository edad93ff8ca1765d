"""After every request: an entry for a file that was downloaded, or a page that was refused to a person.

Photos and posters are shown rather than downloaded, hundreds a visit, and are none of it.
The answer is decided by then. The entry is written by a connection of its own, in one short transaction, so
that no reading request takes the write lock for longer, and no anonymous one at all.
"""

import logging
from http import HTTPStatus

from flask import Flask, Response, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.http import parse_options_header

from activitylog.accounts.guards import signed_in_user
from activitylog.audit.capture import store_changes
from activitylog.audit.changes import Change
from activitylog.core.actor import Actor
from activitylog.core.database import begin_writing, db
from activitylog.web.limits import limiter

NOT_NOTED = frozenset({"ledger.template"})  # nothing of the office is in it
REFUSALS_A_MINUTE = 20  # of a person; who tries more is named twenty times
LONGEST_PATH = 200
_log = logging.getLogger(__name__)


def _note(response: Response) -> Response:
    change = _change(response)
    if change is None or not current_user.is_authenticated:
        return response
    user = signed_in_user()
    if change.verb == "refused" and not limiter().allows(REFUSALS_A_MINUTE, "refused", str(user.id)):
        return response
    actor = Actor(user.name, request.remote_addr or "", user_id=user.id)
    try:
        with Session(db.engine) as session:
            begin_writing(session)
            store_changes(session, [change], actor=actor)
            session.commit()
    except SQLAlchemyError:
        _log.exception("no entry about %s of %s", change.verb, change.name)
    return response


def _change(response: Response) -> Change | None:
    """What this answer is an entry for; None for nearly all."""
    path = {"path": request.full_path.rstrip("?")[:LONGEST_PATH]}
    if response.status_code == HTTPStatus.FORBIDDEN:
        return Change("page", None, request.path[:LONGEST_PATH], "refused", after=path)
    kind, options = parse_options_header(response.headers.get("Content-Disposition"))
    if kind != "attachment" or response.status_code != HTTPStatus.OK or request.endpoint in NOT_NOTED:
        return None
    return Change("download", None, options.get("filename", ""), "downloaded", after=path)


def register(app: Flask) -> None:
    app.after_request(_note)

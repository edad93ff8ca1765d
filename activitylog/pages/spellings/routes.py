"""The page of pairs of spellings, and merging one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import Missing
from activitylog.pages.spellings.models import SpellingPair
from activitylog.pages.spellings.operations import merge_spelling
from activitylog.pages.spellings.page import pair_lines

blueprint = Blueprint("spellings", __name__, url_prefix="/spellings")


@blueprint.get("")
@needs(Permission.EDIT_VENUES)
def index() -> ResponseReturnValue:
    """The pairs that wait for a decision."""
    return render_template("spellings/index.html", lines=pair_lines(db.session()))


@blueprint.post("/<int:pair_id>/merge")
@needs(Permission.EDIT_VENUES)
def merge(pair_id: int) -> ResponseReturnValue:
    """Merge one pair."""
    session = db.session()
    pair = session.get(SpellingPair, pair_id)
    if pair is None:
        raise Missing("没有这一对写法，请从列表重新进入。")
    merge_spelling(session, pair, by=signed_in_user(), now=utc_now())
    session.commit()
    flash(f"已合并，今后都写作“{pair.stays}”。", "success")
    return redirect(url_for(".index"))

"""The person's notices: listed, opened, marked as read; and their monthly letters."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db, start_writing
from activitylog.core.period import Period, utc_now
from activitylog.notices.letters.queries import letter_of
from activitylog.notices.operations import mark_all_read, mark_read
from activitylog.notices.queries import own_notice
from activitylog.pages.notices.page import LetterPage, notices_page
from activitylog.web.forms import record_version
from activitylog.web.requests import bounded_int

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
@needs(Permission.SIGN_IN)
def index() -> ResponseReturnValue:
    """The newest notices, and what waits for the person."""
    page = notices_page(
        db.session(), signed_in_user(), request.args.get("page", 1, type=bounded_int), now=utc_now()
    )
    return render_template("notices/index.html", page=page)


@blueprint.get("/<int:notice_id>")
@needs(Permission.SIGN_IN)
def show(notice_id: int) -> ResponseReturnValue:
    """Mark it as read and go where the thing is done."""
    notice = own_notice(db.session(), signed_in_user().id, notice_id)
    if notice.read_at is None:
        start_writing(db.session())
        notice = own_notice(db.session(), signed_in_user().id, notice_id)
        mark_read(db.session(), notice, now=utc_now())
        db.session.commit()
    return redirect(notice.address)


@blueprint.post("/read")
@needs(Permission.SIGN_IN)
def read_all() -> ResponseReturnValue:
    """Mark all as read, up to the newest that the page showed."""
    newest = record_version(request.form.get("newest"))
    count = mark_all_read(db.session(), signed_in_user().id, up_to=newest, now=utc_now())
    db.session.commit()
    flash(f"已把 {count} 条标为已读。" if count else "没有未读的通知。", "success")
    return redirect(url_for(".index"))


@blueprint.get("/letters/<period>")
@needs(Permission.SIGN_IN)
def letter(period: str) -> ResponseReturnValue:
    """The letter of a month to the person, as it was sent."""
    month = Period.parse(period)
    page = LetterPage(letter_of(db.session(), signed_in_user().id, month))
    return render_template("notices/letter.html", page=page, shown_period=month)

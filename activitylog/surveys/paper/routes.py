"""The page of an activity's paper tallies, each with an optional photo of its sheet."""

from datetime import date
from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import check_upload, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.plausibility.operations import check_confirmed, confirm_heads
from activitylog.activities.plausibility.queries import reviewed
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db, start_writing
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Busy, Missing, Refused, UnusableFile
from activitylog.files.models import StoredFile
from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.routes import file_store, send_stored
from activitylog.files.store import FileStore
from activitylog.surveys import queries
from activitylog.surveys.forms import PaperTallyForm, WithdrawTallyForm
from activitylog.surveys.models import PaperTally
from activitylog.surveys.paper import operations
from activitylog.surveys.paper.page import PaperPage
from activitylog.web import records
from activitylog.web.requests import takes_files

REPEATED = "同样的一份刚刚已登记，没有重复添加；确有两份的，请把份数合在一起登记。"
LARGEST_SHEET = 20 * 1024 * 1024  # bytes of a phone's photo
blueprint = Blueprint("paper", __name__, url_prefix="/activities/<no>/tallies")


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


@blueprint.route("", methods=["GET", "POST"])
@needs(Permission.LOG)
@takes_files(largest=LARGEST_SHEET)
def add(no: str) -> ResponseReturnValue:
    """Add a paper tally with its photo; list the earlier ones."""
    form = PaperTallyForm(recorded_on=business_day(utc_now()))
    with file_store().intake() as files:
        is_added = records.is_added(
            form, lambda: _add(form, no, files), added="纸质问卷已登记。", repeated=REPEATED
        )
    if not is_added:
        return _page(_activity(no), form)
    return redirect(url_for(".add", no=no))


@blueprint.get("/<int:tally_id>.jpg")
@needs(Permission.READ)
def sheet(no: str, tally_id: int) -> Response:
    """The photo of a tally's sheet."""
    return _photo(_tally(no, tally_id).sheet, f"{no}-{tally_id}.jpg")


@blueprint.get("/<int:tally_id>-small.jpg")
@needs(Permission.READ)
def small_sheet(no: str, tally_id: int) -> Response:
    """The photo in the list's size."""
    return _photo(_tally(no, tally_id).small_sheet, f"{no}-{tally_id}-small.jpg")


def _tally(no: str, tally_id: int) -> PaperTally:
    return operations.paper_tally(db.session(), _activity(no).id, tally_id)


def _photo(file: StoredFile | None, name: str) -> Response:
    if file is None:
        raise Missing("这份登记没有原表照片。")
    return send_stored(file, name=name, is_inline=True)


@blueprint.post("/withdraw")
@needs(Permission.LOG)
def withdraw(no: str) -> ResponseReturnValue:
    """Withdraw a paper tally."""
    activity = _activity(no)
    form = WithdrawTallyForm()
    if not form.validate_on_submit():
        raise BadInput("请填写撤回原因（最多 200 个字），再撤回这份登记。")
    operations.withdraw_paper_tally(
        db.session(),
        activity_id=activity.id,
        tally_id=form.tally_id.data,
        reason=form.reason.data,
        now=utc_now(),
    )
    db.session.commit()
    flash("这份登记已撤回，不再计入统计。", "success")
    return redirect(url_for(".add", no=no))


def _add(form: PaperTallyForm, no: str, files: FileStore) -> PaperTally:
    _activity(no)
    sheet = _stored_sheet(files)
    start_writing(db.session())
    activity, user, now = _activity(no), signed_in_user(), utc_now()
    pile = tuple(form.counts.values())
    doubts = operations.doubts_of_pile(db.session(), activity, pile, by=user, now=now)
    check_confirmed(doubts, is_confirmed=form.heads_confirmed.data)
    tally = operations.add_paper_tally(
        db.session(),
        activity_id=activity.id,
        **form.counts,
        recorded_on=cast(date, form.recorded_on.data),
        sheet=sheet,
        by=user,
        now=now,
    )
    confirm_heads(db.session(), activity, doubts, by=user, now=now)
    return tally


def _stored_sheet(files: FileStore) -> StoredPicture | None:
    """The uploaded photo, checked and stored; None when there is none."""
    sent = request.files.get("sheet")
    if sent is None or not sent.filename:
        return None
    try:
        check_upload(files)
        return store_picture(files, sent.stream, sent.filename)  # type: ignore[arg-type]
    except (UnusableFile, Refused, Busy) as refusal:
        raise BadInput(str(refusal), field="sheet") from refusal


def _page(activity: Activity, form: PaperTallyForm) -> ResponseReturnValue:
    session = db.session()
    page = PaperPage(
        activity=activity,
        doubts=reviewed(session, activity, operations.doubts_of_piles(session, [activity])[activity.id]),
        tallies=queries.paper_tallies(session, activity.id),
        summary=queries.survey_summary(session, activity.id),
    )
    return render_template("surveys/tallies.html", page=page, form=form), 422 if form.errors else 200

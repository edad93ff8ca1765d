"""Judging qualitative indicators: the page with its evidence, the judgement, and its confirmation."""

from collections.abc import Sequence
from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import check_upload, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db, start_writing
from activitylog.core.period import Period, business_day, utc_now
from activitylog.errors import BadInput, Busy, Refused, UnusableFile
from activitylog.files.forms import pending_documents
from activitylog.files.operations import StoredDocument, store_document
from activitylog.files.routes import file_store, send_stored
from activitylog.indicators.judgements import operations
from activitylog.indicators.judgements.forms import JudgementForm
from activitylog.indicators.judgements.queries import judgement_file, visible_judgement
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.queries import visible_indicator
from activitylog.pages.judgement.page import initial_files, initial_values, judgement_page
from activitylog.projects.models import Indicator
from activitylog.rollup.periods.queries import period_to_show
from activitylog.web.paging import neighbour_links
from activitylog.web.requests import takes_files

LARGEST_UPLOAD = 60 * 1024 * 1024  # bytes of all files of one judgement
blueprint = Blueprint("judgements", __name__)


@blueprint.get("/indicators/<int:indicator_id>/judgement")
@needs(Permission.READ)
def show(indicator_id: int) -> ResponseReturnValue:
    """The target, the evidence, the form, and the history of judgements."""
    indicator = _qualitative(indicator_id)
    period, today = _period(indicator), business_day(utc_now())
    answers = initial_values(db.session(), indicator, period, today)
    form = JudgementForm(formdata=None, data=answers)
    form.offer_stored_files(initial_files(db.session(), indicator, period))
    return _page(indicator, period, form)


@blueprint.post("/indicators/<int:indicator_id>/judgement")
@needs(Permission.REVIEW)
@takes_files(largest=LARGEST_UPLOAD)
def judge(indicator_id: int) -> ResponseReturnValue:
    """Grade the indicator at the month's end."""
    indicator = _qualitative(indicator_id)
    period, form = _period(indicator), JudgementForm()
    documents = pending_documents(form.stored_files.data or (), file_store())
    documents += _stored_files(form, indicator, period)
    form.offer_stored_files(documents)
    start_writing(db.session())
    indicator = _qualitative(indicator_id)
    if not _is_judged(form, indicator, period, documents):
        return _page(indicator, period, form), 422
    flash("已记下评定，即时生效；请另一位同事复核。", "success")
    return redirect(url_for(".show", indicator_id=indicator_id, period=period))


@blueprint.post("/judgements/<int:judgement_id>/confirm")
@needs(Permission.REVIEW)
def confirm(judgement_id: int) -> ResponseReturnValue:
    """Confirm a judgement as the second person."""
    session, user = db.session(), signed_in_user()
    judgement, indicator = visible_judgement(session, user, judgement_id)
    operations.confirm_judgement(session, judgement, by=user, now=utc_now())
    session.commit()
    flash("已复核。", "success")
    return redirect(url_for(".show", indicator_id=indicator.id, period=judgement.period))


@blueprint.get("/judgements/<int:judgement_id>/files/<int:position>")
@needs(Permission.READ)
def file(judgement_id: int, position: int) -> Response:
    """One of the files a judgement is based on."""
    judgement, _ = visible_judgement(db.session(), signed_in_user(), judgement_id)
    found = judgement_file(judgement, position)
    return send_stored(found.file, name=found.name, is_inline=True)


def _stored_files(form: JudgementForm, indicator: Indicator, period: Period) -> list[StoredDocument]:
    """Store the usable files that were sent; the form says why the others are not.

    They wait a day for a form without errors.
    """
    sent = [each for each in request.files.getlist(form.files.name) if each.filename]
    if not sent:
        return []
    try:
        operations.check_month(db.session(), indicator, period, utc_now())
        check_upload(file_store())
    except (BadInput, Refused, Busy) as refusal:
        form.unusable.append(str(refusal))
        return []
    documents = []
    for each in sent:
        try:
            documents.append(store_document(file_store(), each.stream, each.filename))  # type: ignore[arg-type]
        except (UnusableFile, Busy) as refusal:
            form.unusable.append(str(refusal))
    return documents


def _is_judged(
    form: JudgementForm, indicator: Indicator, period: Period, documents: Sequence[StoredDocument]
) -> bool:
    """Whether the form was valid and its judgement is stored; the errors are shown on the form."""
    if not form.validate_on_submit():
        return False
    try:
        operations.judge(
            db.session(),
            indicator,
            period,
            grade=Grade(form.grade.data),
            ratio=cast(int, form.ratio.data),
            reason=form.reason.data or "",
            evidence=form.evidence.data or "",
            files=documents,
            by=signed_in_user(),
            now=utc_now(),
        )
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return False
    db.session.commit()
    return True


def _qualitative(indicator_id: int) -> Indicator:
    indicator = visible_indicator(db.session(), signed_in_user(), indicator_id)
    if not indicator.is_qualitative:
        raise Refused(f"指标“{indicator.name}”是定量指标，完成值由记录计算，不用评定。")
    return indicator


def _period(indicator: Indicator) -> Period:
    today = business_day(utc_now())
    return period_to_show(db.session(), indicator.project.year, today, request.args.get("period", ""))


def _page(indicator: Indicator, period: Period, form: JudgementForm) -> str:
    page = judgement_page(
        db.session(), indicator, period, user=signed_in_user(), today=business_day(utc_now())
    )
    return render_template(
        "indicators/judgement.html", page=page, form=form, shown_period=period, **neighbour_links(period)
    )

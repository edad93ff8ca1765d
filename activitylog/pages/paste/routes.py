"""Pasting links of pushes and media reports: read from the text, checked, then stored together."""

from collections.abc import Collection, Sequence
from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import business_day, utc_now
from activitylog.errors import BadInput, Missing, Refused
from activitylog.pages.activity_form.operations import add_articles
from activitylog.pages.paste.forms import PastedForm, PastedLinksForm
from activitylog.pages.paste.page import pasted_links_page
from activitylog.publicity.links import MOST_LINKS, read_pasted_links, unrecognised_links
from activitylog.publicity.models import MediaReport, Push
from activitylog.publicity.queries import articles_with_links

blueprint = Blueprint("paste", __name__, url_prefix="/activities/<no>/articles")
SAVE = "save"


@blueprint.get("")
@needs(Permission.LOG)
def paste(no: str) -> ResponseReturnValue:
    """The form for the text."""
    return _paste_page(_activity(no), PastedLinksForm())


@blueprint.post("", endpoint="look_over")
@needs(Permission.LOG)
def read_or_save(no: str) -> ResponseReturnValue:
    """The links read from the text, to be checked; once checked, store them."""
    activity = _activity(no)
    if request.form.get("then") == SAVE:
        return _save(activity)
    form = PastedLinksForm()
    if not form.validate_on_submit():
        return _paste_page(activity, form), 422
    today = business_day(utc_now())
    found = read_pasted_links(form.text.data, today=today, year=activity.project.year)
    if not found or len(found) > MOST_LINKS:
        form.text.errors = [_REFUSALS[bool(found)]]
        return _paste_page(activity, form), 422
    known = articles_with_links(db.session(), signed_in_user(), [each.link for each in found])
    usual_day = activity.held_on or (today if today.year == activity.project.year else None)
    rows = [
        asdict(each)
        | {
            "published_on": each.published_on or usual_day,
            "kind": "push" if each.is_push else "report",
            "is_wanted": not _is_on_activity(activity, known.get(each.link)),
        }
        for each in found
    ]
    unread = unrecognised_links(form.text.data)
    undated = {f"rows-{place}" for place, each in enumerate(found) if each.published_on is None}
    return _links_page(activity, PastedForm(formdata=None, data={"rows": rows}), unread, undated)


_REFUSALS = {
    False: "没有认出链接。请在文章里选“复制链接”，再粘贴到这里，如 https://mp.weixin.qq.com/s/…",
    True: f"一次最多 {MOST_LINKS} 个链接，请分几次粘贴。",
}


def _save(activity: Activity) -> ResponseReturnValue:
    form = PastedForm()
    if not form.validate_on_submit():
        return _links_page(activity, form), 422
    number = activity.number
    try:
        add_articles(
            db.session(),
            activity,
            pushes=form.pushes(),
            reports=form.reports(),
            by=signed_in_user(),
            now=utc_now(),
        )
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _links_page(_activity(number), form), refusal.http_status
    db.session.commit()
    flash(f"已登记 {len(form.ticked_rows())} 篇。", "success")
    return redirect(url_for("activities.show", no=number))


def _activity(no: str) -> Activity:
    return activity_by_number(db.session(), signed_in_user(), no)


def _is_on_activity(activity: Activity, known: Sequence[Push | MediaReport] | None) -> bool:
    return any(article.activity_id == activity.id for article in known or ())


def _paste_page(activity: Activity, form: PastedLinksForm) -> str:
    return render_template("publicity/paste.html", activity=activity, form=form)


def _links_page(
    activity: Activity, form: PastedForm, unread: Sequence[str] = (), undated: Collection[str] = ()
) -> str:
    page = pasted_links_page(db.session(), activity, form, unread, undated, by=signed_in_user())
    return render_template("publicity/pasted.html", page=page, shown_year=activity.project.year)

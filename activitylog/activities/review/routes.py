"""The page of a project's review setting."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectMultipleField

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.review.operations import count_awaiting_review, set_review
from activitylog.activities.review.queries import unseen_notice
from activitylog.activities.rules import QualityItem, must_items
from activitylog.core.database import db
from activitylog.core.records import check_token, token_of
from activitylog.errors import BadInput, Refused
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project
from activitylog.web.forms import VersionedForm

blueprint = Blueprint("review_setting", __name__)


class ReviewSettingForm(VersionedForm):
    """The form of whether to review, and of the items of the quality check."""

    skips_review = BooleanField("免审核：登记的活动和其他记录直接计入指标")
    items = SelectMultipleField(
        "质量检查必查项",
        choices=list(QualityItem),
        invalid_choice_message="必查项请从列出的几项中选。",
        description="选中的每一项都做到，才算质量达标。",
    )


@blueprint.get("/projects/<int:project_id>/review")
@needs(Permission.READ)
def show(project_id: int) -> ResponseReturnValue:
    """Show the review setting."""
    project = visible_project(db.session(), signed_in_user(), project_id)
    return _page(project, _form(project))


@blueprint.post("/projects/<int:project_id>/review")
@needs(Permission.SET_REVIEW)
def save(project_id: int) -> ResponseReturnValue:
    """Save the review setting for activities reviewed from now on."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    form = _form(project)
    if not form.validate():
        return _page(project, form), 422
    try:
        check_token(_token(project), form.seen.data or "", current=_setting_text(project))
        chosen = [QualityItem(item) for item in form.items.data]
        sent = set_review(session, project, skips_review=form.skips_review.data, must_items=chosen)
    except (BadInput, Refused) as refusal:
        session.rollback()
        form.refuse_save(refusal, token=_token(project))
        return _page(project, form), refusal.http_status
    session.commit()
    back = f"没有第二人看过的 {sent:,} 条已回到待审核。" if sent else ""
    flash(f"审核设置已保存，对以后提交和审核的活动生效。{back}", "success")
    return redirect(url_for(".show", project_id=project_id))


def _form(project: Project) -> ReviewSettingForm:
    stored = {"skips_review": project.skips_review, "items": list(must_items(project.must_items))}
    return ReviewSettingForm(data=stored | {"seen": _token(project)})


def _token(project: Project) -> str:
    return token_of(project.skips_review, project.must_items)


def _setting_text(project: Project) -> str:
    items = "、".join(must_items(project.must_items))
    return f"{'免审核' if project.skips_review else '要审核'}，必查项：{items}"


def _page(project: Project, form: ReviewSettingForm) -> str:
    return render_template(
        "projects/review.html",
        project=project,
        shown_year=project.year,
        form=form,
        must=must_items(project.must_items),
        waiting=count_awaiting_review(db.session(), project),
        unseen=unseen_notice(db.session(), project),
    )

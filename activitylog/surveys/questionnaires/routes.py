"""The page of a project's questionnaires: edit, preview, publish and select them."""

from collections.abc import Mapping
from typing import Protocol, cast

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing, Refused
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project
from activitylog.surveys.questionnaires import operations, queries
from activitylog.surveys.questionnaires.forms import PUBLISH, QuestionnaireForm, QuestionnaireValues
from activitylog.surveys.questionnaires.models import ProjectQuestionnaire
from activitylog.surveys.questionnaires.page import questionnaire_page
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import Audience, Questionnaire
from activitylog.surveys.rules import LANGUAGES

blueprint = Blueprint(
    "questionnaires", __name__, url_prefix="/projects/<int:project_id>/questionnaires/<audience>"
)
DRAFT = "draft"  # the version name of a draft in preview addresses


class SurveyPages(Protocol):
    """The attendee application's rendering of a questionnaire: preview and compressed size."""

    def size(self, questionnaire: Questionnaire) -> int: ...

    def preview(self, language: str, questionnaire: Questionnaire) -> tuple[str, Mapping[str, str]]: ...


@blueprint.get("")
@needs(Permission.READ)
def show(project_id: int, audience: str) -> ResponseReturnValue:
    """Show the editor with preview, the questionnaire in use, and all versions."""
    project, audience = _project_and_audience(project_id, audience)
    return _page(project, audience, _form(project, audience))


@blueprint.post("")
@needs(Permission.EDIT_RULES)
def save(project_id: int, audience: str) -> ResponseReturnValue:
    """Save the questions as a draft, and publish it if asked to."""
    project, audience = _project_and_audience(project_id, audience)
    form = _form(project, audience)
    if not _is_saved(form, project, audience):
        return _page(project, audience, form), 422
    return redirect(_questionnaire_url(project, audience))


@blueprint.post("/publish")
@needs(Permission.EDIT_RULES)
def publish(project_id: int, audience: str) -> ResponseReturnValue:
    """Publish the draft."""
    project, audience = _project_and_audience(project_id, audience)
    _publish(project, audience, seen=request.form.get("seen", ""))
    db.session.commit()
    flash("已发布，从现在起按新问卷填写。", "success")
    return redirect(_questionnaire_url(project, audience))


@blueprint.post("/discard")
@needs(Permission.EDIT_RULES)
def discard(project_id: int, audience: str) -> ResponseReturnValue:
    """Discard the draft."""
    project, audience = _project_and_audience(project_id, audience)
    operations.discard_draft(db.session(), project, audience, by=signed_in_user(), now=utc_now())
    db.session.commit()
    flash("草稿已放弃。", "success")
    return redirect(_questionnaire_url(project, audience))


@blueprint.post("/use")
@needs(Permission.EDIT_RULES)
def use(project_id: int, audience: str) -> ResponseReturnValue:
    """Select an earlier version, the built-in one, or the parent project's."""
    project, audience = _project_and_audience(project_id, audience)
    version = request.form.get("version", "")
    operations.use_version(db.session(), project, audience, version, by=signed_in_user(), now=utc_now())
    db.session.commit()
    flash("已换用这份问卷。", "success")
    return redirect(_questionnaire_url(project, audience))


@blueprint.get("/preview")
@needs(Permission.READ)
def preview(project_id: int, audience: str) -> ResponseReturnValue:
    """The attendee's page of the draft or of a version, without submitting."""
    project, audience = _project_and_audience(project_id, audience)
    language = request.args.get("lang", "")
    questionnaire = _version(project, audience, request.args.get("version", DRAFT))
    html, headers = _pages().preview(language if language in LANGUAGES else LANGUAGES[0], questionnaire)
    return Response(html, headers=dict(headers))


def _project_and_audience(project_id: int, audience: str) -> tuple[Project, Audience]:
    if audience not in list(Audience):
        raise Missing("没有这种问卷，请从项目页进入。")
    return visible_project(db.session(), signed_in_user(), project_id), Audience(audience)


def _questionnaire_url(project: Project, audience: Audience) -> str:
    return url_for(".show", project_id=project.id, audience=audience.value)


def _pages() -> SurveyPages:
    return cast(SurveyPages, current_app.extensions["attendees"].pages)


def _drafted(project: Project, audience: Audience) -> Questionnaire:
    """The draft, or the questionnaire in use if there is none."""
    record = queries.project_questionnaire(db.session(), project, audience)
    drafted = record.drafted if record else ()
    return (
        Questionnaire(DRAFT, drafted, audience)
        if drafted
        else queries.current_questionnaire(db.session(), project, audience)
    )


def _version(project: Project, audience: Audience, version: str) -> Questionnaire:
    if version == DRAFT:
        return _drafted(project, audience)
    found = questionnaires_of(db.session(), [version]).get(version)
    if found is None or not found.is_offered(audience, project.id, project.parent_id):
        raise Missing("没有这一版问卷，请从列表里选。")
    return found


def _form(project: Project, audience: Audience) -> QuestionnaireForm:
    record = queries.project_questionnaire(db.session(), project, audience)
    token = operations.editing_token(record)
    return QuestionnaireForm(obj=QuestionnaireValues.of(_drafted(project, audience).questions, seen=token))


def _is_saved(form: QuestionnaireForm, project: Project, audience: Audience) -> bool:
    """Whether the form was valid and stored; errors are added to the form."""
    if not form.validate_on_submit():
        return False
    try:
        record = operations.save_draft(
            db.session(),
            project,
            audience,
            overall=form.overall_line,
            lines=form.lines,
            seen=form.seen.data or "",
            by=signed_in_user(),
            now=utc_now(),
        )
        message = _publish_or_confirm(record, project, audience, is_published=form.then.data == PUBLISH)
    except (BadInput, Refused) as refusal:
        db.session.rollback()
        token = operations.editing_token(queries.project_questionnaire(db.session(), project, audience))
        form.refuse_save(refusal, token=token)
        return False
    db.session.commit()
    flash(message, "success")
    return True


def _publish_or_confirm(
    record: ProjectQuestionnaire, project: Project, audience: Audience, *, is_published: bool
) -> str:
    if not record.draft:
        return "和现在使用的问卷一样，没有改动。"
    if not is_published:
        return "草稿已保存，发布后才会用它。"
    _publish(project, audience, seen=operations.editing_token(record))
    return "已发布，从现在起按新问卷填写。"


def _publish(project: Project, audience: Audience, *, seen: str) -> None:
    operations.publish(
        db.session(),
        project,
        audience,
        page_bytes=_pages().size(_drafted(project, audience)),
        seen=seen,
        by=signed_in_user(),
        now=utc_now(),
    )


def _page(project: Project, audience: Audience, form: QuestionnaireForm) -> str:
    drafted = _drafted(project, audience)
    page_bytes = _pages().size(drafted)
    page = questionnaire_page(db.session(), project, audience, drafted, page_bytes=page_bytes)
    return render_template("surveys/questionnaire.html", page=page, form=form)

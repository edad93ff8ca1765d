"""The results pages: of an activity's survey, and of a project's over some months."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now, year_periods
from activitylog.errors import BadInput, Missing
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_project
from activitylog.surveys.questionnaires.questions import Question, Questionnaire
from activitylog.surveys.results import queries as results_queries
from activitylog.surveys.results.free_text import TextQuestion, texts_of_activity, texts_of_project
from activitylog.surveys.results.page import (
    ActivityResultsPage,
    ProjectResultsPage,
    TextsPage,
    VersionFigures,
    headline,
    result_months,
    versions_of,
)

blueprint = Blueprint("results", __name__)
NEWEST = 5  # texts shown on the page of figures itself


@blueprint.get("/activities/<no>/results")
@needs(Permission.READ)
def of_activity(no: str) -> ResponseReturnValue:
    """Show one activity's results, whatever its status."""
    session = db.session()
    activity = activity_by_number(session, signed_in_user(), no)
    counted = results_queries.of_activity(session, activity)
    versions = versions_of(counted, _questionnaires())
    newest = {
        text_question: texts_of_activity(session, activity, text_question, number=1, size=NEWEST).rows
        for text_question in _written(versions)
    }
    page = ActivityResultsPage(activity, headline(counted, is_project=False), versions, newest)
    return render_template("surveys/activity_results.html", page=page)


@blueprint.get("/activities/<no>/results/texts")
@needs(Permission.READ)
def texts_on_activity(no: str) -> ResponseReturnValue:
    """List the free texts of one question."""
    session = db.session()
    activity = activity_by_number(session, signed_in_user(), no)
    text_question, question = _requested_question()
    texts = texts_of_activity(session, activity, text_question, number=_page_number())
    page = TextsPage(
        question,
        texts,
        about=activity.title,
        year=activity.happens_on.year,
        back=url_for(".of_activity", no=no),
    )
    return render_template("surveys/texts.html", page=page)


@blueprint.get("/projects/<int:project_id>/results")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """Show the pooled results of the approved activities of a project and its descendants."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    first, last = requested_months(project)
    counted = results_queries.of_project(session, project, first, last)
    versions = versions_of(counted, _questionnaires())
    newest = {
        text_question: texts_of_project(
            session, project, text_question, first, last, number=1, size=NEWEST
        ).rows
        for text_question in _written(versions)
    }
    page = ProjectResultsPage(
        project=project,
        months=result_months(project, first, last),
        headline=headline(counted, is_project=True),
        versions=versions,
        newest=newest,
    )
    return render_template("surveys/project_results.html", page=page)


@blueprint.get("/projects/<int:project_id>/results/texts")
@needs(Permission.READ)
def texts_on_project(project_id: int) -> ResponseReturnValue:
    """List the free texts of one question."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    first, last = requested_months(project)
    text_question, question = _requested_question()
    page = TextsPage(
        question,
        texts_of_project(session, project, text_question, first, last, number=_page_number()),
        about=project.name,
        year=project.year,
        back=url_for(".of_project", project_id=project_id, first=str(first), last=str(last)),
        months=result_months(project, first, last),
    )
    return render_template("surveys/texts.html", page=page)


def requested_months(project: Project) -> tuple[Period, Period]:
    """The first and last month in the address, by default the project's year up to today."""
    months = year_periods(project.year)
    today = Period.of(business_day(utc_now()))
    first = Period.parse(request.args.get("first") or str(months[0]))
    last = Period.parse(request.args.get("last") or str(min(max(today, months[0]), months[-1])))
    if first.year != project.year or last.year != project.year:
        raise BadInput(f"“{project.name}”是 {project.year} 年的项目，请选择 {project.year} 年的月份。")
    if first > last:
        raise BadInput(f"起始月份{first.label}在截止月份{last.label}之后，请对调后再看。")
    return first, last


def _questionnaires() -> dict[str, Questionnaire]:
    return {each.version: each for each in results_queries.attendee_questionnaires(db.session())}


def _written(versions: list[VersionFigures]) -> list[TextQuestion]:
    return [
        TextQuestion(version.key, text_question.question.key)
        for version in versions
        for text_question in version.written
        if text_question.answered
    ]


def _requested_question() -> tuple[TextQuestion, Question]:
    """The free-text question in the address, as version/question; raises Missing."""
    version, _, key = request.args.get("question", "").partition("/")
    questionnaire = _questionnaires().get(version)
    for question in questionnaire.questions if questionnaire else ():
        if question.key == key and not question.choices:
            return TextQuestion(version, key), question
    raise Missing("没有这道填空题，请从问卷结果页重新进入。")


def _page_number() -> int:
    return request.args.get("page", 1, type=int)

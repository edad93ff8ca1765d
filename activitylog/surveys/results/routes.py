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
from activitylog.surveys.results.page import ResultMonths, VersionFigures, headline, versions_of

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
    return render_template(
        "surveys/activity_results.html",
        activity=activity,
        headline=headline(counted, is_project=False),
        versions=versions,
        newest=newest,
        shown_year=activity.happens_on.year,
    )


@blueprint.get("/activities/<no>/results/texts")
@needs(Permission.READ)
def texts_on_activity(no: str) -> ResponseReturnValue:
    """List the free texts of one question."""
    session = db.session()
    activity = activity_by_number(session, signed_in_user(), no)
    text_question, question = _question_asked_for()
    page = texts_of_activity(session, activity, text_question, number=_page())
    return render_template(
        "surveys/texts.html",
        page=page,
        question=question,
        about=activity.title,
        back=url_for(".of_activity", no=no),
        shown_year=activity.happens_on.year,
    )


@blueprint.get("/projects/<int:project_id>/results")
@needs(Permission.READ)
def of_project(project_id: int) -> ResponseReturnValue:
    """Show the pooled results of the approved activities of a project and its descendants."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    first, last = months_asked_for(project)
    counted = results_queries.of_project(session, project, first, last)
    versions = versions_of(counted, _questionnaires())
    newest = {
        text_question: texts_of_project(
            session, project, text_question, first, last, number=1, size=NEWEST
        ).rows
        for text_question in _written(versions)
    }
    return render_template(
        "surveys/project_results.html",
        project=project,
        headline=headline(counted, is_project=True),
        versions=versions,
        newest=newest,
        months=_months(project, first, last),
        shown_year=project.year,
    )


@blueprint.get("/projects/<int:project_id>/results/texts")
@needs(Permission.READ)
def texts_on_project(project_id: int) -> ResponseReturnValue:
    """List the free texts of one question."""
    session = db.session()
    project = visible_project(session, signed_in_user(), project_id)
    first, last = months_asked_for(project)
    text_question, question = _question_asked_for()
    page = texts_of_project(session, project, text_question, first, last, number=_page())
    return render_template(
        "surveys/texts.html",
        page=page,
        question=question,
        about=project.name,
        back=url_for(".of_project", project_id=project_id, first=str(first), last=str(last)),
        with_titles=True,
        months=_months(project, first, last),
        shown_year=project.year,
    )


def months_asked_for(project: Project) -> tuple[Period, Period]:
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


def _months(project: Project, first: Period, last: Period) -> ResultMonths:
    label = first.label if first == last else f"{first.label}至{last.month}月"
    return ResultMonths(year_periods(project.year), first, last, label)


def _questionnaires() -> dict[str, Questionnaire]:
    return {each.version: each for each in results_queries.attendee_questionnaires(db.session())}


def _written(versions: list[VersionFigures]) -> list[TextQuestion]:
    return [
        TextQuestion(version.key, text_question.question.key)
        for version in versions
        for text_question in version.written
        if text_question.answered
    ]


def _question_asked_for() -> tuple[TextQuestion, Question]:
    """The free-text question in the address, as version/question; raises Missing."""
    version, _, key = request.args.get("question", "").partition("/")
    questionnaire = _questionnaires().get(version)
    for question in questionnaire.questions if questionnaire else ():
        if question.key == key and not question.choices:
            return TextQuestion(version, key), question
    raise Missing("没有这道填空题，请从问卷结果页重新进入。")


def _page() -> int:
    return request.args.get("page", 1, type=int)

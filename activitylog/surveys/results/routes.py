"""The results pages: of an activity's survey, and of a project's over some months; files of all answers."""

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import activity_by_number
from activitylog.core.database import db
from activitylog.core.period import Period, business_day, utc_now, year_periods
from activitylog.errors import BadInput, Missing, Refused
from activitylog.files.routes import send_workbook
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_of, visible_project
from activitylog.surveys.questionnaires.rules import Questionnaire
from activitylog.surveys.results import queries as results_queries
from activitylog.surveys.results.export import answers_of, csv_pieces, export_answers
from activitylog.surveys.results.free_text import (
    TextQuestion,
    newest_of_project,
    texts_of_activity,
    texts_of_project,
)
from activitylog.surveys.results.page import (
    ActivityResultsPage,
    ProjectResultsPage,
    TextsPage,
    VersionFigures,
    headline,
    result_months,
    versions_of,
)
from activitylog.surveys.years.queries import satisfaction_method
from activitylog.web.headers import attachment
from activitylog.web.requests import bounded_int

blueprint = Blueprint("results", __name__)
NEWEST = 5  # texts shown on the page of figures itself
LARGEST_WORKBOOK = 50_000  # answers; a page should not keep a person waiting for longer


@blueprint.get("/activities/<no>/results")
@needs(Permission.READ)
def of_activity(no: str) -> ResponseReturnValue:
    """Show one activity's results, whatever its status."""
    session = db.session()
    activity = activity_by_number(session, signed_in_user(), no)
    counted = results_queries.of_activity(session, activity)
    method = satisfaction_method(session, activity.project.year)
    versions = versions_of(counted, _questionnaires(), method)
    newest = {
        text_question: texts_of_activity(session, activity, text_question, number=1, size=NEWEST).rows
        for text_question in _text_questions(versions)
    }
    page = ActivityResultsPage(activity, headline(counted, is_project=False, method=method), versions, newest)
    return render_template("surveys/activity_results.html", page=page)


@blueprint.get("/activities/<no>/results/texts")
@needs(Permission.READ)
def texts_on_activity(no: str) -> ResponseReturnValue:
    """List the free texts of one question."""
    session = db.session()
    activity = activity_by_number(session, signed_in_user(), no)
    text_question = _requested_question()
    texts = texts_of_activity(session, activity, text_question, number=_page_number())
    page = TextsPage(
        text_question.question,
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
    method = satisfaction_method(session, project.year)
    versions = versions_of(counted, _questionnaires(), method)
    newest = {
        text_question: newest_of_project(session, project, text_question, first, last, size=NEWEST)
        for text_question in _text_questions(versions)
    }
    page = ProjectResultsPage(
        project=project,
        months=result_months(project, first, last),
        headline=headline(counted, is_project=True, method=method),
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
    text_question = _requested_question()
    page = TextsPage(
        text_question.question,
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


def _text_questions(versions: list[VersionFigures]) -> list[TextQuestion]:
    return [
        TextQuestion(version.key, text_question.question)
        for version in versions
        for text_question in version.text_questions
        if text_question.answered
    ]


def _requested_question() -> TextQuestion:
    """The free-text question in the address, as version/question; raises Missing."""
    version, _, key = request.args.get("question", "").partition("/")
    questionnaire = _questionnaires().get(version)
    for question in questionnaire.questions if questionnaire else ():
        if question.key == key and question.is_listed:
            return TextQuestion(version, question)
    raise Missing("没有这道填空题，请从问卷结果页重新进入。")


def _page_number() -> int:
    return request.args.get("page", 1, type=bounded_int)


@blueprint.get("/activities/<no>/results.<any(csv, xlsx):ending>")
@needs(Permission.READ)
def activity_file(no: str, ending: str) -> ResponseReturnValue:
    activity = activity_by_number(db.session(), signed_in_user(), no)
    return _file(Activity.id == activity.id, f"{activity.number}问卷答卷", ending)


@blueprint.get("/projects/<int:project_id>/results.<any(csv, xlsx):ending>")
@needs(Permission.READ)
def project_file(project_id: int, ending: str) -> ResponseReturnValue:
    project = visible_project(db.session(), signed_in_user(), project_id)
    name = f"{project.year}{project.name}问卷答卷"
    return _file(Activity.project_id.in_(branch_of(project)), name, ending)


def _file(among: ColumnElement[bool], name: str, ending: str) -> Response:
    answers = answers_of(db.session(), among)
    if ending == "csv":
        response = Response(stream_with_context(csv_pieces(answers)), mimetype="text/csv")
    elif answers.total > LARGEST_WORKBOOK:
        raise Refused(
            f"答卷有 {answers.total:,} 份，网页上一次最多导出 {LARGEST_WORKBOOK:,} 份的 Excel 文件；"
            "请改下载 CSV 文件，Excel 也打得开。"
        )
    else:
        return send_workbook(lambda path: export_answers(answers, path), f"{name}.xlsx")
    response.headers["Content-Disposition"] = attachment(f"{name}.{ending}")
    response.cache_control.no_store = True
    return response

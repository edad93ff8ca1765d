"""A declaration in the browser: uploaded, checked beside its source, mended, stored."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from activitylog.accounts.rules import Role
from activitylog.core.period import utc_now
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.operations import take_declaration
from tests.factories.accounts import make_user
from tests.factories.declarations import form
from tests.signed_in import signed_in

TALKS = "\t产出指标\t数量指标\t讲座场次\t≥10(场)"
SAVING = "\t成本指标\t经济成本指标\t成本节约率\t≥0(%)"
RANGE = "\t\t\t受众人数\t500-800(人)"


@pytest.fixture
def officer(app: Flask, session: Session) -> FlaskClient:
    user = make_user(session, role=Role.OFFICER)
    session.commit()
    return signed_in(app, user)


def uploaded(client: FlaskClient, *texts: str, name: str = "申报表.txt") -> Any:
    files = [(BytesIO(text.encode()), name) for text in texts]
    return client.post("/declarations/files", data={"files": files}, content_type="multipart/form-data")


def fields(page: str) -> MultiDict[str, str]:
    """What a browser would send back of the form for checking, as it stands."""
    found: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", page):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") == "checkbox" and " checked" not in tag:
            continue
        found.add(attributes["name"], unescape(attributes.get("value", "")))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found.add(name, unescape(chosen[1]) if chosen else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found.add(name, unescape(text).removeprefix("\r\n").strip("\n"))
    return found


def stored(session: Session, year: int = 2025) -> list[tuple[str, str]]:
    session.rollback()
    return [
        (project.name, f"{row.name}{row.operator}{row.target_word or row.target}{row.unit}")
        for project in projects_of_year(session, year)
        for row in project.indicators
    ]


def test_the_sample_is_stored_as_it_was_read(officer: FlaskClient, session: Session) -> None:
    page = officer.post(
        "/declarations/files",
        data={"files": [(sample_path().open("rb"), "申报表.txt")]},
        content_type="multipart/form-data",
    )
    assert page.status_code == 200
    assert "第133行" in page.text
    assert officer.post("/declarations", data=fields(page.text)).status_code == 302
    session.rollback()
    projects = projects_of_year(session, 2024)
    assert sum(len(project.indicators) for project in projects) == 46
    assert [each.parent and each.parent.name for each in projects] == [None] + ["基层科普服务"] * 4
    assert projects[1].indicators[8].wording == r"$\geq 90.00\%$"


def test_a_row_that_cannot_be_read_is_shown_beside_its_source_and_mended(
    officer: FlaskClient, session: Session
) -> None:
    page = uploaded(officer, form(TALKS, RANGE)).text
    assert "第15行：受众人数 | 500-800(人)" in page
    assert "一个界限" in page
    values = fields(page)
    again = officer.post("/declarations", data=values)
    assert again.status_code == 422
    assert "指标值无法识别" in again.text
    assert stored(session) == []
    values["projects-0-indicators-1-target"] = "不少于五百人"
    assert officer.post("/declarations", data=values).status_code == 302
    assert stored(session) == [("科普进社区", "讲座场次≥10场"), ("科普进社区", "受众人数≥500人")]


def test_a_row_that_is_no_indicator_is_left_out(officer: FlaskClient, session: Session) -> None:
    values = fields(uploaded(officer, form(TALKS, RANGE)).text)
    del values["projects-0-indicators-1-is_wanted"]
    assert officer.post("/declarations", data=values).status_code == 302
    assert stored(session) == [("科普进社区", "讲座场次≥10场")]


def test_a_unit_of_money_that_is_nowhere_is_asked_for(officer: FlaskClient, session: Session) -> None:
    values = fields(uploaded(officer, form(money_heading="项目资金", amount="30.00")).text)
    assert (values["projects-0-money_unit"], values["projects-0-budget"]) == ("", "30.00")
    refused = officer.post("/declarations", data=values)
    assert refused.status_code == 422
    assert "找不到金额的单位" in refused.text
    values["projects-0-money_unit"] = "万元"
    assert officer.post("/declarations", data=values).status_code == 302
    session.rollback()
    assert projects_of_year(session, 2025)[0].budget_fen == 30_000_000


def test_projects_are_added_changed_and_renamed(officer: FlaskClient, session: Session) -> None:
    officer.post("/declarations", data=fields(uploaded(officer, form(TALKS, name="甲")).text))
    officer.post("/declarations", data=fields(uploaded(officer, form(TALKS, name="乙")).text))
    assert [name for name, _ in stored(session)] == ["甲", "乙"]
    values = fields(uploaded(officer, form(TALKS.replace("10", "12"), name="甲")).text)
    refused = officer.post("/declarations", data=values)
    assert (refused.status_code, "请勾选“改动已有的项目”" in refused.text) == (409, True)
    values["replace"] = "y"
    assert officer.post("/declarations", data=values).status_code == 302
    assert stored(session) == [("甲", "讲座场次≥12场"), ("乙", "讲座场次≥10场")]
    project = session.get_one(Project, projects_of_year(session, 2025)[1].id)
    values = fields(uploaded(officer, form(TALKS, name="丙")).text)
    values["projects-0-renamed_from"] = "乙"
    assert officer.post("/declarations", data=values).status_code == 302
    session.rollback()
    assert session.get_one(Project, project.id).name == "丙"


def test_the_umbrella_is_the_persons_choice(officer: FlaskClient, session: Session) -> None:
    texts = [form(TALKS, name=name, amount=amount) for name, amount in zip("甲乙丙", "213", strict=True)]
    page = uploaded(officer, *texts).text
    values = fields(page)
    assert values["umbrella"] == ""
    values["umbrella"] = "丙"
    assert officer.post("/declarations", data=values).status_code == 302
    session.rollback()
    parents = [each.parent and each.parent.name for each in projects_of_year(session, 2025)]
    assert parents == ["丙", "丙", None]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("申报表.doc", "x", "在 Word 里另存的 .docx"),
        ("会议.txt", "今天讨论了科普工作。", "没有找到申报表"),
        ("申报表.xlsx", "x", "已损坏"),
    ],
)
def test_a_file_that_is_no_declaration_is_refused(
    officer: FlaskClient, name: str, text: str, sentence: str
) -> None:
    page = uploaded(officer, text, name=name)
    assert page.status_code == 422
    assert sentence in unescape(page.text)


@pytest.mark.parametrize("name", ["../../申报表.txt", "C:\\下载\\" + "长" * 200 + ".txt", "a\x01b.txt"])
def test_whatever_a_file_is_called_it_is_read(officer: FlaskClient, name: str) -> None:
    assert uploaded(officer, form(TALKS), name=name).status_code == 200


@pytest.mark.parametrize("name", ["..", "/", "."])
def test_a_file_without_a_name_is_refused(officer: FlaskClient, name: str) -> None:
    assert uploaded(officer, form(TALKS), name=name).status_code == 422


def test_no_file_and_no_projects_are_refused(officer: FlaskClient) -> None:
    empty = officer.post("/declarations/files", data={}, content_type="multipart/form-data")
    assert (empty.status_code, "请选申报表文件" in empty.text) == (422, True)
    assert officer.post("/declarations", data={}).status_code == 422


def test_the_export_is_read_in_unchanged(officer: FlaskClient, session: Session) -> None:
    officer.post("/declarations", data=fields(uploaded(officer, form(TALKS, SAVING)).text))
    assert "/declarations/2025/file" in officer.get("/declarations").text
    file = officer.get("/declarations/2025/file")
    assert (file.status_code, file.mimetype.endswith("sheet")) == (200, True)
    files = [(BytesIO(file.data), "申报表.xlsx")]
    page = officer.post("/declarations/files", data={"files": files}, content_type="multipart/form-data")
    assert officer.post("/declarations", data=fields(page.text)).status_code == 302
    assert stored(session) == [("科普进社区", "讲座场次≥10场"), ("科普进社区", "成本节约率≥0%")]
    assert officer.get("/declarations/2031/file").status_code == 404


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.MANAGER, Role.AUDITOR])
def test_others_may_not_import(app: Flask, session: Session, role: Role) -> None:
    user = make_user(session, role=role)
    session.commit()
    client = signed_in(app, user)
    assert client.get("/declarations").status_code == 403
    assert uploaded(client, form()).status_code == 403
    assert client.post("/declarations", data={}).status_code == 403


def test_a_year_is_opened_with_the_declaration_of_the_year_before(
    officer: FlaskClient, session: Session
) -> None:
    nothing = officer.post("/declarations/copy", data={"year": "2025"})
    assert (nothing.status_code, "2025年以前没有申报表可以沿用" in nothing.text) == (409, True)
    take_declaration(session, read_declaration(sample_path()), now=utc_now())
    session.commit()
    opened = officer.post("/declarations/copy", data={"year": "2025"}, follow_redirects=True).text
    assert "已沿用2024年的申报表开立2025年" in opened
    session.rollback()
    years = select(Project.year, func.count()).group_by(Project.year)
    assert dict(session.execute(years).all()) == {2024: 5, 2025: 5}
    again = officer.post("/declarations/copy", data={"year": "2025"})
    assert (again.status_code, "2025年已经有申报项目" in again.text) == (409, True)

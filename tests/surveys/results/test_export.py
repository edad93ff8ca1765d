import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import update
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.errors import BadInput, Missing
from activitylog.settings import Settings
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.commands import survey
from activitylog.surveys.models import Response
from activitylog.surveys.results import export
from activitylog.surveys.results.export import HEADINGS, answers_of, csv_pieces, export_answers
from activitylog.surveys.rules import AnswerFlag, ExclusionStep
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, make_surveyed_activity, make_version
from tests.signed_in import signed_in


@pytest.fixture
def activity(session: Session) -> Activity:
    project = make_project(session, name="科普资源配送", year=2024)
    return make_surveyed_activity(
        session, project=project, number="2024-0007", title="=天文课堂", status=Status.APPROVED
    )


def add(
    session: Session, activity: Activity, nonce: str, version: str = "default-1", **answers: object
) -> None:
    session.add(
        Response(
            activity_id=activity.id,
            nonce=nonce,
            overall=4,
            answers=answers,
            questionnaire=version,
            submitted_at=NOON,
        )
    )
    session.flush()


def table(session: Session, activity: Activity) -> list[list[str]]:
    pieces = b"".join(csv_pieces(answers_of(session, Activity.id == activity.id)))
    assert pieces.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(pieces.decode("utf-8-sig"))))


def test_a_row_says_everything_in_words(session: Session, activity: Activity) -> None:
    add(session, activity, "1", content=5, again="yes", age="60_up", suggestion="+很好，电话 13812345678")
    headings, row = table(session, activity)
    assert tuple(headings[:10]) == HEADINGS
    told = dict(zip(headings, row, strict=True))
    assert row[:5] == ["2024-0007", "'=天文课堂", "科普资源配送", "2024-06-12", "已审核"]
    assert row[5:10] == ["2024-06-12", "是", "", "default-1", "满意"]
    assert (told["活动内容"], told["讲解与主讲人"], told["您还愿意再来参加吗？"]) == ("非常满意", "", "愿意")
    assert told["您的建议"] == "'+很好，电话 ［号码已隐去］"


def test_each_questionnaire_has_columns_of_its_own(session: Session, activity: Activity) -> None:
    version = make_version(session, activity.project)
    add(session, activity, "1", content=3)
    add(session, activity, "2", version=version.key, liked=["a", "b"])
    headings, first, second = table(session, activity)
    assert len(set(headings)) == len(headings) == len(first) == len(second)
    assert dict(zip(headings, first, strict=True))["活动内容（default-1）"] == "一般"
    assert dict(zip(headings, second, strict=True))[f"喜欢什么（{version.key}）"] == "展品、讲解"


def test_a_workbook_holds_the_same_texts(session: Session, activity: Activity, tmp_path: Path) -> None:
    add(session, activity, "1", suggestion="=1+1")
    path = tmp_path / "答卷.xlsx"
    assert export_answers(answers_of(session, Activity.id == activity.id), path) == 1
    headings, row = load_workbook(path)["答卷"].iter_rows()
    told = {heading.value: cell for heading, cell in zip(headings, row, strict=True)}
    assert (told["您的建议"].value, told["您的建议"].data_type) == ("=1+1", "s")
    assert told["活动名称"].value == "=天文课堂"


def test_what_was_marked_and_left_out_says_so(session: Session, activity: Activity) -> None:
    add(session, activity, "1")
    session.execute(update(Response).values(flags=AnswerFlag.FAST | AnswerFlag.STAFF))
    is_first = Response.nonce == "1"
    decide_exclusion(session, activity, ExclusionStep.EXCLUDED, is_first, reason="演练", by=None, now=NOON)
    (row,) = table(session, activity)[1:]
    assert row[6:8] == ["否", "3 秒内提交、工作人员手机"]


def test_a_full_sheet_is_followed_by_another(
    session: Session, activity: Activity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_A_SHEET", 2)
    for number in range(5):
        add(session, activity, str(number))
    path = tmp_path / "答卷.xlsx"
    export_answers(answers_of(session, Activity.id == activity.id), path)
    assert [(page.title, page.max_row) for page in load_workbook(path)] == [
        ("答卷", 3),
        ("答卷2", 3),
        ("答卷3", 2),
    ]


def test_no_answers_are_a_file_of_headings(session: Session, activity: Activity) -> None:
    assert table(session, activity) == [list(answers_of(session, Activity.id == activity.id).headings)]


def test_the_command_writes_a_project_and_refuses_in_words(
    session: Session, activity: Activity, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add(session, activity, "1")
    session.commit()
    monkeypatch.setenv("ACTIVITYLOG_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ACTIVITYLOG_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ACTIVITYLOG_SECRET_KEY", settings.secret_key)

    def run(path: Path, project: str = "科普资源配送") -> object:
        arguments = ["export", "--year", "2024", "--project", project, "-o", str(path)]
        result = CliRunner().invoke(survey, arguments)
        return result.exception or result.output

    assert "1 份答卷" in str(run(tmp_path / "答卷.csv"))
    assert "1 份答卷" in str(run(tmp_path / "答卷.xlsx"))
    assert isinstance(run(tmp_path / "答卷.txt"), BadInput)
    assert isinstance(run(tmp_path / "没有" / "答卷.csv"), BadInput)
    assert isinstance(run(tmp_path / "答卷.csv", project="天文"), Missing)
    assert sorted(path.name for path in tmp_path.iterdir() if "答卷" in path.name) == [
        "答卷.csv",
        "答卷.xlsx",
    ]


def test_answers_are_downloaded_by_who_may_read_the_project(
    app: Flask, session: Session, activity: Activity
) -> None:
    add(session, activity, "1")
    people = (make_user(session, activity.project), make_user(session, make_project(session)))
    session.commit()
    owner, stranger = (signed_in(app, person) for person in people)
    for place in ("/activities/2024-0007/results", f"/projects/{activity.project_id}/results"):
        for ending, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
            sent = owner.get(f"{place}.{ending}")
            assert sent.data.startswith(start)
            assert ending in sent.headers["Content-Disposition"]
            assert stranger.get(f"{place}.{ending}").status_code == 404
            assert f'href="{place}.{ending}"' in owner.get(place).text
        assert owner.get(f"{place}.docx").status_code == 404

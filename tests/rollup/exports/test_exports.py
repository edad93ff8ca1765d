"""A month's figures and postings as a workbook, which a later revision leaves as it was."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.errors import Refused
from activitylog.files.store import FileStore
from activitylog.reports.exports.models import PeriodExport
from activitylog.reports.exports.operations import export_project
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.rollup.cast import JULY, JUNE, NOW, VILLAGE, Cast, july_cast

Sheets = dict[str, list[tuple[object, ...]]]


cast = july_cast


def made(client: FlaskClient, project_id: int) -> str:
    """The address of the file just made."""
    page = client.post(f"/periods/{JUNE}/exports", data={"project_id": project_id}, follow_redirects=True)
    assert "已导出" in page.text
    return "/periods/exports/" + page.text.partition('href="/periods/exports/')[2].partition('"')[0]


def content(client: FlaskClient, address: str) -> bytes:
    with client.get(address) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        return answer.data


def read(client: FlaskClient, address: str) -> Sheets:
    book = openpyxl.load_workbook(BytesIO(content(client, address)), read_only=True)
    return {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}


def test_the_file_holds_every_figure_and_every_posting_behind_it(cast: Cast, session: Session) -> None:
    sheets = read(cast.auditor, made(cast.manager, cast.project.id))
    held = next(row for row in sheets["完成值"] if row[2] == cast.held.name)
    assert held[3:10] == ("≥", 20, "次", 9, 10, "否", "正常")
    behind = [row for row in sheets["入账明细"] if row[0] == cast.held.name]
    assert len(behind) == held[14] == 9
    assert sum(row[7] for row in behind) == held[12] == 9
    assert sorted(str(row[2])[:10] for row in behind)[0] == "2024-04-03"
    assert dict(sheets["说明"])["版次"] == "第 1 版（未结账）"
    session.rollback()
    assert "export.exported" in set(session.scalars(select(AuditEntry.action)))


def test_a_file_of_an_ended_revision_stays_as_it_was(cast: Cast, session: Session) -> None:
    close_period(session, JUNE, by=None, now=NOW)
    session.commit()
    address = made(cast.officer, cast.project.id)
    before = content(cast.officer, address)
    session.rollback()
    reopen_period(session, JUNE, reason="漏记", until=NOW + timedelta(days=3), by=None, now=NOW)
    make_activity(session, cast.project, kinds=(VILLAGE,), held_on=date(2024, 6, 20), now=NOW)
    roll_up(session, JUNE, now=NOW)
    session.commit()
    later = read(cast.officer, made(cast.officer, cast.project.id))
    assert content(cast.officer, address) == before
    assert len([row for row in later["入账明细"] if row[0] == cast.held.name]) == 10
    assert dict(later["说明"])["版次"] == "第 2 版（未结账）"
    listed = cast.officer.get(f"/periods/{JUNE}").text
    assert "第 1 版" in listed
    assert "第 2 版，未结账" in listed


def test_who_may_not_see_the_project_gets_neither_the_button_nor_the_file(cast: Cast) -> None:
    address = made(cast.manager, cast.project.id)
    assert read(cast.organizer, address)["完成值"]
    assert cast.stranger.get(address).status_code == 404
    assert address not in cast.stranger.get(f"/periods/{JUNE}").text
    refused = cast.organizer.post(f"/periods/{JUNE}/exports", data={"project_id": cast.project.id})
    assert refused.status_code == 403


def test_what_cannot_be_exported_is_said(cast: Cast, session: Session, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "store")
    with pytest.raises(Refused, match="2024年7月还没有汇总"):
        export_project(session, files, cast.project, JULY, by=None, now=NOW)
    with pytest.raises(Refused, match=r"超过一次可以导出的 5 笔.*在各个指标的页面上逐个导出"):
        export_project(session, files, cast.project, JUNE, by=None, now=NOW, most=5)
    nowhere = cast.officer.post(f"/periods/{JULY}/exports", data={"project_id": "9" * 400})
    assert nowhere.status_code == 404
    answer = cast.officer.post(f"/periods/{JULY}/exports", data={"project_id": cast.project.id})
    assert "还没有汇总" in answer.text
    assert session.scalars(select(PeriodExport)).all() == []

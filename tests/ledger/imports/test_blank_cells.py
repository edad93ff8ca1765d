from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.errors import LedgerError
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.operations import SheetCount
from activitylog.milestones.models import Milestone
from activitylog.publicity.models import MediaReport, Push
from tests.factories.ledger import (
    PROJECT,
    activity_row,
    import_file,
    milestone_row,
    push_row,
    report_row,
    save_ledger,
)
from tests.factories.projects import make_project

UNCHANGED = SheetCount(0, 0, 1)
OPTIONAL = [
    column.heading for column in ACTIVITIES.columns if column.can_be_cleared or column.field == "status"
]


@pytest.fixture
def file(session: Session, tmp_path: Path) -> Path:
    """A ledger imported before."""
    make_project(session, name=PROJECT, year=2024)
    path = tmp_path / "台账.xlsx"
    done = milestone_row(完成日期="2024-09-20")
    rows: dict[str, Any] = {"推送": [push_row()], "媒体报道": [report_row(转载="是")], "里程碑": [done]}
    import_file(session, save_ledger(path, 活动=[activity_row()], **rows))
    return path


def stored(session: Session) -> dict[str, Any]:
    activity = session.scalars(select(Activity)).one()
    return {
        "kinds": sorted(kind.name for kind in activity.kinds),
        "districts": [place.district for place in activity.districts],
        "venue": activity.venue and activity.venue.name,
        **{name: getattr(activity, name) for name in ("form", "venue_kind", "note", "audience_onsite")},
        **{name: getattr(activity, name) for name in ("audience_online", "quality_met", "planned_on")},
        "status": activity.status,
    }


@pytest.mark.parametrize("blank", [None, "", " ", "\u200b"])
@pytest.mark.parametrize("heading", [heading for heading in OPTIONAL if heading != "举办日期"])
def test_a_blank_cell_empties_nothing(session: Session, file: Path, heading: str, blank: str | None) -> None:
    before = stored(session)
    report = import_file(session, save_ledger(file, 活动=[activity_row(**{heading: blank})]))
    assert (report.sheets["活动"], stored(session)) == (UNCHANGED, before)


def test_a_row_that_is_all_but_blank_empties_nothing(session: Session, file: Path) -> None:
    before = stored(session)
    blank = activity_row(**dict.fromkeys(OPTIONAL) | {"举办日期": "2024-06-03"})
    assert import_file(session, save_ledger(file, 活动=[blank])).sheets["活动"] == UNCHANGED
    assert stored(session) == before


def test_the_word_for_it_empties_a_cell(session: Session, file: Path) -> None:
    cleared = dict.fromkeys(OPTIONAL, "清空") | {
        "举办日期": "2024-06-03",
        "状态": "已审核",
        "备注": " 清 空 ",
    }
    import_file(session, save_ledger(file, 活动=[activity_row(**cleared)]))
    values = stored(session)
    assert values.pop("status") == "approved"
    assert not any(values.values())


@pytest.mark.parametrize("heading", ["项目", "活动名称", "状态"])
def test_what_every_activity_has_cannot_be_emptied(session: Session, file: Path, heading: str) -> None:
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(file, 活动=[activity_row(**{heading: "清空"})]))
    assert [(p.column, "不能清空" in p.message) for p in caught.value.problems] == [(heading, True)]


def test_the_only_day_cannot_be_emptied(session: Session, file: Path) -> None:
    row = activity_row(计划日期=None, 举办日期="清空")
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(file, 活动=[row]))
    assert "至少要填一项" in caught.value.problems[0].message


def test_other_records_lose_nothing_by_a_blank_cell_either(session: Session, file: Path) -> None:
    blank = {
        "推送": [push_row(标题=None, 批次=None)],
        "媒体报道": [report_row(标题=None, 媒体=None, 转载=None)],
        "里程碑": [milestone_row(完成日期=None)],
    }
    assert set(import_file(session, save_ledger(file, **blank)).sheets.values()) == {UNCHANGED}
    cleared = {"推送": [push_row(批次="清空")], "里程碑": [milestone_row(完成日期="清空")]}
    import_file(session, save_ledger(file, **cleared))
    assert session.scalars(select(Push)).one().batch == ""
    assert session.scalars(select(MediaReport)).one().is_repost
    assert session.scalars(select(Milestone)).one().done_on is None


def test_a_milestone_whose_day_due_is_left_blank_is_the_stored_one(session: Session, file: Path) -> None:
    row = milestone_row(计划日期=None, 完成日期="2024-09-25")
    assert import_file(session, save_ledger(file, 里程碑=[row])).sheets["里程碑"] == SheetCount(0, 1, 0)
    milestone = session.scalars(select(Milestone)).one()
    assert (milestone.due_on, milestone.done_on) == (date(2024, 9, 30), date(2024, 9, 25))
    two = [milestone_row(计划日期="2024-12-30"), milestone_row(计划日期=None, 完成日期="2024-12-20")]
    assert import_file(session, save_ledger(file, 里程碑=two)).sheets["里程碑"] == SheetCount(1, 1, 0)


def test_a_link_by_which_an_article_is_found_cannot_be_emptied(session: Session, file: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        import_file(session, save_ledger(file, 推送=[push_row(链接="清空")]))
    assert [p.column for p in caught.value.problems] == ["链接"]

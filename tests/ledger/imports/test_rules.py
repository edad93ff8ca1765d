from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.errors import LedgerError
from activitylog.ledger.export import export_ledger
from activitylog.ledger.operations import SheetCount
from activitylog.milestones.models import Milestone
from activitylog.publicity.models import Push
from tests.factories.ledger import (
    PROJECT,
    activity_row,
    import_file,
    milestone_row,
    push_row,
    save_ledger,
)
from tests.factories.projects import make_project

UNCHANGED = SheetCount(0, 0, 2)


@pytest.fixture
def exported(session: Session, tmp_path: Path) -> Path:
    """Two activities of 50 and 60 people, a push and a milestone, exported."""
    make_project(session, name=PROJECT, year=2024)
    rows = [
        activity_row("2024-0001", 现场人数=50),
        activity_row("2024-0002", 活动名称="第二场", 现场人数=60),
    ]
    path = tmp_path / "台账.xlsx"
    import_file(session, save_ledger(path, 活动=rows, 推送=[push_row()], 里程碑=[milestone_row()]))
    export_ledger(session, year=2024, project=None, path=path)
    return path


def edit(path: Path, sheet: str, row: int, **cells: Any) -> Path:
    book = load_workbook(path)
    page = book[sheet]
    for cell in page[1]:
        for heading, value in cells.items():
            if str(cell.value).startswith(heading):
                page.cell(row, cell.column).value = value
    book.save(path)
    return path


def heads(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(Activity.audience_onsite).order_by(Activity.number)))


def set_heads(session: Session, number: str, count: int) -> None:
    session.query(Activity).where(Activity.number == number).update({"audience_onsite": count})
    session.flush()


def test_a_row_not_edited_in_the_file_gives_way_to_what_somebody_changed(
    session: Session, exported: Path
) -> None:
    set_heads(session, "2024-0001", 500)
    report = import_file(session, edit(exported, "活动", 3, 现场人数=66))
    assert heads(session) == [500, 66]
    (warning,) = report.warnings
    assert (warning.sheet, warning.row) == ("活动", 2)
    assert "现场人数 现在是500，文件里是50" in warning.message
    assert report.sheets["活动"] == SheetCount(0, 1, 1)


def test_a_row_edited_on_both_sides_is_refused_with_both_texts(session: Session, exported: Path) -> None:
    set_heads(session, "2024-0001", 500)
    edit(exported, "活动", 2, 现场人数=55)
    with pytest.raises(LedgerError) as caught:
        import_file(session, exported)
    (problem,) = caught.value.problems
    assert (problem.sheet, problem.row) == ("活动", 2)
    assert "现在是500，文件里是55" in problem.message
    assert heads(session) == [500, 60]
    import_file(session, edit(exported, "活动", 2, 版本=None))
    assert heads(session) == [55, 60]


def test_a_row_that_says_what_is_stored_passes_whatever_its_version(session: Session, exported: Path) -> None:
    set_heads(session, "2024-0001", 500)
    report = import_file(session, edit(exported, "活动", 2, 现场人数=500))
    assert (report.sheets["活动"], report.warnings) == (UNCHANGED, ())


def test_rows_edited_in_the_file_alone_are_imported(session: Session, exported: Path) -> None:
    import_file(session, edit(exported, "活动", 2, 备注="清空", 计划日期=date(2024, 6, 2)))
    assert heads(session) == [50, 60]
    first = session.scalars(select(Activity).order_by(Activity.number)).first()
    assert first is not None
    assert (first.note, first.planned_on) == ("", date(2024, 6, 2))


def test_without_the_column_rows_are_imported_as_they_are(session: Session, exported: Path) -> None:
    book = load_workbook(exported)
    book["活动"].delete_cols(book["活动"].max_column)
    book.save(exported)
    assert import_file(session, exported).sheets["活动"] == UNCHANGED


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda s: s.query(Push).update({"batch": "第九次"}), "第九次", "第一次"),
        (lambda s: s.query(Push).update({"title": "电话里改的"}), "电话里改的", "暑期天文课堂开讲啦"),
        (
            lambda s: s.query(Push).update({"published_at": datetime(2024, 6, 4, 9, tzinfo=UTC)}),
            "2024-06-04 17:00",
            "2024-06-04 18:00",
        ),
    ],
)
def test_other_records_give_way_too(
    session: Session, exported: Path, change: Callable[[Session], Any], old: str, new: str
) -> None:
    change(session)
    report = import_file(session, exported)
    assert {count.updated for count in report.sheets.values()} == {0}
    (warning,) = report.warnings
    assert (warning.sheet, f"现在是{old}，文件里是{new}" in warning.message) == ("推送", True)


def test_a_milestone_done_meanwhile_stays_done(session: Session, exported: Path) -> None:
    session.query(Milestone).update({"done_on": date(2024, 9, 20)})
    import_file(session, exported)
    assert session.scalars(select(Milestone.done_on)).one() == date(2024, 9, 20)
    edit(exported, "里程碑", 2, 完成日期=date(2024, 9, 25))
    with pytest.raises(LedgerError, match="1 处问题"):
        import_file(session, exported)


def test_a_record_whatever_was_edited_of_it_is_found_again(session: Session, exported: Path) -> None:
    session.query(Push).update({"link": "https://a.cn/2", "article_key": "https://a.cn/2", "title": "改了"})
    report = import_file(session, exported)
    (warning,) = report.warnings
    assert (warning.sheet, warning.row) == ("推送", 2)
    assert "标题 现在是改了，文件里是暑期天文课堂开讲啦" in warning.message
    assert session.scalars(select(Push.title)).all() == ["改了"]


def test_a_record_that_is_not_found_again_is_told(session: Session, exported: Path) -> None:
    session.query(Push).delete()
    report = import_file(session, exported)
    assert [(w.sheet, w.row, "请核对有没有重复" in w.message) for w in report.warnings] == [("推送", 2, True)]


def test_a_row_edited_in_the_file_is_the_record_it_was_exported_from(
    session: Session, exported: Path
) -> None:
    edit(exported, "推送", 2, 链接="https://mp.weixin.qq.com/s/new", 发布时间=datetime(2024, 6, 5, 9))  # noqa: DTZ001
    edit(exported, "里程碑", 2, 名称="改了名")
    report = import_file(session, exported)
    assert (report.sheets["推送"], report.sheets["里程碑"]) == (SheetCount(0, 1, 0), SheetCount(0, 1, 0))
    push, milestone = session.scalars(select(Push)).one(), session.scalars(select(Milestone)).one()
    assert (push.article_key, push.published_on) == ("https://mp.weixin.qq.com/s/new", date(2024, 6, 5))
    assert milestone.name == "改了名"
    assert report.warnings == ()


def test_a_record_edited_on_both_sides_is_refused_with_both_texts(session: Session, exported: Path) -> None:
    session.query(Milestone).update({"name": "在页面上改的"})
    edit(exported, "里程碑", 2, 名称="在文件里改的")
    with pytest.raises(LedgerError) as caught:
        import_file(session, exported)
    (problem,) = caught.value.problems
    assert "名称 现在是在页面上改的，文件里是在文件里改的" in problem.message


def copy_row(path: Path, sheet: str, **cells: Any) -> Path:
    book = load_workbook(path)
    page = book[sheet]
    page.append([cell.value for cell in page[2]])
    book.save(path)
    return edit(path, sheet, page.max_row, **cells)


def test_an_exported_row_copied_and_edited_is_a_new_record(session: Session, exported: Path) -> None:
    copy_row(exported, "里程碑", 名称="另一项")
    assert import_file(session, exported).sheets["里程碑"] == SheetCount(1, 0, 1)
    names = session.scalars(select(Milestone.name).order_by(Milestone.id)).all()
    assert names[1:] == ["另一项"]


def test_of_copies_that_were_all_edited_nobody_knows_the_record(session: Session, exported: Path) -> None:
    copy_row(exported, "里程碑", 名称="另一项")
    edit(exported, "里程碑", 2, 名称="改了名")
    with pytest.raises(LedgerError) as caught:
        import_file(session, exported)
    assert "第 2、3 行是同一条记录导出的" in caught.value.problems[0].message


def test_an_exported_row_is_not_moved_to_another_activity(session: Session, exported: Path) -> None:
    edit(exported, "推送", 2, 活动编号="2024-0002")
    with pytest.raises(LedgerError) as caught:
        import_file(session, exported)
    assert "换了项目或活动" in caught.value.problems[0].message


def test_a_record_of_the_same_id_in_another_database_is_another(session: Session, exported: Path) -> None:
    session.query(Milestone).update({"created_at": datetime(2020, 1, 1, tzinfo=UTC), "name": "别处的"})
    assert import_file(session, exported).sheets["里程碑"] == SheetCount(1, 0, 0)


def test_every_field_that_changes_is_listed(session: Session, exported: Path) -> None:
    edit(exported, "活动", 2, 现场人数=55, 区="静安", 备注="清空", 版本=None)
    edit(exported, "里程碑", 2, 完成日期=date(2024, 9, 20))
    report = import_file(session, exported, dry_run=True)
    expected = [
        ("活动", 2, "区", "静安、普陀", "静安"),
        ("活动", 2, "现场人数", "50", "55"),
        ("活动", 2, "备注", "家长陪同", ""),
        ("里程碑", 2, "完成日期", "", "2024-09-20"),
    ]
    assert [tuple(change) for change in report.changes] == expected
    assert session.scalar(select(func.sum(Activity.audience_onsite))) == 110
    assert [tuple(change) for change in import_file(session, exported).changes] == expected


def test_the_fields_of_a_new_row_are_listed_with_its_number(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT, year=2024)
    row = activity_row() | {"活动编号": None, "备注": None}
    report = import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=[row]))
    changes = {change.field: (change.old, change.new) for change in report.changes}
    assert changes["活动编号"] == ("", "2024-0001")
    assert changes["现场人数"] == ("", "120")
    assert "备注" not in changes

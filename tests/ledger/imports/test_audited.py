from pathlib import Path

from sqlalchemy.orm import Session

from activitylog.audit.chain import VerifiedChain, verify
from tests.factories.ledger import PROJECT, activity_row, import_file, push_row, save_ledger
from tests.factories.projects import make_project
from tests.factories.trail import actions, entries, last


def write(session: Session, path: Path, **changes: object) -> None:
    push = {"标题": changes.pop("标题")} if "标题" in changes else {}
    save_ledger(path, 活动=[activity_row(**changes)], 推送=[push_row(**push)])
    import_file(session, path)
    session.commit()


def test_every_imported_record_is_recorded(session: Session, tmp_path: Path) -> None:
    project = make_project(session, name=PROJECT)
    write(session, tmp_path / "台账.xlsx")
    activity, push = last(session, "activity"), last(session, "push")
    assert (activity.action, activity.object_name) == ("activity.approved", "2024-0001 暑期天文课堂")
    assert activity.project_id == push.project_id == project.id
    assert activity.changes["venue"] == (None, "石门二路社区书院")
    assert activity.changes["kinds"] == (None, ["下乡服务", "资源配送"])
    assert activity.changes["project"] == (None, PROJECT)
    assert (push.action, push.activity_id) == ("push.created", activity.object_id)
    assert push.changes["activity"] == (None, "2024-0001")
    assert push.changes["link"] == (None, "https://mp.weixin.qq.com/s/abc")
    assert "article_key" not in push.changes
    assert actions(session, "venue") == ["venue.created"]
    assert isinstance(verify(session), VerifiedChain)


def test_importing_again_records_only_what_changed(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT)
    write(session, tmp_path / "一.xlsx")
    count = len(entries(session))
    write(session, tmp_path / "一.xlsx")
    assert len(entries(session)) == count
    write(session, tmp_path / "二.xlsx", 举办日期="2024-06-03 14:00", 状态="退回", 标题="换了标题")
    told = {entry.action: entry.changes for entry in entries(session)[count:]}
    assert told == {
        "activity.returned": {"start_time": (None, "14:00"), "status": ("approved", "returned")},
        "push.edited": {"title": ("暑期天文课堂开讲啦", "换了标题")},
    }


def test_a_try_leaves_no_entry(session: Session, tmp_path: Path) -> None:
    make_project(session, name=PROJECT)
    session.commit()
    count = len(entries(session))
    import_file(session, save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()]), dry_run=True)
    session.commit()
    assert len(entries(session)) == count

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Session

from activitylog.activities.details import ActivityDetails
from activitylog.activities.models import Activity
from activitylog.activities.operations import log_activity
from activitylog.audit.capture import write_pending_entries
from activitylog.audit.chain import VerifiedChain, verify
from activitylog.core.database import all_tables
from activitylog.errors import Refused
from activitylog.files.operations import remove_unused
from activitylog.files.store import FileStore
from activitylog.milestones.operations import plan_milestone
from activitylog.projects.models import Project
from activitylog.publicity.operations import add_push
from activitylog.sample.removal import REMOVED_TABLES, remove_sample, stored_by_sample
from tests.factories.photos import put_photo
from tests.factories.surveys import a_line, publish_questions
from tests.factories.trail import entries, last
from tests.sample.conftest import NOW, Loaded, every_row

MARKED = {"project", "indicator", "activity", "user_account"}


def sample_project(session: Session) -> Project:
    return session.scalars(
        select(Project).where(Project.is_sample, Project.year == 2026, Project.name == "科普资源配送")
    ).one()


def log_own(session: Session) -> Activity:
    project = sample_project(session)
    details = ActivityDetails(project.id, "我们自己的讲座", kinds=("讲座",), held_on=date(2026, 3, 1))
    return log_activity(session, details, by=None, now=NOW)[0]


def test_removal_leaves_every_table_as_it_was(loaded: Loaded, sample: Session) -> None:
    removed = remove_sample(sample)
    assert removed["项目"] == 10
    assert removed["扫码答卷"] > 2500
    assert every_row(sample) == loaded.before


def test_own_records_in_sample_projects_are_not_removed_unasked(
    loaded: Loaded, sample: Session, tmp_path: Path
) -> None:
    own = log_own(sample)
    project = sample_project(sample)
    common: dict[str, Any] = {"project_id": project.id, "by": None, "now": NOW}
    add_push(
        sample, activity_id=own.id, title="推", link="", batch="", published_on=date(2026, 3, 2), **common
    )
    plan_milestone(sample, kind="制度", name="新制度", due_on=date(2026, 7, 1), **common)
    put_photo(sample, own, tmp_path)
    publish_questions(sample, own.project, a_line("还想听什么？"))
    with pytest.raises(Refused) as refusal:
        remove_sample(sample)
    for found in ("照片", "公众号推送", "里程碑", "活动", "问卷", "问卷设置"):
        assert f"{found} 1 条" in str(refusal.value)
    assert "--with-own" in str(refusal.value)
    assert remove_sample(sample, with_own=True)["活动"] > 200
    assert every_row(sample) == loaded.before


def test_a_sample_activity_moved_to_an_own_project_is_removed_too(loaded: Loaded, sample: Session) -> None:
    own = sample.scalars(select(Project.id).where(~Project.is_sample)).one()
    shifted = select(Activity.id).where(Activity.is_sample).order_by(Activity.id).limit(1)
    sample.execute(update(Activity).where(Activity.id == sample.scalar(shifted)).values(project_id=own))
    remove_sample(sample)
    assert every_row(sample) == loaded.before


def test_dependants_of_a_removed_record_are_removed() -> None:
    """A new table that points to an activity or a project must say what becomes of it."""
    removed = {table.name for table in REMOVED_TABLES}
    for table in all_tables().sorted_tables:
        for key in table.foreign_keys:
            assert _is_settled(key, removed, table.name), f"{table.name}.{key.parent.name}"


def _is_settled(key: ForeignKey, removed: set[str], table: str) -> bool:
    return key.column.table.name not in MARKED or key.ondelete is not None or table in removed


def test_what_was_reported_of_the_sample_stays_and_is_marked(sample: Session) -> None:
    told = entries(sample, "activity")
    assert [entry.is_sample for entry in told if entry.object_name.endswith("自己的讲座")] == []
    assert sum(entry.is_sample for entry in told) > 400
    remove_sample(sample)
    write_pending_entries(sample)
    removal = last(sample)
    assert (removal.action, removal.is_sample) == ("sample.removed", True)
    assert removal.changes["项目"] == (10, None)
    assert len(entries(sample, "activity")) == len(told)
    assert isinstance(verify(sample), VerifiedChain)


def test_the_samples_photos_leave_the_disk_and_others_stay(loaded: Loaded, sample: Session) -> None:
    files, stored = FileStore(loaded.folder / "files"), stored_by_sample(sample)
    assert len(stored) > 20
    assert all(files.path_of(digest).is_file() for digest in stored)
    remove_unused(sample, files, stored)  # still in the database: nothing happens
    assert all(files.path_of(digest).is_file() for digest in stored)
    remove_sample(sample)
    backup = {digest: files.path_of(digest).read_bytes() for digest in stored}
    remove_unused(sample, files, stored)
    assert not any(files.path_of(digest).exists() for digest in stored)
    for digest, content in backup.items():
        files.path_of(digest).write_bytes(content)

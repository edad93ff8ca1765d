"""The work on an upload: what it writes, and what of it a person has seen before."""

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.files.store import FileStore
from activitylog.ledger.uploads.files import UploadFiles
from activitylog.ledger.uploads.jobs import work_on_upload
from activitylog.ledger.uploads.models import LedgerUpload, LedgerUploadRow
from activitylog.ledger.uploads.operations import add_upload, begin_step, remove_uploads
from activitylog.ledger.uploads.process import start_process
from activitylog.ledger.uploads.rules import KEPT_FOR, UploadStep
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import make_user
from tests.factories.ledger import activity_row, import_file, save_ledger
from tests.factories.projects import make_project
from tests.servers import eventually


@dataclass
class Desk:
    """A person with a workbook uploaded, and the sessions of the process that works on it."""

    session: Session
    settings: Settings
    person: User

    @property
    def folder(self) -> Path:
        return FileStore(self.settings.files_dir).partial_folder

    def upload(self, **sheets: Any) -> LedgerUpload:
        files = UploadFiles(self.folder, f"{len(list(self.folder.iterdir())):032}")
        save_ledger(files.workbook, **sheets)
        self.session.rollback()
        upload = add_upload(
            self.session,
            key=files.key,
            file_name="台账.xlsx",
            by=self.person,
            origin="192.0.2.7",
            now=utc_now(),
        )
        self.session.commit()
        return upload

    def work(self, upload: LedgerUpload, sessions: Callable[[], Session] | None = None) -> LedgerUpload:
        engine = make_engine(self.settings.database_url, trail_keys=TRAIL_KEYS)
        upload_id = upload.id
        self.session.rollback()
        work_on_upload(sessions or sessionmaker(engine), self.folder, upload_id, clock=utc_now)
        engine.dispose()
        return self.session.get_one(LedgerUpload, upload_id, populate_existing=True)

    def begin_import(self, upload: LedgerUpload) -> None:
        begin_step(self.session, upload, UploadStep.IMPORTING)
        self.session.commit()

    def heads(self) -> list[int]:
        self.session.rollback()
        return list(self.session.scalars(select(Activity.audience_onsite).order_by(Activity.number)))


@pytest.fixture
def desk(session: Session, settings: Settings) -> Desk:
    make_project(session, name="科普资源配送", year=2024)
    person = make_user(session, role=Role.MANAGER)
    session.commit()
    return Desk(session, settings, person)


def test_a_change_between_comparing_and_writing_is_seen(desk: Desk, tmp_path: Path) -> None:
    import_file(desk.session, save_ledger(tmp_path / "已有.xlsx", 活动=[activity_row()]))
    desk.session.commit()
    upload = desk.work(desk.upload(活动=[activity_row(备注="新的")]))
    desk.begin_import(upload)
    engine = make_engine(desk.settings.database_url, trail_keys=TRAIL_KEYS)
    opened = []

    def sessions() -> Session:
        """The fourth session is the one that writes: somebody is faster."""
        opened.append(1)
        if len(opened) == 4:
            with Session(engine) as faster:
                faster.scalars(select(Activity)).one().audience_onsite = 77
                faster.commit()
        return Session(engine)

    upload = desk.work(upload, sessions)
    engine.dispose()
    assert upload.step is UploadStep.CHECKED
    assert "有人改了其中 1 行" in upload.message
    assert desk.heads() == [77]


def test_answers_of_attendees_meanwhile_stop_nothing(desk: Desk) -> None:
    upload = desk.work(desk.upload(活动=[activity_row()]))
    desk.begin_import(upload)
    assert desk.work(upload).step is UploadStep.IMPORTED
    assert desk.heads() == [120]


def test_a_failure_while_writing_leaves_nothing_behind(desk: Desk) -> None:
    upload = desk.work(desk.upload(活动=[activity_row()]))
    desk.begin_import(upload)
    engine = make_engine(desk.settings.database_url, trail_keys=TRAIL_KEYS)

    @event.listens_for(engine, "before_cursor_execute")
    def _fail(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO activity_district"):
            raise RuntimeError("the disk is full")

    upload = desk.work(upload, sessionmaker(engine))
    engine.dispose()
    assert upload.step is UploadStep.CHECKED
    assert "什么都没有写入" in upload.message
    assert not desk.heads()
    desk.begin_import(upload)
    assert desk.work(upload).step is UploadStep.IMPORTED


def test_the_process_checks_and_imports_on_its_own(desk: Desk) -> None:
    upload = desk.upload(活动=[activity_row()])
    files = UploadFiles(desk.folder, upload.key)
    start_process(desk.settings, files, upload.id)
    assert files.is_at_work()
    start_process(desk.settings, files, upload.id)  # a second one is not started
    assert eventually(lambda: not files.is_at_work(), seconds=60)
    desk.session.rollback()
    assert upload.step is UploadStep.CHECKED


def test_a_process_killed_is_known_to_be_gone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    upload = desk.upload(活动=[activity_row()])
    files = UploadFiles(desk.folder, upload.key)

    def popen(*arguments: Any, **options: Any) -> Any:
        started.append(real(*arguments, **options))
        return started[0]

    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", popen)
    start_process(desk.settings, files, upload.id)
    started[0].send_signal(signal.SIGKILL)
    started[0].wait()
    assert not files.is_at_work()
    desk.session.rollback()
    assert upload.step is UploadStep.CHECKING


def test_uploads_of_yesterday_are_removed_with_their_rows(desk: Desk) -> None:
    old, new = (desk.work(desk.upload(活动=[activity_row()])) for _ in range(2))
    old.created_at = utc_now() - KEPT_FOR * 2
    desk.session.commit()
    assert remove_uploads(desk.session, now=utc_now()) == 1
    desk.session.commit()
    assert desk.session.scalars(select(LedgerUpload.id)).all() == [new.id]
    rows = select(func.count()).select_from(LedgerUploadRow).where(LedgerUploadRow.upload_id != new.id)
    assert desk.session.scalar(rows) == 0

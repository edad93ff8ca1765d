import io
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from activitylog.cli import activitylog
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing, Refused
from activitylog.files.operations import add_stored_file, store_document
from activitylog.files.store import FileStore
from tests.factories.files import PDF
from tests.factories.projects import make_project
from tests.factories.trail import last


def run(url: str, *arguments: str, typed: str | None = None) -> Result:
    environment = {"ACTIVITYLOG_DATABASE_URL": url, "ACTIVITYLOG_SECRET_KEY": "a secret of the tests only"}
    return CliRunner().invoke(activitylog, arguments, env=environment, input=typed)


def test_a_whole_trail_passes_with_its_last_hash(database_url: str, session: Session) -> None:
    assert run(database_url, "check").exit_code == 0
    make_project(session)
    session.commit()
    hash_ = last(session).hash
    told = run(database_url, "check")
    assert told.exit_code == 0
    assert hash_ in told.output
    session.rollback()
    assert last(session).action == "trail.checked"
    assert run(database_url, "check", "--head", f"{hash_}@1").exit_code == 0
    other = run(database_url, "check", "--head", f"{'0' * 64}@1").exception
    assert isinstance(other, Refused)
    assert "第 1 条与" in str(other)
    assert isinstance(run(database_url, "check", "--head", "x@1").exception, BadInput)


def test_a_changed_entry_is_refused_by_its_number(database_url: str, session: Session) -> None:
    make_project(session)
    session.commit()
    is_sqlite = database_url.startswith("sqlite")
    session.execute(
        text("DROP TRIGGER audit_entry_keep" if is_sqlite else "ALTER TABLE audit_entry DISABLE TRIGGER USER")
    )
    session.execute(text("UPDATE audit_entry SET after = '{}'"))
    session.commit()
    refusal = run(database_url, "check").exception
    assert isinstance(refusal, Refused)
    assert "审计记录第 1 条" in str(refusal)
    assert "内容被改过" in str(refusal)


def test_a_command_writes_in_the_name_of_its_account(database_url: str, session: Session) -> None:
    create = ("user", "create", "王芳", "--role", "officer", "--password-stdin")
    assert run(database_url, *create, typed="Sesame-9-open\n").exit_code == 0
    entry = last(session, "user")
    assert (entry.action, entry.who, entry.user_id) == ("user.created", "命令行", None)
    assert "@" in entry.origin
    assert entry.origin.endswith("user create")
    assert "Sesame" not in entry.after


def test_every_uploaded_file_must_be_there_with_its_content(
    tmp_path: Path, database_url: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIVITYLOG_DATA_DIR", str(tmp_path))
    files = FileStore(tmp_path / "files")
    kept = [
        store_document(files, io.BytesIO(PDF + bytes([number])), "材料.pdf").content for number in range(3)
    ]
    for content in kept:
        add_stored_file(session, content, now=utc_now())
    session.commit()
    assert "上传的文件完好：3 个" in run(database_url, "check").output
    orphan = store_document(files, io.BytesIO(PDF + b"orphan"), "孤儿.pdf").content
    orphan.keep()
    os.utime(orphan.path, (0, 0))
    assert (
        f"另有 1 个文件没有记录用到，每天凌晨四点的定时任务会清理：{orphan.sha256}"
        in run(database_url, "check").output
    )
    files.path_of(kept[0].sha256).unlink()
    damaged = files.path_of(kept[1].sha256)
    damaged.chmod(0o600)
    damaged.write_bytes(PDF)
    refused = run(database_url, "check").exception
    assert isinstance(refused, Refused)
    told = str(refused).splitlines()
    assert [kept[0].sha256 in told[0], kept[1].sha256 in told[1], len(told)] == [True, True, 2]
    assert ["不见了" in told[0], "内容被改过" in told[1]] == [True, True]


def test_a_missing_archive_is_told(tmp_path: Path, database_url: str) -> None:
    refusal = run(database_url, "audit", "verify", str(tmp_path / "没有.jsonl.gz")).exception
    assert isinstance(refusal, Missing)

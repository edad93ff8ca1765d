import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from activitylog.audit.discrepancies.models import Discrepancy
from activitylog.audit.discrepancies.operations import close_discrepancies
from activitylog.cli import activitylog
from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing, Refused
from activitylog.files.operations import add_stored_file, store_document
from activitylog.files.store import FileStore
from activitylog.settings import Settings
from tests.factories.files import PDF
from tests.factories.projects import make_project
from tests.factories.trail import actions, last


def run(url: str, *arguments: str, typed: str | None = None, **changed: str) -> Result:
    environment = {"ACTIVITYLOG_DATABASE_URL": url, "ACTIVITYLOG_SECRET_KEY": "a secret of the tests only"}
    environment |= changed
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


def test_the_key_of_the_trail_can_change_when_the_one_before_is_named(
    database_url: str, session: Session
) -> None:
    """From the one made of the secret key to one of the trail's own, then to the next; both databases."""
    make_project(session)
    session.commit()
    old, first, second = "a secret of the tests only", "first key of the trail", "second key of the trail"
    for keys in (first + "," + old, f"{second},{first},{old}"):
        changed = run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys)
        assert changed.exit_code == 0, changed.exception
        again = run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys)
        assert "审计记录完好" in again.output
    session.rollback()
    assert actions(session).count("trail.sealed") == 2
    kept = run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys, ACTIVITYLOG_SECRET_KEY="a new secret key")
    assert kept.exit_code == 0, "a new secret key leaves a trail with keys of its own as it is"
    session.rollback()
    assert actions(session).count("trail.sealed") == 2


def test_a_key_that_was_replaced_seals_nothing_more(database_url: str, session: Session) -> None:
    """Whoever has read it, and may write to the database."""
    make_project(session)
    session.commit()
    old, keys = "a secret of the tests only", "first key of the trail,a secret of the tests only"
    assert run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys).exit_code == 0
    with writing(database_url, old) as forger:
        make_project(forger, name="假的项目")
    refused = run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys).exception
    assert isinstance(refused, Refused)
    assert "从第 4 条起（到第 5 条）是用另一把密钥封印的，或者是用已经换下的" in str(refused)


def test_a_key_that_was_not_named_is_a_discrepancy_until_somebody_closes_it(
    database_url: str, session: Session
) -> None:
    make_project(session)
    session.commit()
    keys = "another key of the trail"
    refused = run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys).exception
    assert isinstance(refused, Refused)
    assert "从第 1 条起（到第 1 条）是用另一把密钥封印的" in str(refused)
    keys += ",a secret of the tests only"
    assert isinstance(run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys).exception, Refused)
    (found,) = session.scalars(select(Discrepancy))
    session.rollback()
    with writing(database_url, keys) as writer:
        close_discrepancies(writer, [found.id], reason="换过密钥，旧的已补上", now=utc_now())
    assert "审计记录完好" in run(database_url, "check", ACTIVITYLOG_TRAIL_KEY=keys).output


@contextmanager
def writing(url: str, keys: str) -> Iterator[Session]:
    """A session that seals as a server with these keys does."""
    engine = make_engine(
        url, trail_keys=Settings(Path(), "", "", trail_key=tuple(keys.split(","))).trail_keys
    )
    with Session(engine) as session:
        yield session
        session.commit()
    engine.dispose()


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

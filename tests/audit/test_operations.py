import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.audit.chain import BrokenChain, VerifiedChain, verify
from activitylog.audit.operations import Archive, archive, verify_file
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Refused
from tests.factories.projects import make_project
from tests.factories.trail import entries, last

LONG_AGO = datetime(2020, 3, 1, 4, 0, tzinfo=UTC)
BEFORE = date(2020, 6, 1)


def write(session: Session, count: int = 1) -> None:
    for _ in range(count):
        make_project(session)
        session.commit()


@pytest.fixture
def old(session: Session) -> Session:
    """Five entries of long ago and two of now."""
    with time_machine.travel(LONG_AGO, tick=False):
        write(session, 5)
    write(session, 2)
    return session


def put_away(session: Session, path: Path, before: date = BEFORE) -> Archive:
    made = archive(session, path, before=before, now=utc_now())
    session.commit()
    return made


def test_old_entries_move_into_a_file_and_the_chain_holds(old: Session, tmp_path: Path) -> None:
    made = put_away(old, tmp_path / "一.jsonl.gz")
    assert (made.first, made.last) == (1, 5)
    assert [entry.id for entry in entries(old)] == [6, 7, 8]
    assert last(old).action == "trail.archived"
    assert last(old).changes["sha256"] == (None, made.sha256)
    found = verify(old)
    assert isinstance(found, VerifiedChain)
    assert (found.count, found.last) == (3, 8)
    kept = verify_file(tmp_path / "一.jsonl.gz")
    assert isinstance(kept, VerifiedChain)
    assert (kept.count, kept.hash) == (5, made.hash)


def test_archives_follow_one_another(old: Session, tmp_path: Path) -> None:
    with time_machine.travel(datetime(2021, 1, 1, tzinfo=UTC), tick=False):
        put_away(old, tmp_path / "一.jsonl.gz", before=date(2020, 3, 2))
    assert entries(old)[0].id == 6
    write(old)
    assert isinstance(verify(old), VerifiedChain)


def test_what_must_stay_stays(old: Session, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="至少要在系统里保存 6 个月"):
        put_away(old, tmp_path / "一.jsonl.gz", before=utc_now().date())
    with pytest.raises(BadInput, match=r"\.jsonl\.gz"):
        put_away(old, tmp_path / "一.txt")
    with pytest.raises(Refused, match="没有审计记录"):
        put_away(old, tmp_path / "一.jsonl.gz", before=date(2020, 1, 1))
    assert list(tmp_path.iterdir()) == []


def test_an_archive_is_not_written_over(old: Session, tmp_path: Path) -> None:
    (tmp_path / "一.jsonl.gz").write_bytes(b"")
    with pytest.raises(BadInput, match="已经存在"):
        put_away(old, tmp_path / "一.jsonl.gz")


def test_a_changed_archive_is_found(old: Session, tmp_path: Path) -> None:
    path = tmp_path / "一.jsonl.gz"
    put_away(old, path)
    whole = gzip.decompress(path.read_bytes()).decode()
    for changed in (
        whole.replace("project.created", "project.created ", 1),
        whole[:-40],
        whole.split("\n")[0],
        "",
    ):
        path.write_bytes(gzip.compress(changed.encode()))
        assert isinstance(verify_file(path), BrokenChain)
    path.write_bytes(b"no gzip")
    assert isinstance(verify_file(path), BrokenChain)


def test_the_database_lets_only_archived_and_old_entries_go(old: Session, tmp_path: Path) -> None:
    put_away(old, tmp_path / "一.jsonl.gz")
    with pytest.raises(DBAPIError, match="audit entries are"):
        old.execute(text("DELETE FROM audit_entry WHERE id = 6"))


def test_a_broken_trail_is_not_archived(old: Session, tmp_path: Path) -> None:
    is_sqlite = old.get_bind().dialect.name == "sqlite"
    old.execute(
        text("DROP TRIGGER audit_entry_keep" if is_sqlite else "ALTER TABLE audit_entry DISABLE TRIGGER USER")
    )
    old.execute(text("UPDATE audit_entry SET who = '别人' WHERE id = 2"))
    old.commit()
    with pytest.raises(Refused, match="第 2 条"):
        put_away(old, tmp_path / "一.jsonl.gz")
    assert list(tmp_path.iterdir()) == []

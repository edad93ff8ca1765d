from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from activitylog.cli import activitylog
from activitylog.errors import Missing, Refused
from tests.factories.projects import make_project
from tests.factories.trail import last


def run(url: str, *arguments: str, typed: str | None = None) -> Result:
    environment = {"ACTIVITYLOG_DATABASE_URL": url, "ACTIVITYLOG_SECRET_KEY": "a secret of the tests only"}
    return CliRunner().invoke(activitylog, arguments, env=environment, input=typed)


def test_a_whole_trail_passes_with_its_last_hash(database_url: str, session: Session) -> None:
    assert run(database_url, "check").exit_code == 0
    make_project(session)
    session.commit()
    told = run(database_url, "check")
    assert told.exit_code == 0
    assert last(session).hash in told.output


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


def test_a_missing_archive_is_told(tmp_path: Path, database_url: str) -> None:
    refusal = run(database_url, "audit", "verify", str(tmp_path / "没有.jsonl.gz")).exception
    assert isinstance(refusal, Missing)

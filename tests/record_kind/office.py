"""An office that lends exhibits, from the made-up files alone: `python -m tests.record_kind.office FOLDER`.

A process of its own, because the kind joins the tables, sources and pages of whatever process loads it.
"""

import sys
from pathlib import Path

import activitylog

activitylog.__path__.append(str(Path(__file__).parent))

from activitylog.loans import migration  # noqa: E402
from activitylog.loans.facts import loan_facts  # noqa: E402
from activitylog.loans.models import Loan  # noqa: E402
from alembic.migration import MigrationContext  # noqa: E402
from alembic.operations import Operations  # noqa: E402
from flask import Flask  # noqa: E402
from flask.testing import FlaskClient  # noqa: E402
from sqlalchemy import select  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from activitylog.app import create_app  # noqa: E402  (after the folder has joined the package)
from activitylog.audit.models import AuditEntry  # noqa: E402
from activitylog.core.database import all_tables, make_engine, upgrade_schema  # noqa: E402
from activitylog.indicators.sources import SOURCE_BY_KEY, records_of  # noqa: E402
from activitylog.pages.trail.forms import kind_labels  # noqa: E402
from activitylog.settings import Settings  # noqa: E402
from tests.factories.accounts import make_user  # noqa: E402
from tests.factories.projects import make_project  # noqa: E402
from tests.signed_in import signed_in  # noqa: E402

LENT = {"borrower": "徐汇区少年宫", "pieces": "12", "lent_on": "2024-06-12"}


def run(folder: Path) -> None:
    """Record, edit, withdraw and restore a loan through the pages, and find it in the facts and the trail."""
    url = f"sqlite:///{folder / 'office.db'}"
    upgrade_schema(url)
    app = create_app(Settings(folder, url, "a secret of the tests only"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    with make_engine(url).connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
        connection.commit()
        with Session(connection) as session:
            _use(app, session)


def _use(app: Flask, session: Session) -> None:
    project = make_project(session)
    organizer, stranger = make_user(session, project), make_user(session, make_project(session))
    session.commit()
    client, address = signed_in(app, organizer), f"/projects/{project.id}/loans"
    assert "这里会列出本项目的借展" in client.get(address).text
    assert client.post(address, data=LENT | {"borrower": ""}).status_code == 422
    client.post(address, data=LENT)
    assert "12 件" in client.get(address).text
    session.rollback()  # ends its own view of the database
    loan = session.scalars(select(Loan)).one()
    _change(client, loan)
    assert signed_in(app, stranger).get(f"/loans/{loan.id}/edit").status_code == 404
    session.rollback()
    [fact] = session.execute(loan_facts())
    assert (fact.source, fact.source_id, fact.pieces) == ("loan", loan.id, 15)
    [record] = records_of(session, [("loan", loan.id)]).values()
    assert (record.title, record.address) == ("徐汇区少年宫", address)
    entries = session.scalars(select(AuditEntry).where(AuditEntry.object_type == "loan")).all()
    assert [entry.action for entry in entries] == [
        "loan.created",
        "loan.edited",
        "loan.withdrawn",
        "loan.restored",
    ]
    assert kind_labels()["loan"] == SOURCE_BY_KEY["loan"].label
    assert "loan" in all_tables().tables


def _change(client: FlaskClient, loan: Loan) -> None:
    page = client.get(f"/loans/{loan.id}/edit").text
    token = page.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    assert client.post(f"/loans/{loan.id}/edit", data=LENT | {"pieces": "15", "seen": token}).location
    assert "别人改过" in client.post(f"/loans/{loan.id}/edit", data=LENT | {"seen": token}).text
    assert client.post(f"/loans/{loan.id}/withdraw", data={"reason": "重复"}).location
    assert "撤下的理由：重复" in client.get(f"/projects/{loan.project_id}/loans").text
    assert client.post(f"/loans/{loan.id}/restore").location


if __name__ == "__main__":
    run(Path(sys.argv[1]))

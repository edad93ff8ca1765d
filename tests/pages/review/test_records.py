"""Nothing counts that one person alone entered and approved: every kind of record, every role.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.review.operations import record_mark
from activitylog.activities.review.queries import record_kinds
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.core.records import edit_token
from activitylog.errors import Refused
from activitylog.expenses.models import Expense
from activitylog.indicators.models import ManualEntry
from activitylog.ledger.export import export_ledger
from activitylog.ledger.operations import import_ledger
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Indicator, Project
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.changes.candidates import waiting_days
from activitylog.rollup.periods.operations import close_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.run import roll_up
from activitylog.surveys.models import PaperTally
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.factories.trail import actions, last
from tests.signed_in import signed_in

JUNE, JULY = Period(2024, 6), Period(2024, 7)
AFTER_JUNE, AFTER_JULY = datetime(2024, 7, 1, 2, tzinfo=UTC), datetime(2024, 8, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """How a kind is entered, edited where it can be, and what it moves from nothing to `figure`."""

    model: Any
    measure: str
    address: str
    form: dict[str, str]
    figure: str
    changes: dict[str, str] = field(default_factory=dict)
    path: str = ""  # of its edit, withdrawal and restoring
    nothing: str | None = "0"


PUSHED = {"title": "科普回顾", "link": "https://mp.weixin.qq.com/s/abc", "published_on": "2024-06-12"}
REPORTED = {"title": "走进村居", "outlet": "解放日报", "published_on": "2024-06-13"}
DONE = {"kind": "制度", "name": "管理办法", "due_on": "2024-06-20", "done_on": "2024-06-12"}
SPENT = {"summary": "场地租赁", "planned_fen": "5000", "paid_fen": "4800.50", "paid_on": "2024-06-12"}
TALLIED = {"very_satisfied": "9", "satisfied": "1", "recorded_on": "2024-06-12"}
TYPED = {"amount": "12", "entered_on": "2024-06-01", "reason": "志愿者名册", "evidence": "名册扫描件"}
KINDS = (
    Kind(Push, "pushes", "/projects/{project}/publicity?show=pushes", PUSHED, "1", path="/pushes"),
    Kind(
        MediaReport,
        "media_reports",
        "/projects/{project}/publicity?show=reports",
        REPORTED,
        "1",
        path="/media-reports",
    ),
    Kind(
        Milestone,
        "milestones_done",
        "/projects/{project}/milestones",
        DONE,
        "1",
        {"name": "活动管理办法"},
        "/milestones",
    ),
    Kind(
        Expense,
        "total_cost",
        "/projects/{project}/expenses",
        SPENT,
        "4800.50",
        {"paid_fen": "4900"},
        "/expenses",
        nothing="0.00",
    ),
    Kind(PaperTally, "satisfaction", "/activities/{activity}/tallies", TALLIED, "100.00", nothing=None),
    Kind(
        ManualEntry, "manual", "/indicators/{indicator}/entries", TYPED, "12", path="/entries", nothing=None
    ),
)
REVIEWING = (Role.MANAGER, Role.OFFICER)


@dataclass
class Office:
    """A project whose review is on, with an approved activity, and one person of each role."""

    app: Flask
    session: Session
    project: Project
    activity: Activity
    people: dict[Role, User]
    other: User

    def indicator(self, kind: Kind) -> Indicator:
        indicator = make_indicator(self.session, self.project, kind.measure, target="20000", unit="元")
        self.session.commit()
        return indicator

    def client(self, role: Role) -> FlaskClient:
        return signed_in(self.app, self.people[role])

    def enter(self, kind: Kind, role: Role, indicator: Indicator) -> int:
        address = kind.address.format(
            project=self.project.id, activity=self.activity.number, indicator=indicator.id
        )
        status = self.client(role).post(address, data=kind.form).status_code
        self.session.rollback()
        return status

    def record(self, kind: Kind) -> Any:
        self.session.rollback()
        return self.session.scalars(select(kind.model).where(kind.model.withdrawn_at.is_(None))).one()

    def approve(self, client: FlaskClient, *records: Any) -> tuple[int, str]:
        marks = [record_mark(record) for record in records]
        answer = client.post("/review/records", data={"record": marks}, follow_redirects=True)
        self.session.rollback()
        return answer.status_code, answer.text

    def figure(self, indicator: Indicator, period: Period = JUNE, now: datetime = AFTER_JUNE) -> str | None:
        self.session.rollback()
        roll_up(self.session, period, now=now)
        self.session.commit()
        value = indicator_actual(self.session, indicator.id, period).value
        return None if value is None else str(value)


@pytest.fixture
def office(app: Flask, session: Session) -> Office:
    project = make_project(session)
    activity = make_activity(session, project)
    people = {role: make_user(session, project, role=role) for role in Role}
    other = make_user(session, role=Role.OFFICER, name="第二人")
    session.commit()
    return Office(app, session, project, activity, people, other)


def by_model(kind: Kind) -> str:
    return str(kind.model.__name__)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", KINDS, ids=by_model)
def test_nobody_lets_their_own_entry_count(office: Office, kind: Kind, role: Role) -> None:
    indicator = office.indicator(kind)
    may_enter = role in REVIEWING or (role is Role.ORGANIZER and kind.model is not ManualEntry)
    assert office.enter(kind, role, indicator) == (302 if may_enter else 403)
    if not may_enter:
        return
    record = office.record(kind)
    assert record.is_waiting
    assert office.figure(indicator) == kind.nothing
    status, page = office.approve(office.client(role), record)
    assert status == (409 if role in REVIEWING else 403)
    assert role not in REVIEWING or "要由另一人审核通过才计入。可以请：" in page
    assert office.figure(indicator) == kind.nothing
    assert office.approve(signed_in(office.app, office.other), office.record(kind))[0] == 200
    assert office.figure(indicator) == kind.figure
    _change(office, kind, role, office.record(kind))
    assert office.record(kind).is_waiting
    assert office.figure(indicator) == kind.nothing
    assert office.approve(office.client(role), office.record(kind))[0] in {403, 409}
    assert office.figure(indicator) == kind.nothing


def _change(office: Office, kind: Kind, role: Role, record: Any) -> None:
    """Edit it, or where there is no edit, withdraw and restore it."""
    client = office.client(role)
    if kind.changes:
        form = kind.form | kind.changes | {"seen": edit_token(record)}
        assert client.post(f"{kind.path}/{record.id}/edit", data=form).status_code == 302
    elif kind.path:
        assert client.post(f"{kind.path}/{record.id}/withdraw", data={"reason": "填错"}).status_code == 302
        assert client.post(f"{kind.path}/{record.id}/restore").status_code == 302
    else:
        address = f"/activities/{office.activity.number}/tallies"
        client.post(f"{address}/withdraw", data={"tally_id": record.id, "reason": "数错"})
        # one that is withdrawn is not restored but entered anew
        assert client.post(address, data=TALLIED | {"satisfied": "2"}).status_code == 302


def test_the_kinds_tried_are_all_there_are() -> None:
    assert {spec.model for spec in record_kinds()} == {kind.model for kind in KINDS}


@pytest.mark.parametrize("role", REVIEWING)
def test_nobody_approves_their_own_activity(office: Office, role: Role) -> None:
    person = office.people[role]
    activity = make_activity(office.session, office.project, status=Status.LOGGED, by=person)
    office.session.commit()
    sent = {"version": "1", "seen": "0", "step": "approve"}
    client = signed_in(office.app, person)
    assert "要由另一人审核通过才计入" in client.post(f"/review/{activity.number}", data=sent).text
    address = f"/activities/{activity.number}/status"
    assert client.post(address, data=sent).status_code == 409
    assert activity.title in client.get("/review", follow_redirects=True).text  # told, not offered
    answer = signed_in(office.app, office.other).post(f"/review/{activity.number}", data=sent)
    assert answer.status_code == 302
    office.session.rollback()
    assert office.session.get_one(Activity, activity.id).status is Status.APPROVED


def test_what_a_person_may_not_approve_is_shown_without_the_button(office: Office) -> None:
    manager = office.people[Role.MANAGER]
    activity = make_activity(office.session, office.project, status=Status.LOGGED, by=manager)
    office.session.commit()
    spent = KINDS[3]
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    record = office.record(spent)
    for person, may in ((office.client(Role.MANAGER), False), (signed_in(office.app, office.other), True)):
        review = person.get(f"/review/{activity.number}").text
        assert ('value="approve"' in review, "这场活动是您登记或修改的" in review) == (may, not may)
        assert 'value="return"' in review
        form = person.get(f"/expenses/{record.id}/edit").text
        assert (">审核通过</button>" in form, "这笔支出是您登记或修改的" in form) == (may, not may)


def test_who_corrects_a_record_leaves_it_to_a_third(office: Office) -> None:
    spent = KINDS[3]
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    third = make_user(office.session, role=Role.OFFICER)
    office.session.commit()
    record = office.record(spent)
    form = spent.form | {"paid_fen": "4700", "seen": edit_token(record)}
    signed_in(office.app, office.other).post(f"/expenses/{record.id}/edit", data=form)
    for own in (signed_in(office.app, office.other), office.client(Role.MANAGER)):
        assert office.approve(own, office.record(spent))[0] == 409
    assert office.approve(signed_in(office.app, third), office.record(spent))[0] == 200
    record = office.record(spent)
    assert (record.approved_by_id, record.is_counted) == (third.id, True)


def _disable_all_but(office: Office, *roles: Role) -> None:
    for role, person in office.people.items():
        person.is_enabled = role in roles
    office.other.is_enabled = False
    office.session.commit()


def test_the_only_reviewer_approves_their_own_and_the_project_says_so(office: Office) -> None:
    spent, told = KINDS[3], "本人登记的也由本人审核通过，没有第二人核对"
    client = office.client(Role.MANAGER)
    assert told not in client.get(f"/projects/{office.project.id}").text
    _disable_all_but(office, Role.MANAGER, Role.ORGANIZER, Role.AUDITOR)
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    for address in (f"/projects/{office.project.id}", f"/projects/{office.project.id}/expenses"):
        assert told in client.get(address).text
    assert office.approve(client, office.record(spent))[0] == 200
    assert office.record(spent).is_counted
    marked = "审核通过，是本人登记或修改的，没有第二人核对"
    assert marked in client.get(f"/expenses/{office.record(spent).id}/edit").text
    manager = office.people[Role.MANAGER]
    own, others = (
        make_activity(office.session, office.project, status=Status.LOGGED, by=by) for by in (manager, None)
    )
    for activity in (own, others):
        change_status(office.session, activity, Status.APPROVED, by=manager, now=AFTER_JUNE)
    office.session.commit()
    marked = "没有第二人核对）"
    assert marked in client.get(f"/activities/{own.number}").text
    assert marked not in client.get(f"/activities/{others.number}").text


def test_of_two_reviewers_who_both_wrote_it_neither_approves_and_is_told_the_way_out(office: Office) -> None:
    """The one let the other's word count, and the other's edit of a remark made it their own."""
    spent = KINDS[3]
    _disable_all_but(office, Role.MANAGER, Role.OFFICER)
    indicator = office.indicator(spent)
    office.enter(spent, Role.MANAGER, indicator)
    record = office.record(spent)
    form = spent.form | {"summary": "场地租赁费", "seen": edit_token(record)}
    office.client(Role.OFFICER).post(f"/expenses/{record.id}/edit", data=form)
    for role in (Role.OFFICER, Role.MANAGER):
        status, page = office.approve(office.client(role), office.record(spent))
        assert status == 409
        assert "由一人重新登记、另一人审核" in page
    office.client(Role.OFFICER).post(f"/expenses/{record.id}/withdraw", data={"reason": "重新登记"})
    office.enter(spent, Role.OFFICER, indicator)
    assert office.approve(office.client(Role.MANAGER), office.record(spent))[0] == 200


def test_an_approval_ends_what_was_written_before_it(office: Office) -> None:
    spent = KINDS[3]
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    assert office.approve(signed_in(office.app, office.other), office.record(spent))[0] == 200
    record = office.record(spent)
    form = spent.form | {"paid_fen": "4700", "seen": edit_token(record)}
    office.client(Role.ORGANIZER).post(f"/expenses/{record.id}/edit", data=form)
    assert office.approve(office.client(Role.MANAGER), office.record(spent))[0] == 200


@pytest.mark.parametrize("kind", KINDS, ids=by_model)
def test_without_review_everything_counts_at_once_and_the_project_says_so(office: Office, kind: Kind) -> None:
    office.project.skips_review = True
    indicator = office.indicator(kind)
    office.enter(kind, Role.MANAGER, indicator)
    assert office.figure(indicator) == kind.figure
    page = office.client(Role.AUDITOR).get(f"/projects/{office.project.id}").text
    assert "本项目免审核：登记即计入，没有第二人核对。" in page


def test_an_indicator_of_project_and_umbrella_is_named_once(office: Office) -> None:
    umbrella = make_project(office.session)
    office.project.parent_id = umbrella.id
    spent = KINDS[3]
    for project in (office.project, umbrella):
        make_indicator(office.session, project, spent.measure, name="成本节约率")
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    page = signed_in(office.app, office.other).get("/review/records").text
    assert "可能影响：成本节约率、指标" in page
    assert page.count("成本节约率") == 1


def test_all_that_waits_is_on_one_list_and_approved_with_one_tap_or_together(office: Office) -> None:
    indicator = office.indicator(KINDS[5])
    for kind in KINDS:
        assert office.enter(kind, Role.MANAGER, indicator) == 302
    records = [office.record(kind) for kind in KINDS]
    client = signed_in(office.app, office.other)
    page = client.get("/review", follow_redirects=True).text
    for text in ("科普回顾", "走进村居", "管理办法", "4,800.50 元", "非常满意 9", "数量 12"):
        assert text in page
    assert f"可能影响：{indicator.name}" in page
    assert '<b class="nav-count">6' in page
    assert "6 条等待审核" in client.get("/").text
    own = office.client(Role.MANAGER).get("/review/records").text
    assert own.count("您登记或修改的，要由别人通过") == 6
    assert 'name="record"' not in own
    assert "checked" in client.get("/review/records?all=1").text
    one = client.post("/review/records", data={"one": record_mark(records[0])}, follow_redirects=True)
    assert "已审核通过 1 条。" in one.text
    assert "已审核通过 5 条。" in office.approve(client, *records[1:])[1]
    assert "没有等待审核" in client.get("/review", follow_redirects=True).text
    assert actions(office.session, "expense")[-1] == "expense.approved"
    assert last(office.session, "expense").who == office.other.name
    approved = client.get(f"/expenses/{office.record(KINDS[3]).id}/edit").text
    assert "第二人" in approved
    assert "审核通过" in approved


def test_what_was_changed_since_the_page_was_opened_is_not_approved(office: Office) -> None:
    spent = KINDS[3]
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    record = office.record(spent)
    mark = record_mark(record)
    form = spent.form | {"paid_fen": "9999", "seen": edit_token(record)}
    office.client(Role.MANAGER).post(f"/expenses/{record.id}/edit", data=form)
    client = signed_in(office.app, office.other)
    assert "刚被别人改过" in client.post("/review/records", data={"one": mark}).text
    assert office.record(spent).is_waiting


@pytest.mark.parametrize("mark", ["", "expense", "expense-x-y", "activity-1-x", f"expense-{9**30}-x"])
def test_a_mark_of_no_page_approves_nothing(office: Office, mark: str) -> None:
    answer = signed_in(office.app, office.other).post("/review/records", data={"one": mark})
    assert answer.status_code == 404


def test_saving_a_record_unchanged_leaves_it_approved(office: Office) -> None:
    spent = KINDS[3]
    office.enter(spent, Role.ORGANIZER, office.indicator(spent))
    office.approve(office.client(Role.MANAGER), office.record(spent))
    record = office.record(spent)
    form = spent.form | {"seen": edit_token(record)}
    assert office.client(Role.ORGANIZER).post(f"/expenses/{record.id}/edit", data=form).status_code == 302
    assert office.record(spent).approved_by_id == office.people[Role.MANAGER].id


def test_a_waiting_record_says_so_where_it_is_listed(office: Office) -> None:
    waits = "待审核，尚未计入"
    for kind in KINDS[:4]:
        page = office.client(Role.ORGANIZER).post(
            kind.address.format(project=office.project.id), data=kind.form, follow_redirects=True
        )
        assert waits in page.text
        assert "待审核，审核通过后计入。" in page.text
    pushes = f"/activities/{office.activity.number}/pushes"
    page = office.client(Role.ORGANIZER).post(pushes, data=PUSHED, follow_redirects=True).text
    assert waits in page


def test_approved_after_its_month_closed_it_counts_in_the_next(office: Office) -> None:
    spent = KINDS[3]
    indicator = office.indicator(spent)
    office.enter(spent, Role.ORGANIZER, indicator)
    assert office.figure(indicator) == "0.00"
    close_period(office.session, JUNE, by=None, now=AFTER_JUNE)
    office.session.commit()
    office.approve(office.client(Role.MANAGER), office.record(spent))
    assert office.figure(indicator, JULY, AFTER_JULY) == "4800.50"
    assert str(indicator_actual(office.session, indicator.id, JUNE).value) == "0.00"


def test_only_what_counts_or_counted_is_told_as_changed(office: Office) -> None:
    spent = KINDS[3]
    since = datetime.now(UTC)
    changed: Callable[[], int] = lambda: len(waiting_days(office.session, 2024, since))  # noqa: E731
    office.enter(spent, Role.ORGANIZER, office.indicator(spent))
    assert changed() == 0
    office.approve(office.client(Role.MANAGER), office.record(spent))
    assert changed() == 1
    since = datetime.now(UTC)
    record = office.record(spent)
    form = spent.form | {"paid_fen": "4700", "seen": edit_token(record)}
    office.client(Role.ORGANIZER).post(f"/expenses/{record.id}/edit", data=form)
    office.session.rollback()
    assert changed() == 1


def test_the_queue_says_what_of_a_record_looks_like_a_slip_and_who_confirmed_it(office: Office) -> None:
    spent, tallied = KINDS[3], KINDS[4]
    doubtful = spent.form | {"paid_fen": "480000", "amounts_confirmed": "y"}
    office.client(Role.ORGANIZER).post(f"/projects/{office.project.id}/expenses", data=doubtful)
    heads = office.activity.audience_onsite + office.activity.audience_online
    piles = {"very_satisfied": heads, "satisfied": 1, "recorded_on": tallied.form["recorded_on"]}
    office.client(Role.ORGANIZER).post(
        f"/activities/{office.activity.number}/tallies", data=tallied.form | piles | {"heads_confirmed": "y"}
    )
    page = office.client(Role.MANAGER).get("/review/records").text
    who = office.people[Role.ORGANIZER].name
    assert len(re.findall(f"相差很大.*{who}.*确认过", page)) == 1
    assert len(re.findall(f"扫码和纸质问卷共 .*比登记的受众 {heads} 人多.*{who}.*确认过", page)) == 1


def test_whoever_wrote_any_version_of_an_activity_leaves_it_to_a_third(office: Office) -> None:
    manager, officer = office.people[Role.MANAGER], office.people[Role.OFFICER]
    activity = make_activity(office.session, office.project, status=Status.LOGGED, by=manager)
    for by, heads in ((manager, 5_000), (officer, 5_001)):
        details = replace(details_of(activity), audience_onsite=heads)
        edit_activity(office.session, activity, details, version=activity.version, by=by, now=AFTER_JUNE)
    office.session.commit()
    for by in (manager, officer):
        with pytest.raises(Refused, match="要由另一人审核通过才计入"):
            change_status(office.session, activity, Status.APPROVED, by=by, now=AFTER_JUNE)
        assert activity.title in signed_in(office.app, by).get("/review", follow_redirects=True).text
    change_status(office.session, activity, Status.APPROVED, by=office.other, now=AFTER_JUNE)
    edit_activity(
        office.session,
        activity,
        replace(details_of(activity), audience_onsite=60),
        version=activity.version,
        by=office.people[Role.ORGANIZER],
        now=AFTER_JUNE,
    )
    change_status(office.session, activity, Status.APPROVED, by=manager, now=AFTER_JUNE)  # seen since


def test_a_ledger_that_changes_a_remark_makes_nobody_the_second_person(
    office: Office, tmp_path: Path
) -> None:
    spent = KINDS[3]
    office.enter(spent, Role.MANAGER, office.indicator(spent))
    manager = office.people[Role.MANAGER]
    activity = make_activity(office.session, office.project, status=Status.LOGGED, by=manager)
    office.session.commit()
    file = tmp_path / "ledger.xlsx"
    export_ledger(office.session, year=2024, project=None, path=file)
    book = load_workbook(file)
    for name, heading in (("支出", "摘要"), ("活动", "备注")):
        place = [cell.value for cell in book[name][1]].index(heading) + 1
        for number in range(2, book[name].max_row + 1):
            book[name].cell(number, place).value = "发票已收"
    book.save(file)
    import_ledger(office.session, file, by=office.other, now=AFTER_JUNE)
    office.session.commit()
    record = office.record(spent)
    assert (record.summary, record.written_by_id) == ("发票已收", office.other.id)
    assert office.approve(office.client(Role.MANAGER), record)[0] == 409
    with pytest.raises(Refused, match="要由另一人审核通过才计入"):
        change_status(office.session, activity, Status.APPROVED, by=manager, now=AFTER_JUNE)
    change_status(office.session, activity, Status.APPROVED, by=office.other, now=AFTER_JUNE)

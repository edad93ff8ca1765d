from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, sign_in
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.rules import Status
from activitylog.audit.chain import VerifiedChain, verify
from activitylog.audit.registry import AUDITED, secret_digest
from activitylog.core.actor import Actor, act_as, as_sample
from activitylog.core.database import all_tables
from activitylog.core.records import restore_record, withdraw_record
from activitylog.indicators.models import Rule
from activitylog.indicators.rules.operations import confirm_rules, set_rule
from activitylog.indicators.rules.rules import RuleDetails
from activitylog.milestones.operations import mark_done
from activitylog.pages.activity_form.operations import edit_and_submit_activity
from activitylog.surveys.paper.operations import add_paper_tally
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity, make_details
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import answer
from tests.factories.trail import actions, entries, last
from tests.statements import statements

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
NOT_AUDITED = {
    "activity_counter": "numbers given out; the numbers themselves are told",
    "activity_district": "told with its activity",
    "activity_check": "told with its activity",
    "activity_kind_link": "told with its activity",
    "rule_activity_kind": "told with its rule",
    "rule_district": "told with its rule",
    "rule_expense_kind": "told with its rule",
    "rule_form": "told with its rule",
    "rule_venue_kind": "told with its rule",
    "response": "answers are anonymous",
    "answered_device": "answers are anonymous",
    "host_response": "answers are anonymous",
    "host_device": "answers are anonymous",
    "sign_in": "told as signing in and out; the person sees them",
    "pending_sign_in": "told once it is a sign-in, or as a failed one",
    "second_factor": "told as turned on and off, without its secret",
    "recovery_code": "told as renewed and used, without the code",
    "failed_sign_in": "told as a failed sign-in",
    "waiting_form": "not saved yet; forgotten after an hour",
    "password_link": "told as made, without its secret",
    "notice": "made from what is told elsewhere",
    "notice_delivery": "how notices were sent, a record of its own",
    "notice_settings": "a person's own choice of how to be reached, seen by nobody else",
    "notice_opt_out": "a person's own choice of how to be reached, seen by nobody else",
    "monthly_letter": "made from the books",
    "collected_trail": "how far the trail was read",
    "posting": "the books, recomputed from facts and checked against them",
    "actual": "the books, recomputed from facts and checked against them",
    "summed_month": "counted from answers and checked against them",
    "answer_sum": "counted from answers and checked against them",
    "unsummed_activity": "what the sums of answers lack, noted by triggers",
    "unsummed_answer": "what the sums of answers still contain, noted by triggers",
    "month_records": "counted from the postings",
    "past_posting": "kept revisions of the books, which triggers freeze",
    "past_actual": "kept revisions of the books, which triggers freeze",
    "closed_target": "what targets and plans, which are told, said when a month was closed",
    "finding": "what the self-audit found, a record of its own",
    "job_run": "how jobs went, a record of its own",
    "audit_entry": "the trail itself",
    "judgement_file": "told with its judgement",
    "photo_band": "computed from the photo",
    "ledger_upload": "work on a file, removed after a day; what it imports is told",
    "ledger_upload_row": "the preview of a file, removed after a day; what it imports is told",
    "retention_progress": "how far a nightly job has come; what it deleted is told once a run",
    "stored_file": "contents by their hash; the record that links to one is told",
}


def test_every_table_is_audited_or_says_why_not() -> None:
    audited = {model.__table__.name for model in AUDITED}
    assert audited | NOT_AUDITED.keys() == set(all_tables().tables)
    assert not audited & NOT_AUDITED.keys()


def test_no_secret_is_a_recorded_field() -> None:
    recorded = {name for spec in AUDITED.values() for name in spec.fields}
    assert not recorded & {
        "password_hash",
        "key_hash",
        "code_hash",
        "sealed_secret",
        "token_hash",
        "nonce",
        "survey_token",
        "host_token",
        "device_hash",
    }


def test_a_logged_activity_is_recorded_with_who_and_where(session: Session) -> None:
    user = make_user(session, name="张老师")
    project = make_project(session)
    session.commit()
    act_as(session, Actor(user.name, "10.0.0.7", user_id=user.id))
    activity = make_activity(session, project, status=Status.LOGGED)
    session.commit()
    entry = last(session, "activity")
    assert (entry.action, entry.object_id) == ("activity.logged", activity.id)
    assert entry.object_name == f"{activity.number} {activity.title}"
    assert (entry.who, entry.user_id, entry.origin) == ("张老师", user.id, "10.0.0.7")
    assert (entry.project_id, entry.activity_id) == (project.id, activity.id)
    changes = entry.changes
    assert changes["project"] == (None, project.name)
    assert changes["venue"] == (None, "曹杨社区书院")
    assert changes["kinds"] == (None, ["资源配送"])
    assert changes["districts"] == (None, ["310107"])
    assert changes["held_on"] == (None, "2024-06-10")
    assert changes["audience_online"] == (None, 0)
    assert "note" not in changes
    assert "quality_met" not in changes


def test_an_edit_records_only_what_changed_before_and_after(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    session.commit()
    wanted = replace(
        details_of(activity),
        audience_onsite=75,
        kinds=("下乡服务", "资源配送"),
        districts=("310104", "310107"),
    )
    edit_activity(session, activity, wanted, version=activity.version, by=None, now=NOW)
    session.commit()
    entry = last(session, "activity")
    assert entry.action == "activity.edited"
    assert entry.changes == {
        "audience_onsite": (60, 75),
        "kinds": (["资源配送"], ["下乡服务", "资源配送"]),
        "districts": (["310107"], ["310104", "310107"]),
    }


def test_a_start_time_is_recorded_in_shanghai_time(session: Session) -> None:
    activity = make_activity(session, start_time=time(9, 30))
    session.commit()
    activity.start_time = time(14)
    session.commit()
    assert last(session, "activity").changes == {"start_time": ("09:30", "14:00")}


def test_a_district_that_changes_places_is_recorded(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED, districts=("310107", "310104"))
    session.commit()
    wanted = replace(details_of(activity), districts=("310104", "310107"))
    edit_activity(session, activity, wanted, version=activity.version, by=None, now=NOW)
    session.commit()
    assert last(session, "activity").changes["districts"] == (["310107", "310104"], ["310104", "310107"])


def test_steps_of_review_are_entries_of_their_own(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    session.commit()
    for status in (Status.RETURNED, Status.LOGGED, Status.APPROVED, Status.WITHDRAWN, Status.LOGGED):
        change_status(session, activity, status, by=None, now=NOW, reason="人数待核", quality_met=True)
        session.commit()
    steps = ["returned", "logged", "approved", "withdrawn", "restored"]
    assert actions(session, "activity")[1:] == [f"activity.{step}" for step in steps]
    assert entries(session, "activity")[3].changes["status"] == ("logged", "approved")


def test_steps_within_one_transaction_stay_apart(session: Session) -> None:
    make_activity(session, status=Status.APPROVED)
    session.commit()
    assert actions(session, "activity") == ["activity.logged", "activity.approved"]


def test_what_did_not_change_leaves_no_entry(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    session.commit()
    count = len(entries(session))
    activity.title = activity.title + ""
    activity.updated_at = NOW
    session.commit()
    assert len(entries(session)) == count


def test_entries_go_with_their_transaction(session: Session) -> None:
    project = make_project(session)
    session.commit()
    count = len(entries(session))
    make_activity(session, project)
    session.rollback()
    assert len(entries(session)) == count
    session.commit()
    assert len(entries(session)) == count


def test_a_savepoint_taken_back_takes_its_entries_along(session: Session) -> None:
    project = make_project(session)
    session.commit()
    make_milestone(session, project, name="一")
    savepoint = session.begin_nested()
    make_milestone(session, project, name="二")
    savepoint.rollback()
    with session.begin_nested():
        make_milestone(session, project, name="三")
    session.commit()
    assert [entry.object_name for entry in entries(session, "milestone")] == ["一", "三"]


def test_articles_are_recorded_with_their_activity_and_their_withdrawal(session: Session) -> None:
    activity = make_activity(session)
    push = make_push(session, activity.project, activity=activity)
    session.commit()
    assert last(session, "push").activity_id == activity.id
    assert last(session, "push").changes["activity"] == (None, activity.number)
    withdraw_record(session, push, reason="重复登记", now=NOW)
    session.commit()
    entry = last(session, "push")
    assert entry.action == "push.withdrawn"
    assert entry.changes["withdrawn_reason"] == ("", "重复登记")


def test_milestones_expenses_and_tallies_are_recorded(session: Session) -> None:
    activity = make_activity(session)
    milestone = make_milestone(session, activity.project, done_on=None)
    make_expense(session, activity.project)
    session.commit()
    mark_done(session, milestone, done_on=date(2024, 6, 11), by=None, now=NOW)
    session.commit()
    withdraw_record(session, milestone, reason="改期", now=NOW)
    session.commit()
    restore_record(session, milestone, by=None, now=NOW)
    add_paper_tally(
        session,
        activity_id=activity.id,
        very_satisfied=8,
        satisfied=2,
        neutral=0,
        dissatisfied=0,
        very_dissatisfied=0,
        recorded_on=date(2024, 6, 11),
        by=None,
        now=NOW,
    )
    session.commit()
    steps = ["created", "done", "withdrawn", "restored"]
    assert actions(session, "milestone") == [f"milestone.{step}" for step in steps]
    assert last(session, "expense").changes["paid_fen"][1] is not None
    tally = last(session, "tally")
    assert (tally.project_id, tally.activity_id) == (activity.project_id, activity.id)
    assert tally.object_name == "2024-06-11 登记的 10 份"


def test_rules_are_recorded_with_the_indicators_name(session: Session) -> None:
    indicator = make_indicator(session, make_project(session), "pushes")
    rule = session.get_one(Rule, indicator.id)
    session.commit()
    entry = last(session, "rule")
    assert (entry.action, entry.object_name) == ("rule.created", indicator.name)
    assert entry.project_id == indicator.project_id
    confirm_rules([rule], by=None, now=datetime(2024, 7, 1, tzinfo=UTC))
    session.commit()
    assert last(session, "rule").action == "rule.confirmed"
    set_rule(session, indicator, RuleDetails("pushes", tolerance=Decimal("0.50")), by=None, now=NOW)
    session.commit()
    assert last(session, "rule").changes["tolerance"] == ("0", "0.50")


def test_people_are_recorded_without_their_secrets(session: Session) -> None:
    project = make_project(session)
    user = create_user(
        session, name="王芳", password="Sesame-9-open", role=Role.MANAGER, now=NOW, project_ids=[project.id]
    )
    session.commit()
    first, second = (secret_digest(each) for each in (user.password_hash, "another hash"))
    assert last(session, "user").changes == {
        "name": (None, "王芳"),
        "role": (None, "manager"),
        "is_enabled": (None, True),
        "password_hash": (None, first),
    }
    assert last(session, "membership").changes == {"user": (None, "王芳"), "project": (None, project.name)}
    user.password_hash = "another hash"
    session.commit()
    changed = last(session, "user")
    assert (changed.action, changed.changes) == ("user.password_changed", {"password_hash": (first, second)})
    disable_user(session, name="王芳", now=NOW)
    session.commit()
    assert last(session, "user").action == "user.disabled"


def test_sign_ins_and_failures_are_recorded(session: Session) -> None:
    user = create_user(session, name="王芳", password="Sesame-9-open", role=Role.MANAGER, now=NOW)
    session.commit()
    device = Device("10.0.0.7")
    assert sign_in(session, name="王芳", fitting=user.password_hash, device=device, now=NOW)
    session.commit()
    entry = last(session)
    assert (entry.action, entry.who) == ("user.signed_in", "王芳")
    for name in ("王芳", "My-password-8"):
        assert sign_in(session, name=name, fitting=None, device=device, now=NOW) is None
        session.commit()
    assert actions(session, "user")[2:] == ["user.sign_in_failed"] * 2
    assert last(session).object_name == "没有这个用户"


def test_a_new_venue_and_kind_are_recorded_once(session: Session) -> None:
    project = make_project(session)
    make_activity(session, project)
    make_activity(session, project)
    session.commit()
    assert [entry.changes["name"][1] for entry in entries(session, "venue")] == ["曹杨社区书院"]
    assert actions(session, "kind") == ["kind.created"]


def test_records_that_move_with_their_activity_are_recorded(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    push = make_push(session, activity.project, activity=activity)
    other = make_project(session, name="另一个项目")
    session.commit()
    details = replace(details_of(activity), project_id=other.id)
    edit_and_submit_activity(
        session,
        activity,
        details,
        version=activity.version,
        is_submitted=False,
        by=make_user(session, role=Role.OFFICER),
        now=NOW,
    )
    session.commit()
    entry = last(session, "push")
    assert (entry.object_id, entry.project_id) == (push.id, other.id)
    assert entry.changes["project"][1] == "另一个项目"


def test_dropping_an_indicator_records_of_its_rule(session: Session) -> None:
    indicator = make_indicator(session, make_project(session), "pushes")
    session.commit()
    project = indicator.project
    project.indicators.remove(indicator)
    session.commit()
    assert [last(session, kind).action for kind in ("indicator", "rule")] == [
        "indicator.removed",
        "rule.removed",
    ]
    assert last(session, "rule").changes["measure"] == ("pushes", None)


def test_what_is_written_as_sample_is_marked(session: Session) -> None:
    project = make_project(session)
    with as_sample(session):
        make_milestone(session, project)
        session.commit()
    make_milestone(session, project)
    session.commit()
    assert [entry.is_sample for entry in entries(session, "milestone")] == [True, False]


def test_answers_leave_no_entry(session: Session) -> None:
    activity = make_activity(session)
    session.commit()
    count = len(entries(session))
    answer(session, activity)
    session.commit()
    assert len(entries(session)) == count


def test_logging_an_activity_costs_at_most_three_statements_more(session: Session) -> None:
    project = make_project(session)
    make_activity(session, project)
    session.commit()
    with statements() as plain:
        activity = make_activity(session, project, status=Status.LOGGED)
        make_push(session, project, activity=activity)
    with statements() as at_commit:
        session.commit()
    assert not [each for each in plain if "audit_entry" in each]
    assert 1 < len([each for each in at_commit if "SAVEPOINT" not in each]) <= 3


@pytest.mark.parametrize("table", ["UPDATE audit_entry SET who = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_or_delete_entries(session: Session, table: str) -> None:
    make_project(session)
    session.commit()
    with pytest.raises(DBAPIError, match="audit entries are"):
        session.execute(text(table))
    session.rollback()
    assert isinstance(verify(session), VerifiedChain)


def test_the_database_refuses_to_replace_or_empty_the_trail(session: Session) -> None:
    make_project(session)
    session.commit()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry"
    with pytest.raises(DBAPIError, match="audit entries are"):
        session.execute(text(statement if is_sqlite else "TRUNCATE audit_entry"))


def test_a_record_that_is_made_and_edited_at_once_is_one_entry(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    details = make_details(activity.project, title="改过的名称")
    edit_activity(session, activity, details, version=activity.version, by=None, now=NOW)
    session.commit()
    assert actions(session, "activity") == ["activity.logged"]
    assert last(session, "activity").changes["title"] == (None, "改过的名称")


def test_old_values_are_recorded_even_when_they_were_not_loaded(session: Session) -> None:
    activity = make_activity(session)
    session.commit()
    session.expire_all()
    fresh = session.get_one(Activity, activity.id)
    session.expire(fresh)
    fresh.note = "补记"
    session.commit()
    assert last(session, "activity").changes == {"note": ("", "补记")}

import threading
import uuid
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity, Venue
from activitylog.activities.operations import change_status, edit_activity, log_activity
from activitylog.activities.rules import Status
from activitylog.core.database import begin_writing, make_engine
from activitylog.errors import BadInput, Forbidden, IllegalChange, Missing, Refused, StaleVersion
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity, make_details
from tests.factories.projects import make_project

LATER = NOW + timedelta(hours=1)


def stored(session: Session, activity: Activity) -> Activity:
    session.flush()
    session.expire_all()
    return session.get_one(Activity, activity.id)


def test_what_was_logged_is_what_is_stored(session: Session) -> None:
    project = make_project(session)
    organizer = make_user(session, project)
    details = make_details(
        project,
        kinds=("下乡服务", "资源配送"),
        districts=("310107", "310101", "310151"),
        planned_on=date(2024, 6, 9),
        start_time=time(9, 30),
        audience_online=0,
        note="雨天改到室内",
    )
    activity = stored(session, log_activity(session, details, by=organizer, now=NOW)[0])
    assert replace(details_of(activity), kinds=()) == replace(details, kinds=())
    assert {kind.name for kind in activity.kinds} == {"下乡服务", "资源配送"}
    assert (activity.status, activity.number, activity.version) == (Status.LOGGED, "2024-0001", 1)
    assert (activity.created_by_id, activity.happens_on) == (organizer.id, date(2024, 6, 10))


def test_a_plan_needs_its_date_and_has_not_been_held(session: Session) -> None:
    project = make_project(session)
    plan = make_details(project, held_on=None, planned_on=date(2024, 9, 15), audience_onsite=0)
    activity, _ = log_activity(session, plan, Status.PLANNED, by=None, now=NOW)
    assert (activity.status, activity.happens_on) == (Status.PLANNED, date(2024, 9, 15))
    with pytest.raises(BadInput, match="计划日期"):
        log_activity(session, replace(plan, planned_on=None), Status.PLANNED, by=None, now=NOW)


def test_a_start_is_kept_to_the_minute_and_as_good_as_the_same_minute(session: Session) -> None:
    activity = make_activity(session, start_time=time(14, 30, 59))
    assert stored(session, activity).start_time == time(14, 30)
    details = replace(details_of(activity), start_time=time(14, 30, 1))
    assert edit_activity(session, activity, details, version=2, by=None, now=LATER).version == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"held_on": date(2024, 6, 13)}, "held_on"),
        ({"held_on": date(2023, 6, 12)}, "held_on"),
        ({"start_time": time(0)}, "start_time"),
        ({"held_on": None, "planned_on": date(2024, 6, 1)}, "held_on"),
        ({"title": "  "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"venue_name": "长" * 121}, "venue_name"),
        ({"kinds": ("长" * 61,)}, "kinds"),
        ({"districts": ("310102",)}, "district"),
        ({"audience_onsite": -1}, "audience_onsite"),
        ({"audience_online": 10_000_001}, "audience_online"),
        ({"audience_young": 40, "audience_elderly": 21}, "audience_young"),
        ({"audience_others": -1}, "audience_others"),
        ({"counting_method": "数了数"}, "counting_method"),
        ({"speaker": "名" * 121}, "speaker"),
    ],
)
def test_a_bad_value_is_refused_beside_its_field(
    session: Session, changes: dict[str, object], field: str
) -> None:
    details = make_details(make_project(session), **changes)
    with pytest.raises(BadInput) as refusal:
        log_activity(session, details, by=None, now=NOW)
    assert refusal.value.field == field
    assert session.scalar(select(func.count(Activity.id))) == 0


def test_an_organizer_of_another_project_can_neither_log_nor_edit_nor_move(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    other = make_project(session)
    stranger = make_user(session, other)
    with pytest.raises(Missing):
        log_activity(session, make_details(activity.project), by=stranger, now=NOW)
    with pytest.raises(Missing):
        edit_activity(
            session, activity, make_details(other), version=activity.version, by=stranger, now=LATER
        )
    with pytest.raises(Missing):
        change_status(session, activity, Status.WITHDRAWN, by=stranger, now=LATER, reason="重复")
    owner = make_user(session, activity.project)
    with pytest.raises(Missing):
        edit_activity(session, activity, make_details(other), version=activity.version, by=owner, now=LATER)


def test_a_double_tap_enters_one_activity(session: Session) -> None:
    project = make_project(session)
    nonce = str(uuid.uuid4())
    first, is_new = log_activity(session, make_details(project), by=None, now=NOW, nonce=nonce)
    changed = make_details(project, title="改")
    again, is_again_new = log_activity(session, changed, by=None, now=LATER, nonce=nonce)
    assert again is first
    assert (is_new, is_again_new) == (True, False)
    assert again.title == "社区科普讲座"
    assert take_count(session) == 1


def take_count(session: Session) -> int:
    return session.scalar(select(func.count(Activity.id))) or 0


def test_a_number_taken_by_another_activity_is_refused_and_nothing_else_is_lost(session: Session) -> None:
    activity = make_activity(session, number="2024-0009")
    with pytest.raises(Refused, match="2024-0009"):
        make_activity(session, activity.project, number="2024-0009")
    assert make_activity(session, activity.project).number == "2024-0001"
    assert take_count(session) == 2


def test_phones_saving_at_once_get_their_own_numbers_and_retries_the_first(database_url: str) -> None:
    engine = make_engine(database_url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        project = make_project(session)
        details = make_details(project)
        session.commit()
    nonces = [str(uuid.uuid4()) for _ in range(5)] * 2
    numbers: list[tuple[str, str]] = []

    def tap(nonce: str) -> None:
        with Session(engine) as session:
            begin_writing(session)
            activity, _ = log_activity(session, details, by=None, now=NOW, nonce=nonce)
            numbers.append((nonce, activity.number))
            session.commit()

    threads = [threading.Thread(target=tap, args=(nonce,)) for nonce in nonces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert take_count(session) == 5
        assert session.scalar(select(func.count(Venue.id))) == 1
        assert set(session.scalars(select(Activity.number))) == {f"2024-000{n}" for n in range(1, 6)}
    engine.dispose()
    assert len(numbers) == 10
    assert len(set(numbers)) == 5


def test_an_edit_replaces_what_was_written(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    wanted = make_details(
        activity.project,
        title="科普剧专场",
        kinds=("志愿服务",),
        form="科普剧",
        venue_name="",
        districts=("310151", "310107"),
        audience_onsite=0,
        audience_online=400,
    )
    edit_activity(session, activity, wanted, version=1, by=None, now=LATER)
    assert details_of(stored(session, activity)) == wanted
    assert (activity.version, activity.updated_at, activity.created_at) == (2, LATER, NOW)


def test_an_edit_of_kinds_alone_counts_as_a_new_version(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    wanted = replace(details_of(activity), kinds=("下乡服务",))
    edit_activity(session, activity, wanted, version=1, by=None, now=LATER)
    assert stored(session, activity).version == 2


def test_an_edit_of_an_older_version_is_refused(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    wanted = make_details(activity.project, title="甲改的")
    edit_activity(session, activity, wanted, version=1, by=None, now=LATER)
    with pytest.raises(StaleVersion, match="甲改的"):
        edit_activity(session, activity, replace(wanted, title="乙改的"), version=1, by=None, now=LATER)
    with pytest.raises(StaleVersion):
        change_status(session, activity, Status.APPROVED, by=None, now=LATER, version=1)
    assert stored(session, activity).title == "甲改的"


def test_an_organizers_edit_of_an_approved_activity_waits_for_review_again(session: Session) -> None:
    project = make_project(session)
    activity = make_activity(session, project, quality_met=True)
    organizer = make_user(session, project)
    wanted = replace(details_of(activity), audience_onsite=600)
    edit_activity(session, activity, wanted, version=activity.version, by=organizer, now=LATER)
    assert (activity.status, activity.quality_met) == (Status.LOGGED, None)
    assert (activity.reviewed_by_id, activity.reviewed_at) == (None, None)


def test_saving_an_approved_activity_unchanged_leaves_it_approved(session: Session) -> None:
    project = make_project(session)
    activity = make_activity(session, project, kinds=("下乡服务", "资源配送"))
    organizer = make_user(session, project)
    same = replace(details_of(activity), title=" 社区科普讲座 ", kinds=("资源配送", "下乡服务"))
    edit_activity(session, activity, same, version=activity.version, by=organizer, now=LATER)
    assert activity.status is Status.APPROVED
    assert activity.updated_at == NOW


def test_a_reviewers_edit_keeps_an_activity_approved_unless_it_may_count(session: Session) -> None:
    activity = make_activity(session)
    manager, other = (make_user(session, role=Role.MANAGER) for _ in range(2))
    wanted = replace(details_of(activity), title="社区科普讲座（第二场）", note="家长陪同")
    edit_activity(session, activity, wanted, version=activity.version, by=manager, now=LATER)
    assert (activity.status, activity.quality_met, activity.note) == (Status.APPROVED, True, "家长陪同")
    wanted = replace(wanted, audience_onsite=61)
    edit_activity(session, activity, wanted, version=activity.version, by=manager, now=LATER)
    assert (activity.status, activity.quality_met) == (Status.LOGGED, None)
    with pytest.raises(Refused, match=f"要由另一人审核通过才计入。可以请：{other.name}。"):
        change_status(session, activity, Status.APPROVED, by=manager, now=LATER, quality_met=True)
    change_status(session, activity, Status.APPROVED, by=other, now=LATER, quality_met=True)
    assert (activity.status, activity.audience_onsite) == (Status.APPROVED, 61)


def test_a_command_or_a_project_without_review_needs_no_second_person(session: Session) -> None:
    activity = make_activity(session)
    wanted = replace(details_of(activity), audience_onsite=61)
    edit_activity(session, activity, wanted, version=activity.version, by=None, now=LATER)
    assert (activity.status, activity.quality_met) == (Status.APPROVED, True)
    activity.project.skips_review = True
    manager = make_user(session, role=Role.MANAGER)
    wanted = replace(wanted, audience_onsite=62)
    edit_activity(session, activity, wanted, version=activity.version, by=manager, now=LATER)
    assert (activity.status, activity.quality_met, activity.audience_onsite) == (Status.APPROVED, True, 62)


def test_a_cancelled_activity_is_restored_before_it_is_edited(session: Session) -> None:
    activity = make_activity(session, status=Status.WITHDRAWN)
    with pytest.raises(IllegalChange, match="恢复"):
        edit_activity(
            session,
            activity,
            make_details(activity.project),
            version=activity.version,
            by=None,
            now=LATER,
        )


def test_approval_records_who_when_and_the_quality(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    manager = make_user(session, role=Role.MANAGER)
    change_status(session, activity, Status.APPROVED, by=manager, now=LATER, quality_met=False)
    assert (activity.status, activity.quality_met) == (Status.APPROVED, False)
    assert (activity.reviewed_by_id, activity.reviewed_at) == (manager.id, LATER)


def test_an_organizer_submits_and_cancels_but_does_not_judge(session: Session) -> None:
    project = make_project(session)
    organizer = make_user(session, project)
    activity = make_activity(session, project, status=Status.LOGGED)
    with pytest.raises(Forbidden):
        change_status(session, activity, Status.APPROVED, by=organizer, now=LATER)
    change_status(session, activity, Status.WITHDRAWN, by=organizer, now=LATER, reason="重复登记")
    assert activity.status_reason == "重复登记"
    change_status(session, activity, Status.LOGGED, by=organizer, now=LATER)
    assert (activity.status, activity.status_reason) == (Status.LOGGED, "")


def test_only_a_reviewer_takes_back_what_counts(session: Session) -> None:
    project = make_project(session)
    activity = make_activity(session, project)
    with pytest.raises(Forbidden):
        change_status(
            session, activity, Status.WITHDRAWN, by=make_user(session, project), now=LATER, reason="误"
        )
    manager = make_user(session, role=Role.MANAGER)
    change_status(session, activity, Status.WITHDRAWN, by=manager, now=LATER, reason="误报")
    assert (activity.status, activity.quality_met) == (Status.WITHDRAWN, None)


def test_the_reason_of_a_return_stays_until_the_next_review(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    with pytest.raises(BadInput, match="原因"):
        change_status(session, activity, Status.RETURNED, by=None, now=LATER)
    change_status(session, activity, Status.RETURNED, by=None, now=LATER, reason="缺签到表")
    change_status(session, activity, Status.LOGGED, by=None, now=LATER)
    assert activity.status_reason == "缺签到表"
    change_status(session, activity, Status.APPROVED, by=None, now=LATER, quality_met=True)
    assert activity.status_reason == ""


def test_a_plan_without_the_day_it_was_held_is_not_submitted(session: Session) -> None:
    activity = make_activity(session, status=Status.PLANNED)
    with pytest.raises(BadInput, match="举办日期"):
        change_status(session, activity, Status.LOGGED, by=None, now=LATER)

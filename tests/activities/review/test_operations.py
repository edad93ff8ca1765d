"""What makes an activity 质量达标: its recorded items, else the ledger's judgement of the whole."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.photos.operations import restore_photo, withdraw_photo
from activitylog.activities.photos.queries import photos_of
from activitylog.activities.review.operations import set_review
from activitylog.activities.review.queries import unseen_notice
from activitylog.activities.rules import (
    MIN_PHOTOS,
    TICKED_ITEMS,
    QualityItem,
    Status,
    is_quality_met,
    must_items,
)
from activitylog.core.records import writers_with
from activitylog.errors import BadInput
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import NOW, make_activity, make_details
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.publicity import make_push

LATER = NOW + timedelta(days=1)
ALL = set(TICKED_ITEMS)


def add_photos(session: Session, activity: Activity, folder: Path) -> None:
    for seed in range(MIN_PHOTOS):
        put_photo(session, activity, folder, seed=seed)


@pytest.fixture
def proved(session: Session, tmp_path: Path) -> Activity:
    """Logged, with photos and a summary."""
    activity = make_activity(session, status=Status.LOGGED, summary="很好")
    add_photos(session, activity, tmp_path)
    return activity


def approve(session: Session, activity: Activity, checks: Collection[QualityItem] | None) -> Activity:
    return change_status(session, activity, Status.APPROVED, by=None, now=LATER, checks=checks)


@pytest.mark.parametrize(
    ("must", "met", "expected"),
    [
        (QualityItem, QualityItem, True),
        (QualityItem, [item for item in QualityItem if item is not QualityItem.PHOTOS], False),
        ([QualityItem.PLAN], [QualityItem.PLAN, QualityItem.SUMMARY], True),
        ([QualityItem.PLAN], [], False),
    ],
)
def test_quality_is_met_when_every_must_item_is(
    must: Collection[QualityItem], met: Collection[QualityItem], expected: bool
) -> None:
    assert is_quality_met(must, met) is expected


def test_a_project_that_names_no_items_asks_for_all() -> None:
    assert must_items("") == tuple(QualityItem)
    assert must_items("总结已提交、方案已批准") == (QualityItem.PLAN, QualityItem.SUMMARY)


def test_the_items_are_kept_with_who_and_when_and_the_system_ticks_its_own(session: Session) -> None:
    project = make_project(session)
    organizer, manager = make_user(session, project), make_user(session, role=Role.MANAGER)
    activity = make_activity(
        session, project, status=Status.LOGGED, by=organizer, checks=(QualityItem.PLAN,), summary="很好"
    )
    change_status(session, activity, Status.APPROVED, by=manager, now=LATER, checks=ALL)
    told = {check.item: (check.by_id, check.at) for check in activity.checks}
    assert told[QualityItem.PLAN] == (organizer.id, NOW)
    assert told[QualityItem.SUMMARY] == (None, NOW)
    assert told[QualityItem.SAFETY] == (manager.id, LATER)


@pytest.mark.parametrize("missing", TICKED_ITEMS)
def test_one_item_less_does_not_meet_the_quality(
    session: Session, proved: Activity, missing: QualityItem
) -> None:
    assert approve(session, proved, ALL - {missing}).quality_met is False


def test_nobody_ticks_photos_and_summary_by_hand(session: Session) -> None:
    activity = approve(session, make_activity(session, status=Status.LOGGED), set(QualityItem))
    assert activity.quality_met is False
    assert {check.item for check in activity.checks} == ALL


@pytest.mark.parametrize("judged", [True, False])
def test_the_ledgers_judgement_holds_until_items_are_recorded(session: Session, judged: bool) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    activity.quality_met = judged
    approve(session, activity, [])
    assert (activity.quality_met, activity.quality_from_items) == (judged, False)
    ticked_items = make_details(activity.project, checks=(QualityItem.PLAN,))
    edit_activity(session, activity, ticked_items, version=activity.version, by=None, now=LATER)
    assert (activity.quality_met, activity.quality_from_items) == (False, True)


def test_items_at_the_review_replace_the_ledgers_judgement(session: Session, proved: Activity) -> None:
    proved.quality_met = False
    assert approve(session, proved, ALL).quality_met is True


def test_a_summary_taken_away_from_an_approved_activity_takes_its_quality_along(
    session: Session, proved: Activity
) -> None:
    activity = approve(session, proved, ALL)
    assert activity.quality_met is True
    bare = make_details(activity.project, checks=TICKED_ITEMS)
    edit_activity(session, activity, bare, version=activity.version, by=None, now=LATER)
    assert activity.quality_met is False


def test_the_loss_of_the_third_photo_takes_the_quality_away_until_the_next_review(
    session: Session, proved: Activity
) -> None:
    assert approve(session, proved, ALL).quality_met is True
    photo = photos_of(session, proved.id)[0]
    withdraw_photo(session, photo, reason="拍错了", by=None, now=LATER)
    assert (proved.quality_met, proved.status) == (False, Status.APPROVED)
    restore_photo(session, photo, now=LATER)
    assert proved.quality_met is False  # nobody but a reviewer says that it is met
    for status in (Status.RETURNED, Status.LOGGED):
        change_status(session, proved, status, by=None, now=LATER, reason="请补照片")
    assert approve(session, proved, ALL).quality_met is True


def test_photos_leave_the_ledgers_judgement_alone(session: Session, tmp_path: Path) -> None:
    activity = make_activity(session, quality_met=False)
    add_photos(session, activity, tmp_path)
    assert (activity.quality_met, activity.quality_from_items) == (False, False)


def test_only_the_projects_items_count(session: Session) -> None:
    project = make_project(session)
    set_review(session, project, skips_review=False, must_items=[QualityItem.SAFETY])
    activity = make_activity(session, project, status=Status.LOGGED)
    assert approve(session, activity, [QualityItem.SAFETY]).quality_met is True
    with pytest.raises(BadInput, match="至少要选一项"):
        set_review(session, project, skips_review=False, must_items=[])


@pytest.fixture
def exempt(session: Session) -> Project:
    project = make_project(session)
    set_review(session, project, skips_review=True, must_items=[QualityItem.SIGN_IN])
    return project


def test_without_review_what_is_logged_counts_at_once(session: Session, exempt: Project) -> None:
    organizer = make_user(session, exempt)
    held = make_activity(session, exempt, status=Status.LOGGED, by=organizer, checks=(QualityItem.SIGN_IN,))
    assert (held.status, held.is_exempt, held.reviewed_by_id) == (Status.APPROVED, True, None)
    assert (held.quality_met, held.quality_from_items) == (True, True)
    edited = make_details(exempt, audience_onsite=61)
    edit_activity(session, held, edited, version=held.version, by=organizer, now=LATER)
    assert (held.status, held.is_exempt, held.quality_met) == (Status.APPROVED, True, False)


def test_a_manager_may_still_return_what_counted_without_review(session: Session, exempt: Project) -> None:
    manager = make_user(session, role=Role.MANAGER)
    held = make_activity(session, exempt, status=Status.LOGGED)
    change_status(session, held, Status.RETURNED, by=manager, now=LATER, reason="人数有误")
    assert (held.status, held.is_exempt, held.quality_met) == (Status.RETURNED, False, None)
    change_status(session, held, Status.LOGGED, by=None, now=LATER)
    assert (held.status, held.is_exempt) == (Status.APPROVED, True)


def test_what_waited_for_review_before_it_was_switched_off_still_waits(session: Session) -> None:
    activity = make_activity(session, status=Status.LOGGED)
    set_review(session, activity.project, skips_review=True, must_items=QualityItem)
    assert activity.status is Status.LOGGED
    assert details_of(activity).checks == ()


def test_what_counted_without_review_waits_once_review_is_switched_on(
    session: Session, exempt: Project
) -> None:
    organizer, manager = make_user(session, exempt), make_user(session, role=Role.MANAGER)
    unseen = make_activity(session, exempt, status=Status.LOGGED, by=organizer)
    of_office, edited = (make_activity(session, exempt, status=Status.LOGGED) for _ in range(2))
    more = replace(details_of(edited), audience_onsite=61)
    edit_activity(session, edited, more, version=edited.version, by=manager, now=LATER)
    assert (edited.status, edited.is_exempt) == (Status.APPROVED, True)
    push, attached, of_command = (make_push(session, exempt, activity=each) for each in (None, unseen, None))
    attached.project = make_project(session)
    push.writers = attached.writers = writers_with("", organizer.id)
    session.flush()
    assert unseen_notice(session, exempt) == (
        "有 2 场活动、2 条其他记录没有第二人看过；改为要审核以后，它们回到待审核，通过前不计入指标。"
    )
    set_review(session, exempt, skips_review=True, must_items=QualityItem)
    assert unseen.status is Status.APPROVED
    assert set_review(session, exempt, skips_review=False, must_items=QualityItem) == 4
    session.expire_all()
    assert {unseen.status, edited.status} == {Status.LOGGED}
    assert of_office.status is Status.APPROVED
    assert [each.is_waiting for each in (push, attached, of_command)] == [True, True, False]
    assert not unseen.is_exempt
    assert unseen_notice(session, exempt) == ""


def test_fewer_items_to_check_make_no_approved_activity_better(session: Session) -> None:
    project, manager = make_project(session), make_user(session, role=Role.MANAGER)
    activity = make_activity(session, project, status=Status.LOGGED)
    approve(session, activity, [QualityItem.SAFETY])
    assert activity.quality_met is False
    set_review(session, project, skips_review=False, must_items=[QualityItem.SAFETY])
    edited = replace(details_of(activity), note="补记")
    edit_activity(session, activity, edited, version=activity.version, by=manager, now=LATER)
    assert (activity.status, activity.quality_met) == (Status.APPROVED, False)

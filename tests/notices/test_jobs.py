"""From what happened to the message that arrives: once, in the day, together, and again after a failure."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from activitylog.core.period import SHANGHAI
from activitylog.notices.delivery.operations import DIED, DISABLED, NO_ADDRESS
from activitylog.notices.delivery.rules import Office
from activitylog.notices.jobs import forget_old, tell_people
from activitylog.notices.models import Notice, NoticeDelivery, NoticeOptOut, NoticeSettings
from activitylog.notices.rules import BACK_OFF, Channel, DeliveryState, Kind
from tests.factories.activities import make_activity
from tests.notices.conftest import NOW, People, Sending, reachable
from tests.notices.receivers import html, plain

WEBHOOK = "https://open.feishu.cn/open-apis/bot/v2/hook/0a3f-11"


def plan(session: Session, people: People, title: str = "讲座", *, day: date = date(2024, 6, 13)) -> None:
    make_activity(
        session, people.project, status=Status.PLANNED, by=people.organizer, title=title, planned_on=day
    )
    session.commit()


def run(sending: Sending, now: datetime = NOW) -> None:
    tell_people(sending.sessions, office=sending.office, close_day=0, clock=lambda: now)


def deliveries(session: Session, channel: Channel) -> list[tuple[DeliveryState, str]]:
    session.rollback()
    rows = select(NoticeDelivery).where(NoticeDelivery.channel == channel).order_by(NoticeDelivery.id)
    return [(each.state, each.outcome) for each in session.scalars(rows)]


def test_a_plan_arrives_by_mail_robot_and_group_and_in_the_page(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer, webhook=WEBHOOK)
    run(sending)
    (mail,) = sending.mails.got
    assert mail["To"] == f"{people.organizer.id}@example.cn"
    assert mail["Subject"] == "[科普活动台账] 明天（6月13日 周四）：讲座"
    assert "曹杨社区书院 · 科普资源配送" in plain(mail)
    assert "https://kepu.example.cn/activities/2024-0001" in plain(mail)
    assert 'href="https://kepu.example.cn/activities/2024-0001"' in html(mail)
    assert sorted(path for path, _ in sending.groups.got) == [
        "/cgi-bin/webhook/send?key=group-1",
        "/open-apis/bot/v2/hook/0a3f-11",
    ]
    assert sending.groups.texts[0].startswith("【科普活动台账】\n明天（6月13日 周四）：讲座\nhttps://kepu")
    page = session.scalars(select(Notice).where(Notice.user_id == people.organizer.id)).one()
    assert (page.kind, page.read_at) == (Kind.PLAN, None)


def test_run_twice_is_once(session: Session, people: People, sending: Sending) -> None:
    plan(session, people)
    reachable(session, people.organizer)
    for minutes in (0, 3, 6):
        run(sending, NOW + timedelta(minutes=minutes))
    assert (len(sending.mails.got), len(sending.groups.got)) == (1, 1)
    assert session.scalar(select(func.count(Notice.id))) == 2


def test_several_schedulers_at_once_are_once(session: Session, people: People, sending: Sending) -> None:
    for number in range(6):
        plan(session, people, f"讲座{number}")
    reachable(session, people.organizer)
    reachable(session, people.manager)
    start = Barrier(4)

    def one(_: int) -> None:
        start.wait()
        run(sending)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    run(sending, NOW + timedelta(minutes=3))
    session.rollback()
    assert session.scalar(select(func.count(Notice.id))) == 12
    for text in (plain(sending.mails.got[0]), sending.groups.texts[0]):
        assert all(f"讲座{number}" in text for number in range(6))
    assert (len(sending.mails.got), len(sending.groups.got)) == (1, 1)


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        ((2024, 6, 12, 23, 30), (2024, 6, 13, 7, 30)),
        ((2024, 6, 30, 22, 0), (2024, 7, 1, 7, 30)),
        ((2024, 2, 28, 23, 59), (2024, 2, 29, 7, 30)),
    ],
)
def test_at_night_it_waits_until_the_morning(
    session: Session, people: People, sending: Sending, night: tuple[int, ...], morning: tuple[int, ...]
) -> None:
    at = datetime(*night, tzinfo=SHANGHAI)  # type: ignore[misc]
    plan(session, people, day=at.date() + timedelta(days=1))
    reachable(session, people.organizer)
    run(sending, at)
    assert (sending.mails.got, sending.groups.got) == ([], [])
    until = datetime(*morning, tzinfo=SHANGHAI)  # type: ignore[misc]
    run(sending, until - timedelta(seconds=1))
    assert (sending.mails.got, sending.groups.got) == ([], [])
    run(sending, until)
    assert (len(sending.mails.got), len(sending.groups.got)) == (1, 1)


def test_quiet_hours_of_one_s_own_come_before_the_office_s(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer, quiet_from=time(9), quiet_until=time(12))
    run(sending)
    assert sending.mails.got == []
    run(sending, datetime(2024, 6, 12, 4, 0, tzinfo=UTC))
    assert len(sending.mails.got) == 1


def test_what_one_person_gets_in_a_run_is_one_message(
    session: Session, people: People, sending: Sending
) -> None:
    for title in ("讲座", "展览", "科普剧"):
        plan(session, people, title)
    reachable(session, people.organizer)
    run(sending)
    (mail,) = sending.mails.got
    assert mail["Subject"] == "[科普活动台账] 明天（6月13日 周四）：讲座，另 2 条"
    assert all(title in plain(mail) for title in ("讲座", "展览", "科普剧"))


def test_a_failure_is_tried_again_later_each_time_then_given_up_and_the_page_keeps_it(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer, quiet_from=time(0), quiet_until=time(0))
    now, sending.mails.refusals = NOW, ["450 busy"] * (len(BACK_OFF) + 1)
    for wait in BACK_OFF:
        run(sending, now)
        assert deliveries(session, Channel.MAIL) == [(DeliveryState.WAITING, "邮件服务器没有收：450 busy")]
        left = len(sending.mails.refusals)
        run(sending, now + wait - timedelta(seconds=1))
        assert len(sending.mails.refusals) == left
        now += wait
    run(sending, now)
    assert deliveries(session, Channel.MAIL)[0][0] is DeliveryState.FAILED
    run(sending, now + timedelta(days=3))
    assert sending.mails.got == []
    assert "讲座" in session.scalars(select(Notice.title).where(Notice.user_id.is_not(None))).one()


def test_one_group_s_failure_is_not_told_to_the_other_again(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    both = Office(
        public_url=sending.office.public_url,
        group_urls=("wecombot://group-1", "feishu://group-2"),
        origins=sending.office.origins,
    )
    sending.groups.answers = [(429, b""), (200, {"code": 0})]
    run(replace(sending, office=both))
    run(replace(sending, office=both), NOW + BACK_OFF[0])
    assert [path.rpartition("group-")[2] for path, _ in sending.groups.got] == ["1", "2", "1"]
    assert {state for state, _ in deliveries(session, Channel.GROUP)} == {DeliveryState.SENT}


def test_what_was_being_sent_when_the_machine_died_is_not_sent_again(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer)
    run(sending)
    session.execute(update(NoticeDelivery).values(state=DeliveryState.SENDING, due_at=NOW, outcome=""))
    session.commit()
    sending.mails.got.clear()
    run(sending, NOW + timedelta(minutes=14))
    assert deliveries(session, Channel.MAIL) == [(DeliveryState.SENDING, "")]
    run(sending, NOW + timedelta(minutes=15))
    assert deliveries(session, Channel.MAIL) == [(DeliveryState.FAILED, DIED)]
    assert sending.mails.got == []


def test_who_is_disabled_or_has_no_address_any_more_gets_nothing(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer, webhook=WEBHOOK, quiet_from=time(9), quiet_until=time(12))
    run(sending)
    settings = session.get_one(NoticeSettings, people.organizer.id)
    settings.mail_confirmed_at = None
    session.commit()
    people.organizer.is_enabled = False
    session.commit()
    sending.groups.got.clear()
    run(sending, NOW + timedelta(hours=3))
    assert deliveries(session, Channel.MAIL) == [(DeliveryState.FAILED, DISABLED)]
    assert deliveries(session, Channel.ROBOT) == [(DeliveryState.FAILED, DISABLED)]
    session.execute(update(NoticeDelivery).values(state=DeliveryState.WAITING, due_at=NOW))
    people.organizer.is_enabled = True
    session.commit()
    run(sending, NOW + timedelta(hours=3))
    assert deliveries(session, Channel.MAIL) == [(DeliveryState.FAILED, NO_ADDRESS)]
    assert sending.mails.got == []


def test_a_person_without_mail_reads_it_in_the_page(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    session.add(NoticeSettings(user_id=people.organizer.id, mail_address="not@confirmed.cn", webhook=""))
    session.commit()
    run(sending)
    assert sending.mails.got == []
    assert deliveries(session, Channel.MAIL) == []
    assert session.scalar(select(func.count(Notice.id)).where(Notice.user_id == people.organizer.id)) == 1


def test_what_a_person_does_not_want_is_not_sent_and_rings_no_bell(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer)
    for channel in (Channel.PAGE, Channel.MAIL):
        session.add(NoticeOptOut(user_id=people.organizer.id, kind=Kind.PLAN, channel=channel))
    session.commit()
    run(sending)
    assert sending.mails.got == []
    kept = session.scalars(select(Notice).where(Notice.user_id == people.organizer.id)).one()
    assert kept.read_at == NOW


def test_a_mail_server_that_cannot_be_read_stops_nobody_else(
    session: Session, people: People, sending: Sending
) -> None:
    plan(session, people)
    reachable(session, people.organizer)
    broken = Office(
        public_url=sending.office.public_url,
        mail_url="mailto://",
        group_urls=sending.office.group_urls,
        origins=sending.office.origins,
    )
    run(replace(sending, office=broken))
    assert "ACTIVITYLOG_MAIL_URL 不能用" in deliveries(session, Channel.MAIL)[0][1]
    assert len(sending.groups.got) == 1


def test_read_notices_are_forgotten_after_half_a_year_and_unread_ones_kept(
    session: Session, people: People, sending: Sending
) -> None:
    values = {"kind": Kind.PLAN, "title": "", "text": "", "address": "/", "created_at": NOW}
    mine = values | {"user_id": people.organizer.id}
    session.add(Notice(key="read", read_at=NOW, **mine))
    session.add(Notice(key="read later", read_at=NOW + timedelta(days=2), **mine))
    session.add(Notice(key="unread", **mine))
    session.add(Notice(key="group", **values))
    session.commit()
    forget_old(sending.sessions, clock=lambda: NOW + timedelta(days=181))
    session.rollback()
    assert set(session.scalars(select(Notice.key))) == {"read later", "unread"}

"""The month's letters: to whom, of which projects, once, and what they say."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership
from activitylog.activities.rules import Status
from activitylog.audit.heads.queries import latest_head
from activitylog.core.period import Period
from activitylog.notices.jobs import tell_people, write_letters
from activitylog.notices.letters.queries import letter_of
from activitylog.notices.letters.rules import Letter
from activitylog.notices.models import MonthlyLetter, Notice
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.milestones import make_milestone
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.notices.conftest import NOW, People, Sending, reachable
from tests.notices.receivers import html, plain

MAY, JUNE = Period(2024, 5), Period(2024, 6)
FIRST = datetime(2024, 7, 1, 1, tzinfo=UTC)  # nine in the morning of the first


def write(sending: Sending, now: datetime = FIRST, *, close_day: int = 5) -> None:
    write_letters(
        sending.sessions,
        office=sending.office,
        close_day=close_day,
        clock=lambda: now,
    )


@pytest.fixture
def months(session: Session, people: People) -> None:
    """Two months rolled up: eight of ten due in May is 正常, eight of twelve in June 偏慢."""
    for day in range(1, 9):
        make_activity(session, people.project, held_on=date(2024, 5, day))
    make_activity(session, people.project, status=Status.LOGGED, held_on=date(2024, 6, 3))
    make_indicator(session, people.project, name="下乡服务", target="24")
    make_indicator(session, people.project, name="制度健全", target_word="健全")
    roll_up(session, MAY, now=NOW)
    roll_up(session, JUNE, now=NOW)
    session.commit()


def lines(letter: Letter, heading: str) -> list[str]:
    section = next(each for each in letter.sections if each.heading.startswith(heading))
    return [line.text + line.detail for line in section.lines]


def letter(session: Session, user_id: int) -> Letter:
    session.rollback()
    return letter_of(session, user_id, JUNE)


@pytest.mark.usefixtures("months")
def test_a_letter_says_what_changed_what_is_behind_and_what_to_do(
    session: Session, people: People, sending: Sending
) -> None:
    make_activity(session, people.project, status=Status.PLANNED, planned_on=date(2024, 6, 20))
    make_milestone(session, people.project, name="值班制度", due_on=date(2024, 7, 20))
    session.commit()
    write(sending)
    found = letter(session, people.officer.id)
    assert lines(found, "与上月相比") == ["下乡服务（科普资源配送）：正常 → 偏慢，8/24 次"]
    assert lines(found, "落后和偏慢") == [
        "下乡服务（科普资源配送）：偏慢，8 次，目标 ≥24 次，还差 16 次，按计划应有 12 次"
    ]
    tasks = lines(found, "这个月要做的")
    assert tasks[0] == "结账2024年6月：7月5日 周五 自动结账，请在这之前办完下面的"
    assert "1 场活动待审核" in tasks
    assert "评定：制度健全（科普资源配送）" in tasks
    assert "1 场计划过了日子还没登记" in tasks
    assert "值班制度（科普资源配送）7月20日 周六 到期" in tasks
    head = latest_head(session, now=FIRST)
    assert head
    assert f"校验值是 {head.paper_text}。" in found.extra[0]


@pytest.mark.usefixtures("months")
def test_officers_get_all_managers_their_projects_and_organizers_none(
    session: Session, people: People, sending: Sending
) -> None:
    other = make_project(session, name="科学咖啡馆")
    child = make_project(session, name="咖啡馆下乡", parent=other)
    make_indicator(session, child, name="咖啡场次")
    roll_up(session, JUNE, now=NOW)
    people.manager.has_all_projects = False
    session.add(Membership(user_id=people.manager.id, project_id=other.id))
    session.commit()
    write(sending)
    session.rollback()
    assert set(session.scalars(select(MonthlyLetter.user_id))) == {people.manager.id, people.officer.id}
    officer, manager = (str(letter(session, each.id)) for each in (people.officer, people.manager))
    assert ("下乡服务" in officer, "咖啡场次" in officer) == (True, True)
    assert ("下乡服务" in manager, "咖啡场次" in manager) == (False, True)


@pytest.mark.usefixtures("months")
def test_a_letter_goes_out_once_as_a_mail_of_its_own_in_two_forms(
    session: Session, people: People, sending: Sending
) -> None:
    reachable(session, people.officer)
    for hours in (0, 1, 2):
        write(sending, FIRST + timedelta(hours=hours))
        now = FIRST + timedelta(hours=hours, minutes=3)
        tell_people(sending.sessions, office=sending.office, close_day=5, clock=lambda now=now: now)  # type: ignore[misc]
    letters = [mail for mail in sending.mails.got if "月报" in mail["Subject"]]
    assert [mail["Subject"] for mail in letters] == ["[科普活动台账] 2024年6月指标月报"]
    text = plain(letters[0])
    assert "赵强，您好：2024年6月已经汇总。" in text
    assert "还差 16 次" in text
    assert "校验值是 " in text.rstrip().splitlines()[-1]
    assert 'href="https://kepu.example.cn/notices/letters/2024-06"' in html(letters[0])
    assert "还差 16 次" in html(letters[0])
    others = [mail for mail in sending.mails.got if mail not in letters]
    assert all("结账" in mail["Subject"] for mail in others)


@pytest.mark.usefixtures("months")
def test_nobody_is_written_to_late_or_before_the_roll_up(
    session: Session, people: People, sending: Sending
) -> None:
    write(sending, datetime(2024, 7, 11, 2, tzinfo=UTC))
    write(sending, datetime(2024, 8, 1, 2, tzinfo=UTC))  # July is not rolled up
    session.rollback()
    assert session.scalars(select(MonthlyLetter.user_id)).all() == []
    assert session.scalars(select(Notice.id)).all() == []


@pytest.mark.usefixtures("months")
def test_a_letter_stays_as_it_was_written(session: Session, people: People, sending: Sending) -> None:
    write(sending)
    before = letter(session, people.officer.id)
    make_activity(session, people.project, held_on=date(2024, 6, 5))
    roll_up(session, JUNE, now=FIRST)
    session.commit()
    write(sending, FIRST + timedelta(hours=1))
    assert letter(session, people.officer.id) == before


@pytest.mark.usefixtures("months")
def test_without_a_closing_day_a_person_closes(session: Session, people: People, sending: Sending) -> None:
    write(sending, close_day=0)
    assert "由人结账" in lines(letter(session, people.officer.id), "这个月要做的")[0]

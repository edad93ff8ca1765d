"""Whatever somebody with the database's own rights changes is found, also once it has been rolled up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import literal, select, text, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from activitylog.accounts.operations import disable_user
from activitylog.accounts.password_links.operations import set_password
from activitylog.accounts.personal_data.operations import erase_user
from activitylog.accounts.queries import user_named
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, sign_in
from activitylog.activities.details import details_of
from activitylog.activities.operations import edit_activity
from activitylog.activities.rules import Status
from activitylog.audit.capture import store_changes, write_pending_entries
from activitylog.audit.chain import COLUMNS, GENESIS, entry_hash, raw_entries
from activitylog.audit.discrepancies.operations import close_discrepancies, store_discrepancies
from activitylog.audit.discrepancies.rules import FoundDiscrepancy, Sort
from activitylog.audit.heads.operations import keep_head
from activitylog.audit.seals.rules import SEALED, seal_of
from activitylog.core.database import all_tables, make_engine
from activitylog.core.period import Period
from activitylog.office.operations import change_settings
from activitylog.rollup.models import Posting
from activitylog.rollup.periods.operations import close_period, period_digest, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.rollup.trail_audit.operations import audit_trail, store_audit
from activitylog.surveys.answer_seals.operations import unsealed_answers
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.built_in import BUILT_IN_FOR
from activitylog.surveys.retention.operations import delete_devices, delete_texts
from activitylog.surveys.rules import ExclusionStep
from tests.databases import TRAIL_KEYS, Databases
from tests.factories import surveys
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.milestones import make_milestone
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator

NOW = datetime(2024, 7, 2, 2, 0, tzinfo=UTC)
APRIL, JUNE = Period(2024, 4), Period(2024, 6)


@dataclass(frozen=True)
class Stored:
    """An office in a database, and the folder in which the heads of its trail are kept."""

    url: str
    folder: Path


def build(session: Session, folder: Path) -> None:
    """April closed twice, June rolled up; records of every sort, answers sealed, and a head kept."""
    project = make_project(session, name="科普资源配送")
    make_project(session, name="基层科普服务")
    make_project(session, name=project.name, year=2025)
    person = make_user(session, project, name="张老师")
    make_user(session, role=Role.OFFICER, name="李主任")
    for measure in ("activities_held", "people_reached", "satisfaction", "pushes"):
        make_indicator(session, project, measure, unit="")
    april = make_activity(session, project, by=person, number="2024-0001", held_on=date(2024, 4, 10))
    june = make_activity(session, project, by=person, number="2024-0002", held_on=date(2024, 6, 12))
    make_activity(
        session, project, by=person, number="2024-0003", held_on=date(2024, 6, 5), status=Status.LOGGED
    )
    for overall in (5, 5, 4, 1):
        answered = surveys.NOON
        surveys.answer(session, june, overall=overall, now=answered)
    session.commit()
    last = session.scalars(select(Response.id).order_by(Response.id.desc())).first()
    excluded = Response.id == last
    decide_exclusion(session, june, ExclusionStep.EXCLUDED, excluded, reason="试填", by=None, now=NOW)
    surveys.make_paper_tally(session, june, satisfied=30, neutral=2)
    gone = surveys.make_paper_tally(session, april, very_dissatisfied=9)
    gone.withdrawn_at, gone.withdrawn_reason = NOW, "重复"
    make_push(session, project, activity=june)
    make_expense(session, project)
    make_milestone(session, project, done_on=None)
    session.commit()
    roll_up(session, APRIL, now=NOW)
    close_period(session, APRIL, by=None, now=NOW)
    session.commit()
    reopen_period(session, APRIL, reason="补", until=NOW + timedelta(days=7), by=None, now=NOW)
    close_period(session, APRIL, by=None, now=NOW)
    roll_up(session, JUNE, now=NOW)
    change_settings(session, {"office_name": "科普中心"}, by=person, now=NOW)
    for seed in (1, 2):
        put_photo(session, june, folder, seed=seed)
    for name in ("张老师", "李主任"):
        own = user_named(session, name)
        set_password(session, own, password_hash=f"hash of {name}", now=NOW)
        fitting = own.password_hash
        sign_in(session, name=name, fitting=fitting, device=Device(), now=NOW, anew=f"{fitting} made anew")
    store_changes(session, unsealed_answers(session, now=NOW))
    found = FoundDiscrepancy(Sort.RECORD, "activity 99", "", "活动“旧事”被改动过。")
    store_discrepancies(session, [found], now=NOW)
    session.commit()
    keep_head(session, folder, now=NOW)
    session.rollback()


@contextmanager
def stored_office(databases: Databases, folder: Path) -> Iterator[Stored]:
    with databases.fresh() as url:
        engine = make_engine(url, trail_keys=TRAIL_KEYS)
        with Session(engine) as session:
            build(session, folder)
        engine.dispose()
        yield Stored(url, folder)


@pytest.fixture(scope="module")
def stored_sqlite(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    with stored_office(sqlite_databases, tmp_path_factory.mktemp("heads")) as stored:
        yield stored


@pytest.fixture(scope="module")
def stored_postgresql(
    postgresql_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stored]:
    with stored_office(postgresql_databases, tmp_path_factory.mktemp("heads")) as stored:
        yield stored


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest) -> Stored:
    found: Stored = request.getfixturevalue(f"stored_{request.param}")
    return found


@pytest.fixture
def office(stored: Stored) -> Iterator[Session]:
    """A session on the office whose changes are dropped, those of triggers, too."""
    engine = make_engine(stored.url, trail_keys=TRAIL_KEYS)
    with Session(engine) as session:
        yield session
        session.rollback()
    engine.dispose()


@contextmanager
def without_triggers(session: Session) -> Iterator[None]:
    """What the owner of the database can do, and put back so that nobody sees it."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        session.execute(text("SET LOCAL session_replication_role = origin"))
    else:
        triggers = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            session.execute(text(f"DROP TRIGGER {name}"))
        yield
        for _, statement in triggers:
            session.connection().exec_driver_sql(statement)
    session.expire_all()


def copy_row(session: Session, table_name: str, where: str, /, **changes: Any) -> None:
    """Insert a row like another one."""
    table = all_tables().tables[table_name]
    columns = [each for each in table.c if each.computed is None]
    row = session.execute(select(*columns).where(text(where)).limit(1)).mappings().one()
    session.execute(table.insert().values(dict(row) | changes))


def rewrite(session: Session, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Change the trail's entries, number them anew and compute every hash again; seals stay as they are."""
    table, previous = all_tables().tables["audit_entry"], GENESIS
    entries = change([dict(entry) for entry in raw_entries(session)])
    session.execute(text("DELETE FROM audit_entry"))
    for number, entry in enumerate(entries, start=1):
        entry["id"] = number
        entry["hash"] = previous = entry_hash(previous, entry)
    for entry in entries:
        columns = {name: type_coerce(literal(entry[name]), NullType()) for name in COLUMNS}
        session.execute(table.insert().from_select(COLUMNS, select(*columns.values())))


def another_name(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    entries[9]["who"] = "别人"
    return entries


def without_seals(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry | {"seal": ""} for entry in another_name(entries)]


def sealed_with_own_key(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    another_name(entries)[4]["action"] = SEALED
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        previous = entry_hash(previous, entry | {"id": number})
        entry["seal"] = seal_of(b"a key of one's own", previous) if number >= 5 else entry["seal"]
    return entries


def forge_closing(session: Session) -> None:
    session.execute(text("UPDATE posting SET amount = amount + 50 WHERE period = '2024-04'"))
    session.expire_all()
    session.execute(text("UPDATE closing SET seal = :seal"), {"seal": period_digest(session, APRIL)})


def decide_like_a_person(session: Session) -> None:
    """A tally changed, and an entry that says a person did so, hashed as every entry is."""
    session.execute(text("UPDATE paper_tally SET satisfied = 1030 WHERE satisfied = 30"))

    def add(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        tally = next(each for each in entries if each["object_type"] == "tally")
        edit = tally | {"before": '{"satisfied":30}', "after": '{"satisfied":1030}', "action": "tally.edited"}
        return [*entries, edit]

    rewrite(session, add)


def swap_files(session: Session) -> None:
    """Let the rows of two stored files name each other's content, which is on the disk and whole."""
    one, other = session.execute(text("SELECT id, sha256 FROM stored_file ORDER BY id LIMIT 2")).all()
    for number, digest in ((one.id, "x"), (other.id, one.sha256), (one.id, other.sha256)):
        values = {"digest": digest, "number": number}
        session.execute(text("UPDATE stored_file SET sha256 = :digest WHERE id = :number"), values)


Tampering = str | Callable[[Session], None]
NO_ENTRY, GONE = "不是在本系统里登记的", "不见了，审计记录里没有删除它"
BOOKS = "2024年4月结账后的入账记录或完成值被改动过"
WAYS: dict[str, tuple[Tampering, str]] = {
    "heads": ("UPDATE activity SET audience_onsite = 9999 WHERE number = '2024-0002'", "现在是 9,999 人"),
    "heads online": ("UPDATE activity SET audience_online = 777 WHERE number = '2024-0001'", "2024-0001"),
    "day": ("UPDATE activity SET held_on = '2024-05-05' WHERE number = '2024-0002'", "“举办日期”现在是"),
    "project": ("UPDATE activity SET project_id = 2 WHERE number = '2024-0002'", "“项目”现在是 基层科普服务"),
    "project of another year": (
        "UPDATE activity SET project_id = 3 WHERE number = '2024-0002'",
        "“项目”现在是 科普资源配送（3 号，不是 1 号）",
    ),
    "status": ("UPDATE activity SET status = 'approved' WHERE number = '2024-0003'", "“状态”现在是"),
    "title": ("UPDATE activity SET title = '全市大活动' WHERE number = '2024-0002'", "全市大活动"),
    "kind": ("DELETE FROM activity_kind_link", "“活动类型”现在是 空"),
    "district": ("UPDATE activity_district SET district = '310101'", "“区”现在是 黄浦"),
    "activity added": (
        lambda session: copy_row(
            session,
            "activity",
            "number = '2024-0002'",
            id=900,
            number="2024-0900",
            survey_token="x",
            host_token="y",
        ),
        NO_ENTRY,
    ),
    "activity deleted": ("DELETE FROM activity WHERE number = '2024-0003'", GONE),
    "tally": ("UPDATE paper_tally SET satisfied = 1030 WHERE satisfied = 30", "“满意”现在是 1030"),
    "tally added": (lambda session: copy_row(session, "paper_tally", "satisfied = 30", id=900), NO_ENTRY),
    "tally deleted": ("DELETE FROM paper_tally WHERE satisfied = 30", GONE),
    "tally restored": ("UPDATE paper_tally SET withdrawn_at = NULL", "“撤下时间”现在是 空"),
    "push added": (lambda session: copy_row(session, "push", "1 = 1", id=900, article_key="x"), NO_ENTRY),
    "push day": ("UPDATE push SET published_on = '2024-01-03'", "公众号推送“"),
    "expense": ("UPDATE expense SET paid_fen = 1", "现在是 0.01 元"),
    "milestone": ("UPDATE milestone SET done_on = '2024-06-01'", "里程碑“"),
    "target": ("UPDATE indicator SET target = '1'", "“指标值”现在是 1"),
    "rule": ("UPDATE rule SET measure = 'manual' WHERE measure = 'pushes'", "“计量方式”现在是"),
    "role": ("UPDATE user_account SET role = 'officer' WHERE name = '张老师'", "“角色”现在是 绩效专员"),
    "person disabled": (
        "UPDATE user_account SET is_enabled = FALSE WHERE name = '李主任'",
        "“可以登录”现在是 否",
    ),
    "person added": (
        lambda session: copy_row(session, "user_account", "name = '李主任'", id=900, name="鬼"),
        "用户“鬼”没有登记它的审计记录",
    ),
    "membership": (
        lambda session: copy_row(session, "membership", "1 = 1", project_id=2),
        "项目成员“",
    ),
    "password": (
        "UPDATE user_account SET password_hash = 'own' WHERE name = '李主任'",
        "用户“李主任”的“密码”不是审计记录里最后设的那个",
    ),
    "sign-in of another": (
        "UPDATE sign_in SET user_id = 2 WHERE user_id = 1",
        "（1 号）没有登记它的审计记录",
    ),
    "key of a sign-in": ("UPDATE sign_in SET key_hash = 'own' WHERE user_id = 2", "用户“李主任”自 "),
    "sign-in added": (
        lambda session: copy_row(session, "sign_in", "user_id = 2", id=900, key_hash="own"),
        "（900 号）没有登记它的审计记录",
    ),
    "setting": (
        "UPDATE office_setting SET value = '别的单位' WHERE name = 'office_name'",
        "“设为”现在是 别的单位",
    ),
    "setting deleted": ("DELETE FROM office_setting", "单位设置“"),
    "photo of another file": (
        "UPDATE photo SET file_id = (SELECT MAX(file_id) FROM photo) WHERE id = 1",
        "“存下的文件”现在是",
    ),
    "photo added": (lambda session: copy_row(session, "photo", "id = 1", id=900, upload="x"), NO_ENTRY),
    "photo withdrawn": ("UPDATE photo SET withdrawn_at = created_at", "“撤下时间”现在是"),
    "files of photos swapped": (swap_files, "“存下的文件”现在是"),
    "posting of a closed month": ("UPDATE posting SET amount = 90 WHERE period = '2024-04'", BOOKS),
    "posting deleted": ("DELETE FROM posting WHERE period = '2024-04'", BOOKS),
    "actual of a closed month": ("UPDATE actual SET amount = 90 WHERE period = '2024-04'", BOOKS),
    "past posting": ("UPDATE past_posting SET amount = 90", "第 1 版的留存数据被改动过"),
    "closing deleted": ("DELETE FROM closing", "结账“2024年4月”不见了"),
    "closing digest": ("UPDATE closing SET seal = ''", "“账目校验值”现在是 空"),
    "closing and posting": (forge_closing, "结账“2024年4月”的“账目校验值”现在是"),
    "reopening added": (
        lambda session: copy_row(session, "reopening", "1 = 1", revision=2, period=JUNE),
        "反结账“2024年6月”没有登记它的审计记录",
    ),
    "reopening reason": ("UPDATE reopening SET reason = '上级要求'", "“理由”现在是 上级要求"),
    "answer": ("UPDATE response SET overall = 5", "的扫码答卷（编号 1 至 4 之间）被改动过：仍是 4 份"),
    "answer deleted": ("DELETE FROM response WHERE overall = 4", "封存时 4 份，现在 3 份"),
    "answer swapped": (
        "UPDATE response SET activity_id = (SELECT id FROM activity WHERE number = '2024-0001') WHERE id = 2",
        "封存时 0 份，现在 1 份",
    ),
    "exclusion": ("UPDATE response SET exclusion_id = NULL", "1 份扫码答卷（编号 4）的剔除与已有的决定不符"),
    "exclusion added": ("UPDATE response SET exclusion_id = 1", "3 份扫码答卷（编号 1、2、3）"),
    "decision": ("UPDATE answer_ruling SET numbers = '1–4'", "“答卷编号”现在是 1–4"),
    "entry": ("UPDATE audit_entry SET origin = '' WHERE id = 10", "审计记录第 10 条"),
    "entry deleted": ("DELETE FROM audit_entry WHERE id = 10", "审计记录缺第 10 条"),
    "who, hashed again": (lambda session: rewrite(session, another_name), "审计记录第 10 条"),
    "who, seals gone": (lambda session: rewrite(session, without_seals), "留存的校验值不符"),
    "who, own key": (lambda session: rewrite(session, sealed_with_own_key), "用另一把密钥封印的"),
    "entry taken out": (
        lambda session: rewrite(session, lambda entries: entries[:9] + entries[10:]),
        "审计记录第 10 条",
    ),
    "end cut off": (
        "DELETE FROM audit_entry WHERE id > (SELECT MAX(id) - 3 FROM audit_entry)",
        "末尾的记录被删去了",
    ),
    "record and entry": (decide_like_a_person, "封印不符，不是本系统写的"),
    "discrepancy closed": (
        "UPDATE discrepancy SET closed_at = found_at, reason = '无事', closed_by = '李主任'",
        "不符之处“",
    ),
    "discrepancy deleted": ("DELETE FROM discrepancy", "不符之处“活动“旧事”被改动过。”不见了"),
}


def tamper(session: Session, way: Tampering) -> None:
    with without_triggers(session):
        if callable(way):
            way(session)
        else:
            changed = session.execute(text(way)).rowcount  # type: ignore[attr-defined]
            assert changed, "the change changed nothing"


def sentences(session: Session, stored: Stored) -> list[str]:
    return [each.sentence for each in audit_trail(session, stored.folder, now=NOW).found]


def test_an_untouched_office_has_no_discrepancy(office: Session, stored: Stored) -> None:
    assert sentences(office, stored) == []
    roll_up(office, JUNE, now=NOW)
    assert sentences(office, stored) == []


def test_a_month_that_was_reopened_is_no_discrepancy(office: Session, stored: Stored) -> None:
    reopen_period(office, APRIL, reason="再补", until=NOW + timedelta(days=7), by=None, now=NOW)
    write_pending_entries(office)
    assert sentences(office, stored) == []
    close_period(office, APRIL, by=None, now=NOW)
    write_pending_entries(office)
    assert sentences(office, stored) == []


@pytest.mark.parametrize("way", WAYS)
def test_tampering_is_found_also_after_a_roll_up(office: Session, stored: Stored, way: str) -> None:
    change, expected = WAYS[way]
    tamper(office, change)
    roll_up(office, JUNE, now=NOW + timedelta(hours=1))
    found = sentences(office, stored)
    assert any(expected in each for each in found), found


@pytest.mark.parametrize("way", ["heads", "tally", "posting of a closed month", "answer", "end cut off"])
def test_tampering_is_found_before_a_roll_up(office: Session, stored: Stored, way: str) -> None:
    change, expected = WAYS[way]
    tamper(office, change)
    assert any(expected in each for each in sentences(office, stored))


def test_what_cuts_the_trail_and_goes_on_writing_is_found(office: Session, stored: Stored) -> None:
    tamper(office, "DELETE FROM audit_entry WHERE id > (SELECT MAX(id) - 3 FROM audit_entry)")
    for _ in range(4):
        make_project(office)
    write_pending_entries(office)
    assert any("留存的校验值不符" in each for each in sentences(office, stored))


def test_a_posting_of_an_open_month_is_found_or_put_right_by_the_roll_up(
    office: Session, stored: Stored
) -> None:
    of_june = select(Posting.amount, Posting.source_id, Posting.indicator_id).where(Posting.period == JUNE)
    before = sorted(map(tuple, office.execute(of_june)))
    tamper(office, "UPDATE posting SET amount = amount + 7 WHERE period = '2024-06'")
    assert any("指标" in each and "入账记录合计是" in each for each in sentences(office, stored))
    roll_up(office, JUNE, now=NOW)
    assert sorted(map(tuple, office.execute(of_june))) == before


def test_a_discrepancy_stays_until_it_is_closed_and_is_never_doubled(office: Session, stored: Stored) -> None:
    tamper(office, "UPDATE activity SET audience_onsite = 9999 WHERE number = '2024-0002'")
    (new,) = store_audit(office, audit_trail(office, stored.folder, now=NOW), now=NOW)
    roll_up(office, JUNE, now=NOW)
    assert store_audit(office, audit_trail(office, stored.folder, now=NOW), now=NOW) == []
    tamper(office, "UPDATE activity SET audience_onsite = 60 WHERE number = '2024-0002'")
    assert store_audit(office, audit_trail(office, stored.folder, now=NOW), now=NOW) == []
    assert new.closed_at is None
    close_discrepancies(office, [new.id], reason="已改回，见会议纪要", now=NOW)
    assert new.closed_at == NOW


def test_an_edit_in_the_application_is_no_discrepancy(office: Session, stored: Stored) -> None:
    activity = make_activity(office, number="2024-0500")
    details = replace(details_of(activity), audience_onsite=88, districts=("310104", "310107"))
    edit_activity(office, activity, details, version=activity.version, by=None, now=NOW)
    activity.project.name = "科普资源配送（更名）"
    write_pending_entries(office)
    assert sentences(office, stored) == []


def test_what_is_deleted_when_its_time_has_come_is_no_discrepancy(office: Session, stored: Stored) -> None:
    """Devices, opinions, and an account that was erased."""
    assert delete_devices(office, date(2024, 6, 12)) > 0
    delete_texts(office, date(2024, 6, 12), BUILT_IN_FOR.values())
    disable_user(office, name="张老师", now=NOW)
    erase_user(office, user_named(office, "张老师"), now=NOW)
    write_pending_entries(office)
    roll_up(office, JUNE, now=NOW)
    assert sentences(office, stored) == []

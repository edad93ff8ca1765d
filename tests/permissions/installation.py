"""An office of two projects that hold the same kinds of objects, and one person of each role."""

import io
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from activitylog.accounts.models import Identity, User
from activitylog.accounts.operations import renew_calendar
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.providers.rules import ProvidedPerson, Visit
from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.period import Period, business_day, utc_now
from activitylog.errors import Refused
from activitylog.files.operations import store_document
from activitylog.files.store import FileStore
from activitylog.indicators.judgements.operations import judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.models import ManualEntry
from activitylog.ledger.uploads.files import UploadFiles
from activitylog.ledger.uploads.models import LedgerLayout
from activitylog.ledger.uploads.operations import add_upload
from activitylog.ledger.uploads.rules import UploadStep
from activitylog.ledger.workbook import write_template
from activitylog.notices.letters.rules import Letter, letter_json
from activitylog.notices.models import MonthlyLetter, Notice
from activitylog.notices.rules import Kind
from activitylog.office.operations import change_settings
from activitylog.office.rules import logo_digest
from activitylog.pages.spellings.models import SpellingPair
from activitylog.projects.models import Project
from activitylog.reports.exports.operations import export_project, store_export
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.run import roll_up
from activitylog.surveys.access.operations import open_kiosk
from tests.databases import SECRET
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.expenses import make_expense
from tests.factories.files import PDF, encoded, make_image
from tests.factories.milestones import make_milestone
from tests.factories.photos import put_photo
from tests.factories.projects import make_project
from tests.factories.publicity import make_media_report, make_push
from tests.factories.rollup import make_indicator
from tests.factories.surveys import make_paper_tally

NOW = datetime(2024, 7, 2, 2, 0, tzinfo=UTC)
JUNE = Period(2024, 6)

Values = Mapping[str, Any]  # what stands in an address, by the name of its argument


@dataclass(frozen=True)
class Office:
    """The people by the name of their column, and the values of addresses: of one's own and of others."""

    people: Mapping[str, User]
    own: Mapping[str, Values]
    other: Values
    token: str  # of a survey


def make_office(session: Session, data_dir: Path) -> Office:
    own_project, other_project = (make_project(session, name=name) for name in ("甲项目", "乙项目"))
    writer = make_user(session, role=Role.OFFICER, name="登记人")
    people = {
        "organizer": make_user(session, own_project, name="组织者"),
        "manager": make_user(session, own_project, role=Role.MANAGER, name="负责人"),
        "manager of all": make_user(session, role=Role.MANAGER, name="总负责人"),
        "officer": make_user(session, role=Role.OFFICER, name="专员"),
        "auditor": make_user(session, role=Role.AUDITOR, name="审计"),
        "accounts": make_user(session, role=Role.NONE, administers_accounts=True, name="账号员"),
    }
    shared = _shared(session)
    projects = (own_project, other_project)
    activities = [_activity(session, project, writer) for project in projects]
    own, other = (shared | _objects(session, activity, data_dir, writer) for activity in activities)
    roll_up(session, JUNE, now=NOW)
    close_period(session, JUNE, by=None, now=NOW)
    reopen_period(session, JUNE, reason="核对", until=NOW + timedelta(days=9), by=None, now=NOW)
    for values, project in zip((own, other), projects, strict=True):
        exported = export_project(session, FileStore(data_dir / "files"), project, JUNE, by=writer, now=NOW)
        stored = store_export(session, exported, project.id, JUNE, by=writer, now=NOW)
        values["export_id"] = stored.id
    return Office(
        people=people,
        own={name: own | _of_person(session, person, data_dir) for name, person in people.items()},
        other=other | _of_person(session, writer, data_dir),
        token=activities[0].survey_token,
    )


def _shared(session: Session) -> dict[str, Any]:
    """What is the office's and of no project."""
    guest = make_user(session, name="新来的")
    pair = SpellingPair(sort="form", stays="讲座", other="讲 座")
    layout = LedgerLayout(signature="a", name="旧台账", sheet="活动", columns="{}", confirmed_at=NOW)
    session.add_all((pair, layout))
    session.flush()
    logo = "data:image/png;base64," + b64encode(encoded(make_image(32, 32), "PNG")).decode()
    change_settings(session, {"office_logo": logo}, by=guest, now=NOW)
    return {
        "user_id": guest.id,
        "token": make_password_link(session, guest, by=None, now=utc_now()),
        "logo": logo_digest(logo),
        "calendar": renew_calendar(session, guest),
        "pair_id": pair.id,
        "layout_id": layout.id,
        "period": str(JUNE),
        "year": JUNE.year,
        "revision": 1,
        "audience": "attendees",
        "ending": "csv",
        "provider": "oidc",
        "upload": "0192b3c4-0000-7000-8000-000000000000",
    }


def _activity(session: Session, project: Project, by: User) -> Activity:
    make_activity(session, project, title="已审核的活动", by=by)
    today = business_day(utc_now())
    make_activity(session, project, status=Status.PLANNED, title="今天的活动", by=by).planned_on = today
    return make_activity(session, project, status=Status.LOGGED, venue_name=f"{project.name}的场所", by=by)


def _objects(session: Session, activity: Activity, data_dir: Path, by: User) -> dict[str, Any]:
    """One object of every kind that belongs to the activity or its project."""
    project, files = activity.project, FileStore(data_dir / "files")
    word = make_indicator(session, project, "manual", target_word="完善")
    counted = make_indicator(session, project, "manual", unit="份")
    document = store_document(files, io.BytesIO(PDF), "佐证.pdf")
    reasons = {"reason": "制度完善", "evidence": "见附件", "files": [document], "ratio": 100}
    judgement = judge(session, word, JUNE, by=by, now=NOW, grade=Grade.REACHED, **reasons)  # type: ignore[arg-type]
    photo, tally = put_photo(session, activity, data_dir), make_paper_tally(session, activity, satisfied=3)
    tally.sheet_id = tally.small_sheet_id = photo.file_id
    entry = ManualEntry(
        indicator_id=counted.id,
        amount=3,
        entered_on=activity.happens_on,
        reason="纸质签到",
        evidence="签到表",
        created_at=NOW,
    )
    session.add(entry)
    session.flush()
    return {
        "no": activity.number,
        "number": activity.number,
        "project_id": project.id,
        "venue_id": activity.venue_id,
        "photo_id": photo.id,
        "tally_id": tally.id,
        "kiosk_id": open_kiosk(session, activity.id, by=by, now=utc_now()).id,
        "push_id": make_push(session, project).id,
        "report_id": make_media_report(session, project).id,
        "milestone_id": make_milestone(session, project).id,
        "expense_id": make_expense(session, project).id,
        "indicator_id": counted.id,
        "judged_id": word.id,
        "entry_id": entry.id,
        "judgement_id": judgement.id,
        "position": judgement.files[0].position,
    }


def _of_person(session: Session, person: User, data_dir: Path) -> dict[str, Any]:
    """What belongs to one person: an upload of a ledger, checked."""
    files = UploadFiles(FileStore(data_dir / "files").partial_folder, f"{person.id:032x}")
    files.folder.mkdir(parents=True, exist_ok=True)
    write_template(files.workbook)
    write_template(files.numbered)
    upload = add_upload(session, key=files.key, file_name="台账.xlsx", by=person, origin="", now=utc_now())
    upload.step = UploadStep.CHECKED
    notice = Notice(
        key=f"{person.id}",
        user_id=person.id,
        kind=Kind.APPROVED,
        title="通过审核",
        text="",
        address="/me",
        created_at=NOW,
    )
    identity = Identity(
        user_id=person.id, provider="oidc", subject=str(person.id), name="", gives_role=False, created_at=NOW
    )
    letter = MonthlyLetter(
        user_id=person.id, period=JUNE, content=letter_json(Letter(JUNE, person.name, ())), written_at=NOW
    )
    session.add_all((notice, identity, letter))
    session.flush()
    return {
        "upload_id": upload.id,
        "notice_id": notice.id,
        "identity_id": identity.id,
        "mail_token": URLSafeTimedSerializer(SECRET, salt="notice mail address").dumps([person.id, "a@b.cn"]),
    }


class OtherOffice:
    """A provider of sign-ins that nobody has come back from."""

    key, label = "oidc", "统一身份认证"

    def address(self, _visit: Visit, **_: Any) -> str:
        return "https://sign-in.example/"

    def person(self, *_: Any, **__: Any) -> ProvidedPerson:
        raise Refused("没有登录。")

    def end_address(self, **_: Any) -> str:
        return "https://sign-in.example/end"


def write_small_font(path: Path) -> str:
    """A font with one glyph, with which a poster is made in a tenth of the time; returns its path."""
    names = [".notdef", "geta"]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(dict.fromkeys(map(ord, " 〓…"), "geta"))
    font.setupGlyf({name: TTGlyphPen(None).glyph() for name in names})
    font.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": "Small", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)
    return str(path)

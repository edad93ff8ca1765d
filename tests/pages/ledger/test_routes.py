"""A ledger in the browser: uploaded or pasted, checked, ticked, imported."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.audit.models import AuditEntry
from activitylog.core.database import make_engine
from activitylog.core.period import utc_now
from activitylog.files.store import FileStore
from activitylog.ledger.uploads.files import UploadFiles
from activitylog.ledger.uploads.jobs import work_on_upload
from activitylog.ledger.uploads.models import LedgerLayout, LedgerUpload
from activitylog.ledger.uploads.rules import UploadStep
from activitylog.milestones.models import Milestone
from activitylog.projects.models import Project
from activitylog.publicity.models import Push
from activitylog.settings import Settings
from tests.databases import TRAIL_KEYS
from tests.factories.accounts import make_user
from tests.factories.ledger import activity_row, import_file, milestone_row, push_row, save_ledger
from tests.factories.projects import make_project
from tests.signed_in import signed_in


@dataclass
class Office:
    """A manager of one project, and where to put files."""

    client: FlaskClient
    session: Session
    manager: User
    project: Project
    folder: Path

    def upload(self, **sheets: Any) -> str:
        """Upload a workbook; returns the page it leads to."""
        return self.send(save_ledger(self.folder / "台账.xlsx", **sheets))

    def send(self, path: Path) -> str:
        data = {"file": (BytesIO(path.read_bytes()), path.name)}
        answer = self.client.post("/ledger/upload", data=data, content_type="multipart/form-data")
        assert answer.status_code == 302, answer.text
        return self.page(answer.location)

    def paste(self, sheet: str, rows: str) -> Any:
        data = {"sheet": sheet, "rows": rows}
        return self.client.post("/ledger/paste", data=data, content_type="multipart/form-data")

    def page(self, address: str) -> str:
        return unescape(self.client.get(address).text)

    @property
    def newest(self) -> LedgerUpload:
        self.session.rollback()
        return self.session.scalars(select(LedgerUpload).order_by(LedgerUpload.id.desc())).first()  # type: ignore[return-value]

    def act(self, then: str = "import", *, leave_out: tuple[str, ...] = (), address: str = "") -> str:
        """Send the preview's form as a browser does, some rows by their place unticked."""
        address = address or f"/ledger/{self.newest.id}"
        page = self.page(address)
        shown = re.findall(r'name="shown" value="(\d+)"', page)
        ticked = re.findall(r'name="tick" value="(\d+)" checked>(.*?)</label>', page, re.DOTALL)
        tick = [position for position, text in ticked if not any(place in text for place in leave_out)]
        answer = self.client.post(address, data={"shown": shown, "tick": tick, "then": then})
        assert answer.status_code == 302, answer.text
        return self.page(answer.location)

    def activities(self) -> dict[str, Activity]:
        self.session.rollback()
        return {row.number: row for row in self.session.scalars(select(Activity))}


@pytest.fixture
def office(app: Flask, session: Session, settings: Settings, tmp_path: Path) -> Iterator[Office]:
    project = make_project(session, name="科普资源配送", year=2024)
    manager = make_user(session, name="老吴", role=Role.MANAGER)
    session.commit()
    engine = make_engine(settings.database_url, trail_keys=TRAIL_KEYS)

    def work_here(_settings: Settings, files: UploadFiles, upload_id: int) -> None:
        work_on_upload(sessionmaker(engine), files.folder, upload_id, clock=utc_now)

    app.config["LEDGER_WORK"] = work_here
    yield Office(signed_in(app, manager), session, manager, project, tmp_path)
    engine.dispose()


def test_the_page_offers_template_export_upload_and_paste(office: Office) -> None:
    page = office.page("/ledger")
    assert "上传核对" in page
    assert "核对粘贴的行" in page
    assert load_workbook(BytesIO(office.client.get("/ledger/template.xlsx").data)).sheetnames[1] == "活动"
    office.upload(活动=[activity_row()])
    office.act()
    exported = load_workbook(BytesIO(office.client.get("/ledger/2024/export.xlsx").data))
    assert exported["活动"]["A2"].value == "2024-0001"


def test_nothing_is_stored_before_the_person_confirms(office: Office) -> None:
    page = office.upload(活动=[activity_row()], 里程碑=[milestone_row()])
    assert "将导入 <b>2</b> 行" in page
    assert "暑期天文课堂" in page
    assert not office.activities()
    assert "已导入 2 行" in office.act()
    assert set(office.activities()) == {"2024-0001"}
    assert office.session.scalars(select(Milestone.name)).all() == ["庄行科技小院建成"]


def test_an_import_is_in_the_trail_under_the_person(office: Office) -> None:
    office.upload(活动=[activity_row()])
    office.act()
    office.session.rollback()
    entries = select(AuditEntry).where(AuditEntry.object_type == "activity")
    assert [entry.user_id for entry in office.session.scalars(entries)] == [office.manager.id]


def test_old_and_new_of_every_changed_field_are_shown(office: Office) -> None:
    import_file(office.session, save_ledger(office.folder / "已有.xlsx", 活动=[activity_row()]))
    office.session.commit()
    page = office.upload(活动=[activity_row(现场人数=90, 备注="改过")])
    assert re.search(r"现场人数 <del>120</del> → <ins>90</ins>", page)
    assert re.search(r"备注 <del>家长陪同</del> → <ins>改过</ins>", page)


def test_rows_not_ticked_are_left_out(office: Office) -> None:
    office.upload(活动=[activity_row(), activity_row("2024-0002", 活动名称="另一场")])
    page = office.act(leave_out=("活动 第 2 行",))
    assert "已导入 1 行" in page
    assert "没有勾选" in page
    assert set(office.activities()) == {"2024-0002"}


def test_a_row_that_needs_one_left_out_stops_the_import(office: Office) -> None:
    office.upload(活动=[activity_row()], 推送=[push_row()])
    page = office.act(leave_out=("活动 第 2 行",))
    assert "没有这个编号的活动" in page
    assert not office.activities()
    assert not office.session.scalars(select(Push)).all()


def test_a_problem_in_one_row_stops_all(office: Office) -> None:
    page = office.upload(活动=[activity_row(), activity_row("2024-0002", 现场人数="很多")])
    assert "有 1 处要在文件里改正" in page
    assert "不是数字" in page
    assert "导入勾选的行" not in page
    office.act()
    assert not office.activities()


def test_doubts_are_listed_first(office: Office) -> None:
    rows = [
        activity_row(状态="待审核"),
        activity_row("2024-0002", 计划日期=None, 举办日期="2099-01-05", 状态="计划"),
    ]
    make_project(office.session, name="科普资源配送", year=2099)
    office.session.commit()
    page = office.upload(活动=rows)
    assert page.index("还没有到") < page.index("活动 第 2 行")


def test_what_somebody_changed_meanwhile_is_shown_again_before_importing(office: Office) -> None:
    import_file(office.session, save_ledger(office.folder / "已有.xlsx", 活动=[activity_row()]))
    office.session.commit()
    office.upload(活动=[activity_row(备注="改过")])
    office.activities()["2024-0001"].note = "别人刚写的"
    office.session.commit()
    page = office.act()
    assert "有人改了其中 1 行" in page
    assert "<del>别人刚写的</del>" in page
    assert office.activities()["2024-0001"].note == "别人刚写的"
    assert "已导入 1 行" in office.act()
    assert office.activities()["2024-0001"].note == "改过"


def test_what_a_person_imports_as_approved_goes_to_review(office: Office) -> None:
    page = office.upload(活动=[activity_row()])
    assert "要由另一个人审核" in page
    office.act()
    assert office.activities()["2024-0001"].status is Status.LOGGED


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"备注": "只改备注"}, Status.APPROVED),
        ({"现场人数": 500}, Status.LOGGED),
        ({"区": "普陀"}, Status.LOGGED),
    ],
)
def test_an_approval_outlives_what_does_not_count(
    office: Office, change: dict[str, Any], status: Status
) -> None:
    import_file(office.session, save_ledger(office.folder / "已有.xlsx", 活动=[activity_row()]))
    office.session.commit()
    office.upload(活动=[activity_row(**change)])
    office.act()
    activity = office.activities()["2024-0001"]
    assert activity.status is status
    assert activity.reviewed_by_id is None


def test_where_no_review_is_asked_for_an_approved_row_counts(office: Office) -> None:
    office.project.skips_review = True
    office.session.commit()
    office.upload(活动=[activity_row()])
    office.act()
    activity = office.activities()["2024-0001"]
    assert (activity.status, activity.is_exempt, activity.reviewed_by_id) == (Status.APPROVED, True, None)


def test_new_activities_get_numbers_and_the_file_carries_them(office: Office) -> None:
    office.upload(活动=[activity_row(None)])  # type: ignore[arg-type]
    page = office.act()
    (number,) = office.activities()
    assert number in page
    with office.client.get(f"/ledger/{office.newest.id}/numbered.xlsx") as answer:
        assert load_workbook(BytesIO(answer.data))["活动"]["A2"].value == number


def test_problems_and_changes_are_a_file(office: Office) -> None:
    office.upload(活动=[activity_row(), activity_row("2024-0002", 现场人数="很多")])
    book = load_workbook(BytesIO(office.client.get(f"/ledger/{office.newest.id}/list.xlsx").data))
    found = [cell.value for cell in book["问题和提示"][2]]
    assert found[:2] == ["活动", 3]
    assert found[3:5] == ["现场人数", "请改正"]
    assert [cell.value for cell in book["变化"][2]][:4] == ["活动", 2, "2024-0001 暑期天文课堂", "新增"]


def test_pasted_rows_go_the_same_way(office: Office) -> None:
    rows = '项目\t类别\t名称\t计划日期\n科普资源配送\t科技小院\t"庄行""甲""院"\t2024/9/30\n'
    answer = office.paste("里程碑", rows)
    assert "将导入 <b>1</b> 行" in office.page(answer.location)
    office.act()
    office.session.rollback()
    assert office.session.scalars(select(Milestone.name)).all() == ['庄行"甲"院']


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("", "请填写要导入的行"),
        ("项目\t名称", "请连同表头一起粘贴"),
        ("项目 名称\n甲 乙", "没有分出列来"),
        ("项目\t名称\n" + "甲\t乙\n" * 5001, "一次最多粘贴 5,000 行"),
    ],
)
def test_what_cannot_be_pasted_is_said(office: Office, rows: str, sentence: str) -> None:
    answer = office.paste("里程碑", rows)
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)


def test_an_error_value_pasted_is_no_text(office: Office) -> None:
    answer = office.paste("里程碑", "项目\t类别\t名称\t计划日期\n科普资源配送\t科技小院\t#N/A\t2024/9/30")
    assert "单元格里是错误值" in office.page(answer.location)


OWN = {"项目": "科普资源配送", "主题": "暑期天文课堂", "时间": "2024-06-03", "参加人数": 60, "负责人": "小周"}


def assigned(office: Office, **changes: str) -> Any:
    """Send the page for columns as it stands, with some choices changed."""
    address = f"/ledger/{office.newest.id}"
    page = office.page(address)
    fields = dict(re.findall(r'<input type="hidden" name="(shown-\d+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return office.client.post(f"{address}/columns", data={"then": "save"} | fields | changes)


def test_an_offices_own_columns_are_assigned_once_and_remembered(office: Office) -> None:
    page = office.upload(一季度=[OWN])
    assert "对照列名" in page
    assert "工作表“一季度”" in page
    answer = assigned(office)
    page = office.page(answer.location)
    assert "将导入 <b>1</b> 行" in page
    assert "现场人数" in page
    office.act()
    (activity,) = office.activities().values()
    assert (activity.title, activity.audience_onsite) == ("暑期天文课堂", 60)
    assert "将导入 <b>1</b> 行" in office.upload(一季度=[OWN | {"主题": "另一场", "时间": "2024-06-04"}])
    assert "一季度：读作“活动”" in office.page("/ledger")
    layout = office.session.scalars(select(LedgerLayout)).one()
    office.client.post(f"/ledger/layouts/{layout.id}/forget")
    assert "对照列名" in office.upload(一季度=[OWN])


def test_a_needed_column_without_a_heading_is_asked_for(office: Office) -> None:
    office.upload(一季度=[OWN])
    answer = assigned(office, **{"column-0-0": ""})
    assert answer.status_code == 422
    assert "还没有指定哪一列是“活动名称”" in unescape(answer.text)


def test_the_address_of_a_page_with_errors_can_be_opened_again(office: Office) -> None:
    office.upload(一季度=[OWN])
    address = f"/ledger/{office.newest.id}"
    again = office.client.get(f"{address}/columns")
    assert (again.status_code, again.location) == (302, address)


def test_another_sheet_shows_its_own_columns_first(office: Office) -> None:
    office.upload(一季度=[OWN])
    answer = assigned(office, **{"sheet-0": "支出"})
    assert answer.status_code == 422
    assert "实付金额" in answer.text
    assert office.newest.step is UploadStep.ASSIGNING


def test_a_file_that_is_no_workbook_is_refused(office: Office) -> None:
    data = {"file": (BytesIO(b"hello"), "台账.xls")}
    answer = office.client.post("/ledger/upload", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "另存为 .xlsx" in answer.text
    (office.folder / "坏.xlsx").write_bytes(b"PK" + b"\0" * 200)
    page = office.send(office.folder / "坏.xlsx")
    assert "“坏.xlsx”不是完好的 Excel 工作簿" in page


def test_ticks_stay_while_other_pages_are_shown(office: Office) -> None:
    rows = [activity_row(f"2024-{n:04}", 活动名称=f"第{n}场") for n in range(1, 251)]
    page = office.upload(活动=rows)
    assert "第 1 / 6 页" in page
    second = office.act("show?page=2", leave_out=("活动 第 2 行",))
    assert "第 2 / 6 页" in second
    assert "将导入 <b>249</b> 行" in second
    assert "将导入 <b>0</b> 行" in office.act("none")
    assert "没有勾选任何一行" in office.act()
    assert "将导入 <b>250</b> 行" in office.act("all")


def test_a_second_tap_imports_once(office: Office) -> None:
    office.upload(活动=[activity_row()])
    office.act()
    answer = office.client.post(f"/ledger/{office.newest.id}", data={"then": "import"})
    assert answer.status_code == 302
    assert len(office.activities()) == 1


def test_work_that_was_interrupted_is_said_and_begins_again(office: Office, app: Flask) -> None:
    work = app.config["LEDGER_WORK"]
    app.config["LEDGER_WORK"] = lambda *_: None  # the process dies at once
    assert "处理中断了，什么都没有写入" in office.upload(活动=[activity_row()])
    app.config["LEDGER_WORK"] = work
    answer = office.client.post(f"/ledger/{office.newest.id}/again")
    assert "将导入 <b>1</b> 行" in office.page(answer.location)


def test_progress_is_shown_while_the_work_goes_on(office: Office, app: Flask) -> None:
    def at_work(_settings: Settings, files: UploadFiles, _upload_id: int) -> None:
        files.report("读取", 500, 20_000)
        app.extensions["test lock"] = files.lock_of_work()

    app.config["LEDGER_WORK"] = at_work
    page = office.upload(活动=[activity_row()])
    assert "正在核对：读取 500 / 20,000 行" in page
    answer = office.client.get(f"/ledger/{office.newest.id}")
    assert answer.headers["Refresh"] == "2"
    app.extensions["test lock"].close()
    assert "Refresh" not in office.client.get(f"/ledger/{office.newest.id}").headers


def test_an_upload_is_its_persons_alone(office: Office, app: Flask) -> None:
    office.upload(活动=[activity_row()])
    address = f"/ledger/{office.newest.id}"
    office.session.rollback()
    other = make_user(office.session, role=Role.MANAGER)
    organizer = make_user(office.session, office.project)
    office.session.commit()
    assert signed_in(app, other).get(address).status_code == 404
    assert signed_in(app, organizer).get(address).status_code == 403
    assert signed_in(app, organizer).get("/ledger").status_code == 403


def test_a_disabled_person_imports_nothing(office: Office, app: Flask) -> None:
    office.upload(活动=[activity_row()])
    work, started = app.config["LEDGER_WORK"], []
    app.config["LEDGER_WORK"] = lambda *arguments: started.append(arguments)
    office.act()
    office.session.rollback()
    office.manager.is_enabled = False
    office.session.commit()
    work(*started[0])
    assert not office.activities()
    assert "账号已停用" in office.newest.message


def test_files_and_rows_are_gone_after_a_day(office: Office, settings: Settings) -> None:
    office.upload(活动=[activity_row()])
    upload = office.newest
    files = UploadFiles(FileStore(settings.files_dir).partial_folder, upload.key)
    assert files.workbook.is_file()
    files.workbook.unlink()
    assert "已过一天" in office.act()

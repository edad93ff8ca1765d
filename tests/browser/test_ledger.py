"""A ledger imported in a real browser: upload, progress, preview, ticks, import, files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from tests.browser.office import Installation, installation, signed_in
from tests.factories.ledger import activity_row, save_ledger

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("ledger"), year=2024) as office:
        yield office


def uploaded(page: Page, office: Installation, path: Path) -> None:
    page.goto(f"{office.address}/activities")
    page.get_by_role("link", name="台账导入导出").tap()
    page.get_by_label("台账文件（.xlsx）").set_input_files(path)
    page.get_by_role("button", name="上传核对").tap()


def test_a_workbook_is_checked_ticked_and_imported(
    browser: Browser, office: Installation, tmp_path: Path
) -> None:
    rows = [activity_row("", 活动名称=f"第{n}场", 举办日期=f"2024-06-0{n}") for n in (1, 2, 3)]
    page = signed_in(browser, office, "老吴")
    uploaded(page, office, save_ledger(tmp_path / "台账.xlsx", 活动=rows))
    expect(page.get_by_role("heading", name="核对后导入")).to_be_visible(timeout=60_000)
    page.get_by_role("checkbox", name="第2场").uncheck()
    page.get_by_role("button", name="有疑问的 1").tap()
    expect(page.get_by_text("将导入 2 行")).to_be_visible()
    page.get_by_role("button", name="导入勾选的行").tap()
    expect(page.get_by_text("已导入 2 行")).to_be_visible(timeout=60_000)
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载带活动编号的文件").tap()
    download.value.save_as(tmp_path / "带编号.xlsx")
    numbers = [cell.value for cell in load_workbook(tmp_path / "带编号.xlsx")["活动"]["A"]]
    assert numbers == ["活动编号", "2024-0001", None, "2024-0002"]


def test_without_scripts_the_page_waits_by_itself(
    browser: Browser, office: Installation, tmp_path: Path
) -> None:
    page = signed_in(browser, office, "老吴", java_script_enabled=False)
    uploaded(page, office, save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row("2024-0900")]))
    expect(page.get_by_role("heading", name="核对后导入")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="导入勾选的行").tap()
    expect(page.get_by_text("已导入 1 行")).to_be_visible(timeout=60_000)

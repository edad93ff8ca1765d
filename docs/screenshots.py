"""Takes README.md's pictures of the sample year on a phone's screen.

Run it as `.venv/bin/python docs/screenshots.py`. It needs the environment of `dev.py test`, a Chromium, and
a Chinese typeface on this machine.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import chromium  # noqa: E402
from tests.servers import answers, eventually, free_port  # noqa: E402

PICTURES = ROOT / "docs" / "screenshots"
NAME, PASSWORD = "李主任", "Pictures-2024"
PROJECT, INDICATOR = "科普资源配送", "下乡服务完成次数"
PHONE: ViewportSize = {"width": 390, "height": 844}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sample_server(folder) as address, sync_playwright() as p:
        browser = chromium.launch(p)
        page = browser.new_context(
            viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, locale="zh-CN"
        ).new_page()
        sign_in(page, address)
        page.goto(f"{address}/activities/new")
        write_activity(page)
        take(page, "log")
        page.goto(f"{address}/projects?year=2024")
        page.get_by_role("link", name=PROJECT).first.click()
        page.get_by_role("link", name=re.compile(INDICATOR)).first.click()
        page.wait_for_url("**/indicators/**")
        take(page, "indicator")
        page.goto(survey_address(folder, address))
        take(page, "survey")
        browser.close()


@contextmanager
def sample_server(folder: str) -> Iterator[str]:
    """The sample year and one manager, served on a port of its own."""
    activitylog(folder, "db", "upgrade")
    activitylog(folder, "sample", "load")
    activitylog(folder, "user", "create", NAME, "--role", "officer", "--password-stdin", typed=PASSWORD)
    port = free_port()
    command = [sys.executable, "-m", "activitylog", "serve", "--port", str(port), "--no-scheduler"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment(folder))  # noqa: S603
    try:
        if not eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz")):
            raise RuntimeError("the server does not answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def activitylog(folder: str, *arguments: str, typed: str | None = None) -> str:
    command = [sys.executable, "-m", "activitylog", *arguments]
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment(folder), input=typed, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def environment(folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ACTIVITYLOG_")}
    return {**kept, "ACTIVITYLOG_DATA_DIR": folder}


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{address}/")


def survey_address(folder: str, address: str) -> str:
    """A survey that takes answers today."""
    surveys = json.loads(activitylog(folder, "survey", "links", "--json"))["surveys"]
    now = datetime.now(UTC)
    open_now = next(
        survey
        for survey in surveys
        if datetime.fromisoformat(survey["opens_at"]) <= now < datetime.fromisoformat(survey["closes_at"])
    )
    return re.sub(r"^https?://[^/]+", address, open_now["address"])


def write_activity(page: Page) -> None:
    project = page.locator("[name=project_id] option", has_text=PROJECT).first
    page.locator("[name=project_id]").select_option(value=project.get_attribute("value"))
    page.get_by_label("下乡服务", exact=True).check()
    page.locator("[name=title]").fill("田间课堂：土壤里的小生命")


def take(page: Page, name: str) -> None:
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0) }")
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()

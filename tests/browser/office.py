"""An installation for the browser tests: its own data, a running server, and users."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Route

from activitylog.projects.declaration.samples import sample_path
from tests.servers import answers, eventually, free_port

PASSWORD = "Kepu-2026!"
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 14; HarmonyOS) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
        " Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50"
    ),
}


IPHONE = {
    "viewport": {"width": 390, "height": 664},
    "device_scale_factor": 3,
    "user_agent": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Mobile/15E148 MicroMessenger/8.0.50 NetType/4G Language/zh_CN"
    ),
    "service_workers": "block",  # WeChat's browser has none there
}


@dataclass(frozen=True)
class Installation:
    """The address of a server, and the environment for its commands."""

    address: str
    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        return f"sqlite:///{Path(self.environment['ACTIVITYLOG_DATA_DIR']) / 'activitylog.db'}"

    def run(self, *arguments: str, stdin: str = "") -> str:
        return subprocess.run(
            [sys.executable, "-m", "activitylog", *arguments],
            input=stdin,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout


@contextmanager
def running(data: Path) -> Iterator[Installation]:
    """A server on the folder's database, which is made when there is none."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    office = _at(data, address)
    if not (data / "activitylog.db").exists():
        office.run("db", "upgrade")
    command = [sys.executable, "-m", "activitylog", "serve", "--port", str(port), "--no-scheduler"]
    server = subprocess.Popen(command, env=office.environment)
    try:
        assert eventually(lambda: answers(f"{address}/healthz"), seconds=90)
        yield office
    finally:
        server.terminate()
        server.wait(timeout=60)


@contextmanager
def installation(data: Path, *, year: int) -> Iterator[Installation]:
    """A server on a database with the sample declaration opened for `year`, and one user of each role."""
    template = data.parent / f"template-{year}"  # made once for all installations of a worker
    if not template.exists():
        _set_up(_at(template), year)
    shutil.copytree(template, data, dirs_exist_ok=True)
    with running(data) as office:
        yield office


def _at(data: Path, address: str = "http://127.0.0.1") -> Installation:
    environment = {**os.environ, "ACTIVITYLOG_DATA_DIR": str(data), "ACTIVITYLOG_PUBLIC_URL": address}
    return Installation(address, environment)


def _set_up(office: Installation, year: int) -> None:
    office.run("db", "upgrade")
    office.run("declaration", "import", str(sample_path()))
    if year != 2024:
        office.run("declaration", "copy", "--from", "2024", "--to", str(year))
    for name, role in (("小周", "organizer"), ("老吴", "manager"), ("陈姐", "officer")):
        projects = ["--project", "科普资源配送"] if role == "organizer" else []
        office.run("user", "create", name, "--role", role, *projects, "--password-stdin", stdin=PASSWORD)


def phone(browser: Browser, **options: object) -> BrowserContext:
    """A new browser context of a phone; any script error fails the test."""
    context = browser.new_context(**{**PHONE, **options})  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    context.on("weberror", lambda error: (_ for _ in ()).throw(AssertionError(str(error.error))))
    return context


def signed_in(browser: Browser, office: Installation, name: str, **options: object) -> Page:
    page = phone(browser, **options).new_page()
    sign_in(page, office.address, name)
    return page


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").tap()
    page.wait_for_url(f"{address}/")


@contextmanager
def before_its_script(page: Page) -> Iterator[None]:
    """Within, pages stand without the phone's script; it comes at the end, as over a slow network."""
    late: list[Route] = []
    page.route("**/phone/start*.js", lambda route: late.append(route))  # noqa: PLW0108 - Playwright marks it
    yield
    for route in late:
        route.continue_()
    page.unroute("**/phone/start*.js")

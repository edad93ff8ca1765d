"""A form of an ended session travels to a provider of sign-ins and back, under the pages' own policy."""

from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from tests.accounts.providers.doubles import packaged_provider
from tests.browser.office import phone, running

pytestmark = pytest.mark.browser


def test_who_signs_in_at_a_provider_loses_nothing(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with packaged_provider() as provider:
        client = {"ISSUER": provider, "CLIENT_ID": "activitylog", "CLIENT_SECRET": "any"}
        for name, value in {**client, "ROLES": "kp-staff=organizer"}.items():
            monkeypatch.setenv(f"ACTIVITYLOG_OIDC_{name}", value)
        known = {"name": "王芳", "groups": ["kp-staff"]}
        requests.put(f"{provider}/users/wang", json=known, timeout=20).raise_for_status()
        with running(tmp_path) as office:
            page = phone(browser).new_page()
            page.goto(f"{office.address}/me/name")
            page.get_by_role("link", name="用统一身份认证登录").click()
            page.fill("input[name=sub]", "wang")
            page.keyboard.press("Enter")
            page.wait_for_url(f"{office.address}/me/name")
            page.get_by_label("姓名").fill("王小芳")
            page.context.clear_cookies()
            page.get_by_role("button", name="保存").click()
            expect(page.get_by_text("刚才填写的内容都在")).to_be_visible()
            page.get_by_role("button", name="用统一身份认证登录").click()
            page.fill("input[name=sub]", "wang")
            page.keyboard.press("Enter")
            page.get_by_role("button", name="再提交一次").click()
            page.wait_for_url(f"{office.address}/me")
            expect(page.get_by_text("王小芳", exact=True)).to_be_visible()
            page.context.close()

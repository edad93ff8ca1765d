"""The shape of the house, held by tests."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from activitylog.accounts.rules import PERMISSIONS, Permission, Role
from activitylog.app import create_app
from activitylog.settings import Settings
from activitylog.surveys.attendee.forms import PREFIX

ROOT = Path(__file__).parent.parent
PUBLIC = {
    "accounts.choose_password",
    "identities.accept",
    "providers.start",
    "providers.finish",
    "providers.end",
    "static",
    "assets.asset",
    "health.healthz",
    "health.readyz",
    "accounts.sign_in",
    "accounts.enter_code",
    "offline.worker",
    "calendar_feed.feed",
    "preferences.save",
    "settings.logo",
}
READING = {Permission.READ, Permission.AUDIT}
OWN = {  # of the person, not the office
    "accounts.sign_out",
    "account.change_name",
    "account.change_password",
    "account.end_device",
    "account.end_others",
    "second_factor.turn_on",
    "second_factor.turn_off",
    "second_factor.renew_codes",
    "identities.link",
    "identities.unlink",
    "calendar_feed.renew",
    "calendar_feed.close",
    "notices.read_all",
    "notice_settings.save",
    "notice_settings.send_link",
    "notice_settings.confirm",
    "notice_settings.test",
}
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def bare_app(tmp_path: Path) -> Flask:
    return create_app(Settings(tmp_path, f"sqlite:///{tmp_path / 'none.db'}", "a secret of the tests only"))


def test_imports_go_down_only() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_view_is_public_by_name_or_needs_a_permission(bare_app: Flask) -> None:
    public = {
        endpoint
        for endpoint, view in bare_app.view_functions.items()
        if getattr(view, "is_public", False) or endpoint == "static"
    }
    unguarded = {
        endpoint
        for endpoint, view in bare_app.view_functions.items()
        if endpoint not in public and getattr(view, "permission", None) is None
    }
    assert unguarded == set()
    assert public <= PUBLIC


def test_attendees_reach_nothing_but_the_survey(bare_app: Flask) -> None:
    assert not any(rule.rule.startswith(PREFIX) for rule in bare_app.url_map.iter_rules())


def test_a_view_that_writes_needs_more_than_reading(bare_app: Flask) -> None:
    views = bare_app.view_functions
    for rule in bare_app.url_map.iter_rules():
        view = views[rule.endpoint]
        if (rule.methods or set()) & WRITING and not getattr(view, "is_public", False):
            assert rule.endpoint in OWN or view.permission not in READING, rule.endpoint


def test_an_auditor_may_read_and_settle_what_differs_from_the_trail() -> None:
    assert PERMISSIONS[Role.AUDITOR] == READING | {Permission.SIGN_IN, Permission.SETTLE}


def test_a_number_no_key_can_hold_is_an_address_not_found(bare_app: Flask) -> None:
    with bare_app.test_request_context():
        adapter = bare_app.url_map.bind("localhost")
        assert adapter.test("/projects/2147483647")
        assert not adapter.test("/projects/2147483648")


def _run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_importing_a_plain_module_loads_no_web_framework() -> None:
    run = _run_python(
        "import activitylog.core.period, sys; assert not {'flask', 'sqlalchemy'} & sys.modules.keys()"
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("entry", ["activitylog.app", "activitylog.cli", "activitylog.server.scheduler"])
def test_whatever_starts_the_product_has_its_writes_audited(entry: str) -> None:
    run = _run_python(f"import {entry}; from activitylog.audit.registry import AUDITED; assert AUDITED")
    assert run.returncode == 0, run.stderr


def test_a_session_whose_writes_nobody_audits_is_refused() -> None:
    run = _run_python("""
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from activitylog.activities.models import ActivityCounter
from activitylog.audit import capture
from activitylog.core.database import Base
engine = create_engine("sqlite://")
Base.metadata.create_all(engine, tables=[ActivityCounter.__table__])
with Session(engine) as session:
    session.add(ActivityCounter(year=2024, last=1))
    session.commit()
""")
    assert "would not be in the audit trail" in run.stderr

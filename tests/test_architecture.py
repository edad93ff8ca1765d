"""The shape of the house, held by tests."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from activitylog import create_app
from activitylog.accounts.rules import PERMISSIONS, Permission, Role
from activitylog.settings import Settings
from activitylog.surveys.public_app import PREFIX

ROOT = Path(__file__).parent.parent
PUBLIC = {
    "static",
    "frame.asset",
    "frame.healthz",
    "frame.readyz",
    "accounts.sign_in",
    "phone.worker",
    "calendar_feed.feed",
    "look.save",
}
READING = {Permission.READ, Permission.AUDIT}
OWN = {"accounts.sign_out", "calendar_feed.renew", "calendar_feed.close"}  # of the person, not the office
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


def test_an_auditor_may_read_and_nothing_else() -> None:
    assert PERMISSIONS[Role.AUDITOR] == READING


def test_a_number_no_key_can_hold_is_an_address_not_found(bare_app: Flask) -> None:
    with bare_app.test_request_context():
        adapter = bare_app.url_map.bind("localhost")
        assert adapter.test("/projects/2147483647")
        assert not adapter.test("/projects/2147483648")

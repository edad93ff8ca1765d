"""Fixtures of the surveys' tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from activitylog.app import create_app
from activitylog.settings import Settings
from tests.conftest import dispose


@pytest.fixture
def limited_app(settings: Settings) -> Iterator[Callable[[int], Flask]]:
    """Applications that take so many answers a minute."""
    apps: list[Flask] = []

    def make(per_minute: int) -> Flask:
        apps.append(create_app(replace(settings, survey_limit=per_minute)))
        return apps[-1]

    yield make
    for app in apps:
        dispose(app)

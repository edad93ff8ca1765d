"""Fixtures of providers: a real OpenID provider in a process of its own, and doubles that can lie."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from activitylog.app import create_app
from activitylog.settings import Settings
from tests.accounts.providers.doubles import OpenIDDouble, WeComDouble, packaged_provider, serving
from tests.conftest import dispose

ROLES = (("kp-officers", "officer"), ("kp-staff", "organizer"), ("kp-admins", "admin"))


@pytest.fixture(scope="session")
def real_provider() -> Iterator[str]:
    with packaged_provider() as address:
        yield address


@pytest.fixture
def openid() -> Iterator[OpenIDDouble]:
    double = OpenIDDouble()
    with serving(double) as double.url:
        yield double


@pytest.fixture
def wecom() -> Iterator[WeComDouble]:
    double = WeComDouble()
    with serving(double) as address:
        double.url = address
        yield double


@pytest.fixture
def openid_settings(settings: Settings, openid: OpenIDDouble) -> Settings:
    return replace(
        settings,
        public_url="http://localhost",
        oidc_issuer=openid.url,
        oidc_client_id=openid.client_id,
        oidc_client_secret=openid.client_secret,
        oidc_roles=ROLES,
    )


@pytest.fixture
def office(openid_settings: Settings) -> Iterator[Flask]:
    """The application of an office whose people sign in at the double."""
    app = create_app(openid_settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    yield app
    dispose(app)

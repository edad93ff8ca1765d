"""The client's address behind proxies: taken from those that are trusted, and not from made-up headers."""

from dataclasses import replace
from ipaddress import ip_network

import pytest
from flask import Flask, request

from activitylog.accounts.guards import public
from activitylog.app import create_app
from activitylog.core.database import db
from activitylog.settings import Settings

PROXIES = (ip_network("10.0.0.0/24"), ip_network("fd00::/64"))


@pytest.fixture
def behind(settings: Settings) -> Flask:
    app = create_app(replace(settings, trusted_proxies=PROXIES))
    told = public(lambda: f"{request.remote_addr} {request.scheme}")
    app.add_url_rule("/who", view_func=told)
    with app.app_context():
        db.engine.dispose()
    return app


@pytest.mark.parametrize(
    ("peer", "forwarded", "proto", "told"),
    [
        ("10.0.0.5", "203.0.113.9", "https", "203.0.113.9 https"),
        ("10.0.0.5", "198.51.100.1, 203.0.113.9", "https", "203.0.113.9 https"),  # the first is made up
        ("10.0.0.5", "203.0.113.9, 10.0.0.6", "", "203.0.113.9 http"),
        ("fd00::1", "2001:db8::7", "https", "2001:db8::7 https"),
        ("10.0.0.5", "", "", "10.0.0.5 http"),
        ("10.0.0.5", "no address", "ftp", "10.0.0.5 http"),
        ("203.0.113.9", "127.0.0.1", "https", "203.0.113.9 http"),  # nobody's proxy
    ],
)
def test_the_client_is_whom_a_trusted_proxy_names(
    behind: Flask, peer: str, forwarded: str, proto: str, told: str
) -> None:
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": proto}
    answer = behind.test_client().get("/who", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.text == told


def test_without_trusted_proxies_no_header_is_taken(app: Flask) -> None:
    app.add_url_rule("/who", view_func=public(lambda: str(request.remote_addr)))
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert app.test_client().get("/who", headers=headers).text == "127.0.0.1"

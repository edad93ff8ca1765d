"""Display preferences, stored per device."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.signed_in import signed_in


def test_who_is_not_signed_in_may_choose_too_and_stays_where_they_were(client: FlaskClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/login").text
    answer = client.post("/look", data={"size": "large", "theme": "dark", "next": "/login?next=/me"})
    assert (answer.status_code, answer.location) == (302, "/login?next=/me")
    page = client.get("/login").text
    assert '<html lang="zh-CN" data-size="large" data-theme="dark">' in page
    assert '<meta name="theme-color" content="#14191d">' in page
    assert 'value="large" checked' in page


def test_the_choice_holds_on_every_page_and_can_be_taken_back(app: Flask, session: Session) -> None:
    user = make_user(session)
    session.commit()
    client = signed_in(app, user)
    client.post("/look", data={"size": "large", "theme": "", "next": "/me"})
    for address in ("/", "/me", "/activities", "/nowhere"):
        assert re.search('<html lang="zh-CN"[^>]* data-size="large">', client.get(address).text), address
    client.post("/look", data={"size": "", "theme": ""})
    assert "data-size" not in client.get("/me").text


@pytest.mark.parametrize("nonsense", ["huge.pink", "..", '"><script>', "large"])
def test_a_cookie_that_means_nothing_changes_nothing(client: FlaskClient, nonsense: str) -> None:
    client.set_cookie("look", nonsense)
    page = client.get("/login").text
    assert "<script>" not in page
    assert "data-theme" not in page
    assert client.post("/look", data={"next": "https://evil.example/"}).location == "/"

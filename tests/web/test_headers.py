"""Pages travel compressed, with a form token that is masked anew each time."""

import gzip
import re
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.web.forms import unmasked
from tests.factories.accounts import make_user
from tests.signed_in import signed_in

GZIP = {"Accept-Encoding": "gzip, deflate"}


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_page_travels_compressed_where_the_client_takes_it(app: Flask, session: Session) -> None:
    client = signed_in(app, make_user(session))
    session.commit()
    plain, packed = client.get("/me"), client.get("/me", headers=GZIP)
    assert plain.content_encoding is None
    assert packed.content_encoding == "gzip"
    assert "Accept-Encoding" in packed.vary
    assert len(packed.data) < len(plain.data) / 2
    assert "<h1>我的</h1>" in gzip.decompress(packed.data).decode()
    assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_the_form_token_never_repeats_and_each_is_taken(app: Flask, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = signed_in(app, make_user(session))
    session.commit()
    tokens = [token_in(client.get("/me").text) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert len({(unmasked(token) or "").partition(".")[0] for token in tokens}) == 1
    assert not any(a[10:40] == b[10:40] for a, b in pairwise(tokens))
    for token in tokens:
        assert client.post("/me/calendar", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize("token", ["m.", "m.!!!!", "m.AAAA", "m.AAAAA", "m.\u4e2d", "nothing"])
def test_a_token_that_is_none_is_refused(app: Flask, session: Session, token: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = signed_in(app, make_user(session))
    session.commit()
    assert client.post("/me/calendar", data={"csrf_token": token}).status_code == 400

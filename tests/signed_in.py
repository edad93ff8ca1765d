"""Clients of signed-in users."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import object_session

from activitylog.accounts.models import SignIn, User
from activitylog.accounts.sign_ins.queries import key_digest
from activitylog.core.database import begin_writing, db

FOR_EVER = datetime(9990, 1, 1, tzinfo=UTC)  # whatever day a test travels to
KEY = "the key of every test"


def signed_in(app: Flask, user: User) -> FlaskClient:
    """A client with the person's session cookie; the person must be committed."""
    begun = SignIn(
        user_id=user.id,
        key_hash=key_digest(KEY),
        device="",
        address="",
        stays=False,
        began_at=FOR_EVER - timedelta(days=1),
        proven_at=FOR_EVER,
        seen_at=FOR_EVER - timedelta(days=1),
        expires_at=FOR_EVER,
    )
    session = object_session(user)
    with nullcontext() if session else app.app_context():
        if session is None:
            begin_writing(session := db.session())
        session.commit()  # a snapshot read earlier could not be written to
        session.add(begun)
        session.commit()
        cookie_value = f"{begun.id}:{KEY}"
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cookie_value
        cookie["_fresh"] = True
    return client

"""Clients of signed-in users."""

from flask import Flask
from flask.testing import FlaskClient

from activitylog.accounts.models import User


def signed_in(app: Flask, user: User) -> FlaskClient:
    """A client with the person's session cookie; the person must be committed."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = user.get_id()
        cookie["_fresh"] = True
    return client

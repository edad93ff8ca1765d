"""Error pages of addresses that do not exist."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories.accounts import make_user
from tests.signed_in import signed_in


@pytest.mark.parametrize("address", ["/activities/a%00b", "/activities/%00/qr.png", "/s/%00", "/periods/%00"])
def test_an_address_no_record_can_have_is_not_found(app: Flask, session: Session, address: str) -> None:
    user = make_user(session)
    session.commit()
    answer = signed_in(app, user).get(address)
    assert answer.status_code == 404
    assert "没有找到" in answer.text

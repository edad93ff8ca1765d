"""Property test: answers sent in any order and repeatedly are stored once, with the right notice."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.surveys.models import AnsweredDevice, Response
from tests.examples import examples
from tests.factories.surveys import NOON, make_surveyed_activity

MOMENTS = {"early": NOON - timedelta(days=2), "open": NOON, "late": NOON + timedelta(days=4)}
CLOSED = {"early": "还没有开放", "late": "结束"}
phones = st.integers(0, 2)
moments = st.sampled_from(["open", "open", "open", "early", "late"])
posts = st.tuples(st.just("post"), moments, phones | st.none(), st.integers(0, 4), st.integers(1, 4))
looks = st.tuples(st.just("look"), moments, phones, st.just(0), st.just(1))


@dataclass
class Hall:
    """What a hall's phones should see: an oracle in a few lines."""

    stored: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)

    def after_post(self, moment: str, phone: int | None, nonce: int) -> tuple[int, str]:
        if nonce in self.stored:
            return 200, "谢谢您"
        if moment != "open":
            return 409, CLOSED[moment]
        if phone in self.answered:
            return 409, "您已提交过"
        self.stored.add(nonce)
        if phone is not None:
            self.answered.add(phone)
        return 200, "谢谢您"

    def after_look(self, moment: str, phone: int) -> tuple[int, str]:
        if moment != "open":
            return 200, CLOSED[moment]
        return 200, "您已提交过" if phone in self.answered else "<form"


def _send(app: Flask, address: str, posted: dict[str, str] | None, device: str | None) -> tuple[int, str]:
    client = app.test_client(use_cookies=False)
    headers = {} if device is None else {"Cookie": f"device={device}"}
    answer = (
        client.post(address, data=posted, headers=headers) if posted else client.get(address, headers=headers)
    )
    return answer.status_code, answer.text


@given(actions=st.lists(posts | looks, max_size=14))
@examples(20, thorough=60)
def test_every_phone_counts_once_and_hears_the_truth(
    app: Flask, session: Session, actions: list[tuple[str, str, int | None, int, int]]
) -> None:
    session.rollback()
    activity = make_surveyed_activity(session)
    session.commit()
    address, activity_id, hall = f"/s/{activity.survey_token}", activity.id, Hall()
    devices = [uuid.uuid4().hex for _ in range(3)]
    nonces = [str(uuid.uuid4()) for _ in range(5)]
    for kind, moment, phone, nonce, copies in actions:
        device = None if phone is None else devices[phone]
        posted = {"overall": "5", "nonce": nonces[nonce]} if kind == "post" else None
        with time_machine.travel(MOMENTS[moment], tick=False), ThreadPoolExecutor(copies) as threads:
            sent = [threads.submit(_send, app, address, posted, device) for _ in range(copies)]
            heard = [each.result() for each in sent]
        status, words = (
            hall.after_post(moment, phone, nonce) if posted else hall.after_look(moment, phone or 0)
        )
        assert {got for got, _ in heard} == {status}
        assert all(words in text for _, text in heard)
    session.rollback()
    mine = Response.activity_id == activity_id
    kept = session.scalars(select(Response.nonce).where(mine)).all()
    assert sorted(kept) == sorted(nonces[nonce] for nonce in hall.stored)
    hashes = session.scalars(
        select(AnsweredDevice.device_hash).where(AnsweredDevice.activity_id == activity_id)
    ).all()
    assert len(hashes) == len(kept)

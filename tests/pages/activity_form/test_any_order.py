"""Random sequences of requests, retries and crashes: every entry is stored exactly once."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.app import create_app
from activitylog.projects.models import Project
from activitylog.settings import Settings
from tests.conftest import dispose
from tests.examples import examples
from tests.factories.accounts import make_user
from tests.factories.activities import NOW
from tests.factories.projects import make_project
from tests.pages.cast import typed
from tests.signed_in import signed_in

JSON = {"Accept": "application/json"}
drafts = st.integers(0, 3)  # of two people, turn by turn
edits = st.tuples(
    st.just("edit"), drafts, st.sampled_from(["题", "另一题", ""]), st.sampled_from(["0", "86", "八"])
)
fates = st.sampled_from(["answered", "answered", "answer lost", "request lost", "dies before", "dies after"])
submits = st.tuples(st.just("submit"), drafts, fates, st.integers(1, 3))
strangers = st.tuples(st.just("stranger"), drafts, st.none(), st.none())
restarts = st.tuples(st.just("restart"), st.just(0), st.none(), st.none())


class Died(BaseException):
    """The server's process is gone: no answer, and nothing it had not committed."""


def die(*_: object) -> None:
    raise Died


@contextmanager
def dying(app: Flask, moment: str) -> Iterator[None]:
    """The next request dies on the brink of its commit, or between commit and answer."""
    if moment == "dies after":
        app.after_request_funcs.setdefault(None, []).append(die)  # type: ignore[arg-type]
        yield
        return
    event.listen(Engine, "commit", die)
    try:
        yield
    finally:
        event.remove(Engine, "commit", die)


@dataclass
class Draft:
    """What a phone has in its form, under one nonce."""

    owner: int
    nonce: str = field(default_factory=lambda: str(uuid.uuid4()))
    title: str = "题"
    heads: str = "60"
    was_submitted: bool = False

    @property
    def is_valid(self) -> bool:
        return bool(self.title) and self.heads != "八"

    @property
    def content(self) -> tuple[str, int]:
        return self.title, int(self.heads)


class World:
    """Two people's phones, the server between its deaths, and what it must have stored."""

    def __init__(self, settings: Settings, project: Project, people: list[User]) -> None:
        self.settings, self.project, self.people = settings, project, people
        self.drafts = [Draft(number % 2) for number in range(4)]
        self.stored: dict[str, tuple[str, int]] = {}
        self.app = self._start()

    def _start(self) -> Flask:
        app = create_app(self.settings)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        return app

    def restart(self) -> None:
        dispose(self.app)
        self.app = self._start()

    def post(self, draft: Draft, by: int) -> TestResponse:
        form: dict[str, Any] = typed(
            self.project,
            nonce=draft.nonce,
            owner=str(self.people[draft.owner].id),
            title=draft.title,
            audience_onsite=draft.heads,
        )
        return signed_in(self.app, self.people[by]).post("/activities/new", data=form, headers=JSON)

    def expect(self, draft: Draft, answers: list[TestResponse]) -> None:
        """The answers fit what was there, and what is there now is known."""
        told = sorted((answer.status_code for answer in answers), reverse=True)
        if not draft.is_valid:
            assert set(told) == {422}
            return
        is_new = draft.nonce not in self.stored
        self.stored.setdefault(draft.nonce, draft.content)
        assert told == [201] * is_new + [200] * (len(told) - is_new)
        assert len({answer.json["number"] for answer in answers if answer.json}) == 1
        is_same = self.stored[draft.nonce] == draft.content
        assert all(answer.json and answer.json["same"] is is_same for answer in answers)

    def submit(self, draft: Draft, fate: str, copies: int) -> None:
        draft.was_submitted = True
        if fate == "request lost":
            return
        if fate.startswith("dies"):
            self._die_in(draft, fate)
            return
        with ThreadPoolExecutor(copies) as threads:
            sent = [threads.submit(self.post, draft, draft.owner) for _ in range(copies)]
            self.expect(draft, [each.result() for each in sent])

    def _die_in(self, draft: Draft, fate: str) -> None:
        if not draft.is_valid or draft.nonce in self.stored:
            return
        with dying(self.app, fate), pytest.raises(Died):
            self.post(draft, draft.owner)
        self.restart()
        if fate == "dies after":
            self.stored[draft.nonce] = draft.content


STEPS: dict[str, Callable[[World, Draft, Any, Any], object]] = {
    "edit": lambda _, draft, title, heads: vars(draft).update(title=title, heads=heads),
    "submit": lambda world, draft, fate, copies: world.submit(draft, fate, copies),
    "restart": lambda world, *_: world.restart(),
}


def as_stranger(world: World, draft: Draft) -> None:
    answer = world.post(draft, by=1 - draft.owner)
    assert (answer.status_code, answer.json and answer.json["result"]) == (409, "other_user")


@given(actions=st.lists(edits | submits | submits | strangers | restarts, max_size=14))
@examples(4, thorough=10)
def test_every_entry_is_stored_once_and_none_is_lost(
    settings: Settings, session: Session, actions: list[tuple[str, int, Any, Any]]
) -> None:
    session.rollback()
    project = make_project(session)
    people = [make_user(session, project) for _ in range(2)]
    session.commit()
    for each in (project, *people):  # read by many threads: they must ask the session nothing more
        session.refresh(each)
        session.expunge(each)
    with time_machine.travel(NOW, tick=False):
        world = World(settings, project, people)
        for kind, number, one, other in actions:
            draft = world.drafts[number]
            if kind == "stranger":
                as_stranger(world, draft)
            else:
                STEPS[kind](world, draft, one, other)
        for draft in world.drafts:
            if draft.was_submitted:  # what was not answered is sent until it is
                world.expect(draft, [world.post(draft, draft.owner)])
        dispose(world.app)
    session.rollback()
    rows = session.scalars(select(Activity).where(Activity.project_id == project.id))
    kept = [(row.nonce, (row.title, row.audience_onsite)) for row in rows]
    assert sorted(kept) == sorted(world.stored.items())

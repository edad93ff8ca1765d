"""Property test: answers are stored with the version of their page while questionnaires change."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, TypeAlias

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.surveys.attendee import queries as survey_queries
from activitylog.surveys.models import HostResponse, Response
from activitylog.surveys.queries import survey_summary
from activitylog.surveys.questionnaires.operations import use_version
from activitylog.surveys.questionnaires.queries import questionnaires_of
from activitylog.surveys.questionnaires.rules import Audience, Questionnaire
from tests.examples import examples
from tests.factories.projects import make_project
from tests.factories.surveys import NOON, a_line, make_surveyed_activity, publish_questions

ORDERS = st.permutations(["甲", "乙", "丙"])  # the same values stand for other words in each version
STEPS = st.lists(
    st.tuples(st.just("publish"), ORDERS)
    | st.tuples(st.just("open"), st.sampled_from(list(Audience)))
    | st.tuples(st.just("send"), st.integers(0, 9))
    | st.tuples(st.just("default"), st.none()),
    max_size=10,
)
Said: TypeAlias = tuple[Audience, str, dict[str, str]]  # the version, and what was chosen, in words
_PICKS = re.compile(r'name="(\w+)" value="([\w-]+)"[^>]*><span>(?:<svg.*?</svg>)?([^<]+)</span>', re.DOTALL)


@dataclass(frozen=True)
class Opened:
    """A page on somebody's phone, to be filled in with the last choice of everything."""

    audience: Audience
    hidden: dict[str, str]
    picks: dict[str, tuple[str, str]]  # question → value and word

    @property
    def posted(self) -> dict[str, str]:
        return self.hidden | {name: value for name, (value, _) in self.picks.items()}

    @property
    def said(self) -> Said:
        return self.audience, self.hidden["version"], {name: word for name, (_, word) in self.picks.items()}


def read_page(audience: Audience, html: str) -> Opened:
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', html))
    picks = {name: (value, unescape(word)) for name, value, word in _PICKS.findall(html)}
    return Opened(audience, hidden, picks)


def read_record(audience: Audience, row: Any, asked: dict[str, Questionnaire]) -> Said:
    """A stored answer in the words of the version it names."""
    given_answers = row.answers | {"overall": row.overall}
    said = {}
    for question in asked[row.questionnaire].questions:
        value = given_answers.get(question.key)
        if question.choices and value is not None:
            last = value[-1] if isinstance(value, list) else value
            said[question.key] = str(dict(question.choices)[str(last)])
    return audience, row.questionnaire, said


@given(steps=STEPS)
@examples(8, thorough=25)
def test_every_answer_is_kept_under_the_very_words_its_page_showed(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]]
) -> None:
    monkeypatch.setattr(survey_queries, "FRESH_SECONDS", 0)
    session.rollback()
    project = make_project(session)
    activity = make_surveyed_activity(session, project=project)
    session.commit()
    doors = {Audience.ATTENDEES: f"/s/{activity.survey_token}", Audience.HOSTS: f"/s/h/{activity.host_token}"}
    opened: list[Opened] = []
    sent: dict[str, Opened] = {}
    phone = app.test_client(use_cookies=False)
    with time_machine.travel(NOON, tick=False):
        for step, what in steps:
            if step == "publish":
                for audience in Audience:
                    line = a_line("".join(what), type="single", choices="\n".join(what))
                    publish_questions(session, project, line, audience=audience)
            elif step == "default":
                use_version(session, project, Audience.ATTENDEES, "default-1", by=None, now=NOON)
            elif step == "open":
                opened.append(read_page(what, phone.get(doors[what]).text))
            elif opened:
                page = opened[what % len(opened)]
                assert phone.post(doors[page.audience], data=page.posted).status_code == 200
                sent[page.hidden["nonce"]] = page
            session.commit()
    tables = {Audience.ATTENDEES: Response, Audience.HOSTS: HostResponse}
    stored = {
        row.nonce: (audience, row)
        for audience, table in tables.items()
        for row in session.scalars(select(table).where(table.activity_id == activity.id))
    }
    asked = questionnaires_of(session, {row.questionnaire for _, row in stored.values()})
    assert {nonce: read_record(audience, row, asked) for nonce, (audience, row) in stored.items()} == {
        nonce: page.said for nonce, page in sent.items()
    }
    attendees = [page for page in sent.values() if page.audience is Audience.ATTENDEES]
    assert survey_summary(session, activity.id).valid == len(attendees)

from hashlib import sha256

import pytest

from activitylog.surveys.questionnaires.built_in import BUILT_IN, DEFAULT_QUESTIONNAIRE, HOST_QUESTIONNAIRE
from activitylog.surveys.questionnaires.rules import (
    LONGEST_TEXT,
    OVERALL,
    Questionnaire,
    Reading,
    questions_from_json,
    questions_json,
    read_answers,
)


def read(**posted: str) -> Reading:
    return read_answers({key: [text] for key, text in posted.items()}, DEFAULT_QUESTIONNAIRE)


def test_only_the_overall_question_is_compulsory() -> None:
    assert [question.key for question in DEFAULT_QUESTIONNAIRE.questions if question.is_required] == [
        "overall"
    ]
    assert read(overall="4").answers == {"overall": 4}


@pytest.mark.parametrize("questionnaire", BUILT_IN.values())
def test_built_in_questionnaires_ask_the_overall_question_first_and_each_once(
    questionnaire: Questionnaire,
) -> None:
    keys = [question.key for question in questionnaire.questions]
    assert keys[0] == OVERALL
    assert len(keys) == len(set(keys))


def test_what_was_asked_under_a_built_in_version_never_changes() -> None:
    digests = {
        version: sha256(questions_json(questionnaire.questions).encode()).hexdigest()[:16]
        for version, questionnaire in BUILT_IN.items()
    }
    assert digests == {"default-1": "c06db2e9c3a5a20e", "host-1": "e236c0612a12beda"}


@pytest.mark.parametrize("questionnaire", BUILT_IN.values())
def test_questions_written_read_back_the_same(questionnaire: Questionnaire) -> None:
    text = questions_json(questionnaire.questions)
    assert questions_from_json(text) == questionnaire.questions
    assert questions_json(questions_from_json(text)) == text


def test_several_choices_are_kept_in_the_questionnaires_order_each_once() -> None:
    posted = {"overall": ["4"], "gains": ["contacts", "elsewhere", "interest", "contacts"]}
    assert read_answers(posted, HOST_QUESTIONNAIRE).answers == {
        "overall": 4,
        "gains": ["interest", "contacts"],
    }


@pytest.mark.parametrize("posted", ["", "0", "6", "5.0", "满意", "５"])
def test_anything_but_one_of_five_grades_is_refused(posted: str) -> None:
    reading = read(overall=posted, age="60_up")
    assert list(reading.errors) == ["overall"]
    assert reading.answers == {"age": "60_up"}


def test_optional_answers_are_read_by_their_type_and_strangers_left_out() -> None:
    reading = read(overall="5", content="3", learned="much", age="200", openid="x", suggestion=" 好 ")
    assert reading.answers == {"overall": 5, "content": 3, "learned": "much", "suggestion": "好"}
    assert reading.errors == {}


def test_too_long_a_suggestion_is_refused_with_both_figures() -> None:
    assert read(overall="5", suggestion="字" * LONGEST_TEXT).errors == {}
    errors = read(overall="5", suggestion="字" * (LONGEST_TEXT + 1)).errors
    assert "500" in errors["suggestion"]
    assert "501" in errors["suggestion"]

import pytest

from activitylog.surveys.forms import Submission, read_submission
from activitylog.surveys.questionnaires.built_in import DEFAULT_QUESTIONNAIRE

NONCE = "0b5c6a3e-8d9f-4c1f-9a51-2f6f3c8f7a10"


def read(**posted: str) -> Submission:
    return read_submission({key: [text] for key, text in posted.items()}, DEFAULT_QUESTIONNAIRE)


@pytest.mark.parametrize("spelling", [NONCE, NONCE.upper(), f" {NONCE} ", NONCE.replace("-", "")])
def test_every_spelling_of_a_nonce_is_the_same_nonce(spelling: str) -> None:
    submission = read(overall="5", nonce=spelling)
    assert (submission.nonce, submission.errors) == (NONCE, {})


@pytest.mark.parametrize("nonce", ["", "1", "not-a-uuid", NONCE + "0", "\x00"])
def test_a_page_without_a_nonce_gets_a_sentence_and_is_to_be_given_one(nonce: str) -> None:
    submission = read(overall="5", nonce=nonce)
    assert list(submission.errors) == ["nonce"]
    assert submission.nonce == ""


def test_texts_are_cleaned_and_masked_and_unknown_fields_dropped() -> None:
    submission = read(overall="2", nonce=NONCE, suggestion="请回电\x00 13812345678\r\n谢谢 ", name="王")
    assert submission.overall == 2
    assert submission.answers == {"overall": 2, "suggestion": "请回电 ［号码已隐去］\n谢谢"}
    assert "name" not in submission.values

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.errors import BadInput
from activitylog.surveys.questionnaires.built_in import BUILT_IN, DEFAULT_QUESTIONNAIRE
from activitylog.surveys.questionnaires.drafting import (
    MOST_CHOICES,
    MOST_QUESTIONS,
    MOST_SECONDS,
    DraftLine,
    choice_lines,
    english_of,
    read_questions,
    seconds_to_answer,
)
from activitylog.surveys.questionnaires.rules import (
    OVERALL,
    QUESTION_TYPES,
    Question,
    Questionnaire,
    questions_from_json,
    questions_json,
)
from activitylog.surveys.rules import translated

FIRST = DraftLine("总体怎么样？", field=OVERALL)
CHOOSING = DraftLine("愿意再来吗？", type="single", choices="愿意 | Yes\n看情况｜Perhaps\n\n不愿意")


def drafted(*lines: DraftLine, before: tuple[Question, ...] = ()) -> tuple[Question, ...]:
    return read_questions(FIRST, lines, before=before)


def test_choices_are_lines_with_their_english_behind_a_bar() -> None:
    question = drafted(CHOOSING)[1]
    assert [(value, str(word), english_of(word)) for value, word in question.choices] == [
        ("c1", "愿意", "Yes"),
        ("c2", "看情况", "Perhaps"),
        ("c3", "不愿意", ""),
    ]
    assert translated(question.choices[2][1], "en") == "不愿意"
    assert choice_lines(question.choices) == "愿意 | Yes\n看情况 | Perhaps\n不愿意"


def test_a_choice_that_stays_keeps_its_value_and_a_new_one_gets_a_new_one() -> None:
    before = drafted(CHOOSING)
    line = DraftLine("愿意再来吗？", type="single", choices="不愿意\n再说\n愿意", key="q1")
    after = drafted(line, before=before)[1]
    assert (after.key, [value for value, _ in after.choices]) == ("q1", ["c3", "c4", "c1"])


def test_a_question_of_another_sort_is_another_question() -> None:
    before = drafted(DraftLine("讲得怎么样？"))
    assert drafted(DraftLine("讲得怎么样？", type="text", key="q1"), before=before)[1].key == "q2"


def test_the_compulsory_question_keeps_its_key_and_its_grades_whatever_is_written() -> None:
    line = DraftLine("满意吗？", field=OVERALL, type="text", choices="好\n坏", key="q9")
    first = read_questions(line, [], before=())[0]
    assert (first.key, first.type, [value for value, _ in first.choices], first.is_required) == (
        OVERALL,
        "scale",
        ["5", "4", "3", "2", "1"],
        True,
    )


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        (
            DraftLine("", english="What?", number=3, field="questions-2"),
            "questions-2-sentence",
            "请填写第 3 题",
        ),
        (DraftLine("长" * 41), "questions-0-sentence", "最多 40 个字，现在有 41 个"),
        (DraftLine("题", english="x" * 91), "questions-0-english", "最多 90 个字"),
        (DraftLine("题", type="single", choices="只有一个"), "questions-0-choices", "2 到 8 个"),
        (
            DraftLine("题", type="single", choices="1\n2\n3\n4\n5\n6\n7\n8\n9"),
            "questions-0-choices",
            "现在有 9 个",
        ),
        (DraftLine("题", type="single", choices="一\n一"), "questions-0-choices", "有两个“一”"),
        (DraftLine("题", type="multiple", choices="一\n| Two"), "questions-0-choices", "没有中文"),
        (DraftLine("题", type="stars"), "questions-0-type", "请选择第 1 题的题型"),
        (DraftLine("总体怎么样？"), "questions-0-sentence", "问了两遍"),
    ],
)
def test_a_refusal_names_the_question_and_the_place(line: DraftLine, place: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        drafted(line)
    assert refusal.value.field == place


def test_more_questions_than_a_page_asks_are_refused() -> None:
    lines = [DraftLine(f"第{number}问") for number in range(MOST_QUESTIONS)]
    assert len(drafted(*lines[1:])) == MOST_QUESTIONS
    with pytest.raises(BadInput, match="最多 12 道题"):
        drafted(*lines)


@pytest.mark.parametrize("questionnaire", BUILT_IN.values())
def test_built_in_questionnaires_are_answered_within_a_minute(questionnaire: Questionnaire) -> None:
    assert seconds_to_answer(questionnaire.questions) <= MOST_SECONDS


WORDS = (
    st.text(st.characters(categories=["L", "P", "Zs"]), min_size=1, max_size=16)
    .map(str.strip)
    .filter(lambda word: word and not set(word) & set("|｜"))
)
LINES = st.lists(
    st.builds(
        DraftLine,
        sentence=WORDS,
        english=st.just("") | WORDS,
        type=st.sampled_from(sorted(QUESTION_TYPES)),
        key=st.sampled_from(["", "q1", "q2", "content", OVERALL]),
    ),
    max_size=MOST_QUESTIONS - 1,
    unique_by=lambda line: line.sentence,
)


@given(lines=LINES, choices=st.lists(WORDS, min_size=2, max_size=MOST_CHOICES, unique=True))
def test_whatever_is_written_keys_are_unique_and_read_back_the_same(
    lines: list[DraftLine], choices: list[str]
) -> None:
    complete = [
        DraftLine(each.sentence, each.english, each.type, "\n".join(choices), each.key)
        if QUESTION_TYPES[each.type].writes_choices
        else each
        for each in lines
        if each.sentence != FIRST.sentence
    ]
    questions = drafted(*complete, before=DEFAULT_QUESTIONNAIRE.questions)
    keys = [question.key for question in questions]
    assert len(set(keys)) == len(keys)
    assert keys[0] == OVERALL
    text = questions_json(questions)
    assert questions_json(questions_from_json(text)) == text
    assert [str(each.sentence) for each in questions[1:]] == [each.sentence for each in complete]

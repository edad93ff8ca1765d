"""Words as they are typed and copied: every spelling is one word, and different words stay apart."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog.core.text.words import (
    clean_text,
    half_width,
    known_spelling,
    look_alike_key,
    read_name,
    read_number_of_record,
    read_title,
    read_word,
    word_key,
)
from tests.core.text.spellings import spelled_words

WORDS = ("资源配送", "科技小院", "VR体验", "讲座（上）", "第12次群发", "3D打印：入门", "日月文人")
ONE_WORD = (
    ("讲座\u200b", "讲座"),
    ("讲 座", "讲座"),
    ("\ufeff讲座\u3000", "讲座"),
    ("ＶＲ 体验", "VR体验"),
    ("vr体验", "VR体验"),
    ("第 12 次群发", "第12次群发"),
    ("第１２次群发 ", "第12次群发"),
    ("科技⼩院", "科技小院"),
    ("⻩浦⻔票", "黄浦门票"),
    ("讲座(上)", "讲座（上）"),
    ("天文课 : 上", "天文课：上"),
    ("夏夜・观星", "夏夜·观星"),
    ("会客厅 — 咖啡馆", "会客厅-咖啡馆"),
    ("Science  Cafe", "SCIENCE CAFE"),
    ("讲座\ufe0f", "讲座"),
    ("\u3164", ""),
)


@pytest.mark.parametrize(("spelling", "word"), ONE_WORD)
def test_these_spellings_are_one_word(spelling: str, word: str) -> None:
    assert read_word(spelling) == word == read_word(word)


@given(word=st.sampled_from(WORDS), data=st.data())
def test_every_spelling_of_a_word_is_the_word(word: str, data: st.DataObject) -> None:
    assert read_word(data.draw(spelled_words(word))) == word


@given(st.text(max_size=20))
def test_what_is_read_once_reads_the_same_again(text: str) -> None:
    for read in (clean_text, read_title, read_name, read_word, read_number_of_record):
        assert read(read(text)) == read(text)


@given(st.text(max_size=20))
def test_nothing_invisible_is_left(text: str) -> None:
    assert not {unicodedata.category(each) for each in read_name(text)} & {"Cf", "Cc", "Cs"}


def test_different_words_stay_apart() -> None:
    others = ("资源 配送站", "第1 2次", "第12次")
    assert len({read_word(word) for word in (*WORDS, *others)}) == len(WORDS) + len(others)
    assert len({word_key(word) for word in WORDS}) == len(WORDS)


def test_a_name_keeps_its_case_and_a_text_its_lines_and_emoji() -> None:
    assert read_name("iLab 科普馆") == "iLab科普馆"
    assert clean_text(" 一\r\n二\x00\ufffe ") == "一\n二"
    assert clean_text("👩\u200d🔬来了\u200d") == "👩\u200d🔬来了"
    assert read_title("第１期：Ａ\u3000课…①") == "第1期：A 课…①"


@pytest.mark.parametrize(
    "number", ["２０２４－0001", "2024–0001", "2024 - 0001", "2024-0001\u200b", "2024−0001"]
)
def test_a_record_has_one_number(number: str) -> None:
    assert read_number_of_record(number) == "2024-0001"


def test_half_width_changes_no_sign_of_its_own() -> None:
    assert half_width("５０％以上（㎡²）") == "50%以上(㎡²)"


def test_a_known_name_is_found_in_another_spelling() -> None:
    names = ["科技会客厅-科学咖啡馆", "科普资源配送"]
    assert known_spelling("科技会客厅－科学 咖啡馆", names) == names[0]
    assert known_spelling("科普资源配送", names) == names[1]
    assert known_spelling("科普资源", names) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Admin", "admin"), ("admin", "аdmin"), ("ADMIN", "ΑDМIΝ"), ("wang", "ｗａｎｇ"), ("王 芳", "王芳")],
)
def test_names_that_print_alike_have_one_key(one: str, other: str) -> None:
    assert look_alike_key(one) == look_alike_key(other)


@pytest.mark.parametrize(("one", "other"), [("王芳", "王方"), ("admin", "admin2"), ("дмитрий", "dmitrij")])
def test_names_that_print_otherwise_have_two(one: str, other: str) -> None:
    assert look_alike_key(one) != look_alike_key(other)

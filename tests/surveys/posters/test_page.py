from dataclasses import replace
from datetime import date, time

from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog.surveys.posters import page as posters_page
from activitylog.surveys.posters.export import UNPRINTED, balanced_lines, lines_needed, unbreakable_parts
from activitylog.surveys.posters.page import Poster
from tests.surveys.posters.printed import read

POSTER = Poster(
    number="2026-0182",
    title="科普资源配送：人工智能就在身边（竖溪党群服务中心）",
    project="科普资源配送",
    happens_on=date(2026, 11, 26),
    start_time=None,
    open_from=None,
    open_until=date(2026, 11, 28),
    place="竖溪党群服务中心（浦东新区）",
    address="https://log.example.cn/s/Zm9vYmFyYmF6",
)


def poster(*posters: Poster) -> bytes:
    return posters_page.posters_pdf(posters, heading="海报", typeface="")


def test_a_poster_says_what_when_where_and_how_in_real_type() -> None:
    file = poster(POSTER)
    paper = read(file)
    assert paper.codes == [POSTER.address]
    assert paper.pages == [
        [
            "科普资源配送",
            "科普资源配送：",
            "人工智能就在身边",
            "（竖溪党群服务中心）",
            "2026年11月26日 周四",
            "竖溪党群服务中心（浦东新区）",
            posters_page.INVITATION,
            posters_page.ANONYMOUS,
            posters_page.ENGLISH,
            "问卷从活动当天开放到11月28日 周六，编号 2026-0182",
        ]
    ]
    assert paper.shapes >= len(set("".join(paper.pages[0])) - {" "})
    assert len(file) < 50_000


def test_a_start_is_printed_with_the_hour_from_which_answers_are_taken() -> None:
    paper = read(poster(replace(POSTER, start_time=time(14), open_from=time(13, 30))))
    assert "2026年11月26日 周四 14:00" in paper.pages[0]
    assert paper.pages[0][-1] == "问卷从活动当天 13:30 开放到11月28日 周六，编号 2026-0182"


def test_a_warning_stands_above_everything() -> None:
    assert "".join(read(poster(replace(POSTER, warning="手机打不开这个地址"))).pages[0]).startswith(
        "手机打不开"
    )


def test_four_cards_of_a_page_carry_the_same_code() -> None:
    paper = read(posters_page.cards_pdf(POSTER, typeface=""))
    assert paper.codes == [POSTER.address]  # one picture, placed four times
    assert paper.pages[0].count(posters_page.INVITATION) == 4


def test_a_file_of_many_has_a_page_each_with_its_own_code() -> None:
    posters = [replace(POSTER, number=f"N-{n}", address=f"{POSTER.address}{n}") for n in range(3)]
    paper = read(poster(*posters))
    assert paper.codes == [poster.address for poster in posters]
    assert [page[-1].split()[-1] for page in paper.pages] == ["N-0", "N-1", "N-2"]


PRINTED = {
    "𠮷祥如意": "𠮷祥如意",
    "科学😀咖啡👨‍👩‍👧馆": "科学咖啡馆",
    "缺\U0002a6a5字": f"缺{UNPRINTED}字",
    "😀": "2026-0182",
    "cafe\u0301": "café",
}


def test_letters_the_type_lacks_fall_away_or_leave_a_mark() -> None:
    assert [page[1] for page in read(poster(*(replace(POSTER, title=each) for each in PRINTED))).pages] == [
        *PRINTED.values()
    ]


def test_the_longest_titles_stay_on_one_page() -> None:
    titles = ("长" * 200, "W" * 200, "a b " * 50, "，" * 200)
    pages = read(poster(*(replace(POSTER, title=title, place="浦东" * 60) for title in titles))).pages
    assert len(pages) == len(titles)
    assert all(len(page) < 20 and page[-1].endswith("编号 2026-0182") for page in pages)


def test_a_typeface_of_the_office_is_used_instead() -> None:
    from noto_cjk_sans_otc import FONT_PATH

    file = posters_page.posters_pdf([POSTER], heading="", typeface=str(FONT_PATH))
    assert "科普资源配送" in read(file).pages[0]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="科普，（）：“”ab -", min_size=1, max_size=60), st.integers(2, 20))
def test_lines_hold_every_letter_within_the_width(text: str, width: int) -> None:
    parts = unbreakable_parts(text, lambda part: float(len(part)), width)
    widths = [float(len(part)) for part in parts]
    lines = balanced_lines(parts, widths, width, lines_needed(widths, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width for line in lines)

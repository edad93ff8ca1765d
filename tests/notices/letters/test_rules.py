from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from activitylog.core.period import Period
from activitylog.notices.letters.rules import (
    Letter,
    Line,
    Section,
    gap_text,
    letter_json,
    letter_text,
    read_letter,
)
from activitylog.rollup.queries import actuals
from activitylog.rollup.run import roll_up
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator

NOW = datetime(2024, 7, 1, 2, tzinfo=UTC)
LETTER = Letter(
    Period(2024, 6),
    "王芳",
    (
        Section("落后和偏慢", (Line("下乡服务：落后", "/indicators/1"), Line("没有链接的")), "没有。"),
        Section("这个月要做的", (), "没有要做的。"),
    ),
    ("审计记录到第 9 条：abc",),
)


def test_a_letter_is_stored_and_read_as_it_was() -> None:
    assert read_letter(letter_json(LETTER)) == LETTER


def test_the_plain_text_has_every_line_with_its_link_and_the_extra_lines_last() -> None:
    text = letter_text(LETTER, public_url="https://x.cn", office="台账")
    assert text.splitlines() == [
        "王芳，您好：2024年6月已经汇总。",
        "",
        "【落后和偏慢】",
        "· 下乡服务：落后",
        "  https://x.cn/indicators/1",
        "· 没有链接的",
        "",
        "【这个月要做的】",
        "没有要做的。",
        "",
        "在网页上看：https://x.cn/notices/letters/2024-06",
        "",
        "—— 台账",
        "收哪些、什么时候收，在这里改：https://x.cn/me/notices",
        "审计记录到第 9 条：abc",
    ]


@pytest.mark.parametrize(
    ("values", "gap"),
    [
        ({"target": "20"}, "还差 19 次"),
        ({"target": "1"}, ""),
        ({"operator": "≤", "target": "0"}, "超出 1 次"),
        ({"operator": "≤", "target": "3"}, ""),
        ({"measure": "push_readers", "target": "5"}, None),
        ({"target_word": "有效提升"}, ""),
        ({"measure": "quality_rate", "target": "100", "operator": "=", "unit": "%"}, "还差 100 个百分点"),
    ],
)
def test_what_is_missing_is_said_in_the_indicator_s_unit(
    session: Session, values: dict[str, str], gap: str | None
) -> None:
    project = make_project(session)
    make_activity(session, project, quality_met=False)
    if gap is None:
        return
    make_indicator(session, project, **values)
    roll_up(session, Period(2024, 6), now=NOW)
    (row,) = actuals(session, Period(2024, 6))
    assert gap_text(row) == gap

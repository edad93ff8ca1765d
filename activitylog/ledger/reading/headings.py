"""Recognizes headings, also those that look like a column of the ledger."""

import re
from collections.abc import Iterable

from activitylog.core.text.words import is_one_edit_away, word_key
from activitylog.ledger.columns import LedgerColumn
from activitylog.ledger.reading.cells import cell_text

_BRACKETED = re.compile(r"[（(\[【〔][^）)\]】〕]*[）)\]】〕]")
_SHORTEST_CONTAINED = 2
_SHORTEST_MISTYPED = 3
_OTHER_NAMES = {
    "区": {"区县", "县区", "行政区", "所在区", "所属区", "所在区县", "区域"},
    "现场人数": {"人数", "总人数", "参加人数", "参与人数", "活动人数", "到场人数", "受众人数", "线下人数"},
    "举办日期": {"日期", "时间", "活动日期", "活动时间", "举办时间", "开展日期", "开展时间"},
    "场所名称": {"地点", "活动地点", "场地"},
    "活动名称": {"名称", "主题", "活动主题"},
    "媒体": {"来源", "报道单位"},
    "链接": {"网址", "地址"},
    "实付金额": {"金额", "实际金额", "支付金额"},
}


def heading_of(cell: object) -> str:
    return word_key(cell_text(cell)).removesuffix("*")


def resembling_column(heading: str, missing: Iterable[LedgerColumn]) -> LedgerColumn | None:
    """The missing column that an unknown heading looks like: 现场人数（人） or 区县."""
    plain = word_key(_BRACKETED.sub("", heading)) or word_key(heading)
    columns = list(missing)
    named = (c for c in columns if plain == c.heading or plain in _OTHER_NAMES.get(c.heading, ()))
    return next(named, None) or next((c for c in columns if _is_alike(plain, c.heading)), None)


def _is_alike(plain: str, known: str) -> bool:
    shorter, longer = sorted((plain, known), key=len)
    if len(shorter) >= _SHORTEST_CONTAINED and shorter in longer:
        return True
    if len(shorter) < _SHORTEST_MISTYPED:
        return False
    return is_one_edit_away(plain, known) or _is_spread_over(known, plain)


def _is_spread_over(word: str, longer: str) -> bool:
    """Whether a word's characters stand in the longer one in their order: 质量达标 in 质量是否达标."""
    rest = iter(longer)
    return all(character in rest for character in word)

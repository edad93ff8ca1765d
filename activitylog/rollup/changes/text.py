"""Describes the changes since a figure was posted."""

from activitylog.core.money import yuan_text
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.aggregation import AggregationKind
from activitylog.indicators.figure_text import (
    record_unit,
    signed,
    with_unit,
)
from activitylog.indicators.measures import Measure
from activitylog.rollup.changes.queries import ChangesSince
from activitylog.rollup.changes.record_changes import RecordChange

NOT_COUNTED = "没有可计的数"


def short_figure(row: IndicatorActual) -> str:
    """The figure within a sentence: 12 次, 93.40%（n=412）."""
    if row.measure is None:
        return NOT_COUNTED
    return with_unit(row.value_text, row.figure_unit) + row.base_text


def signed_text(measure: Measure, counted: int, base: int, unit: str) -> str:
    """A difference with its sign: +3 次; 满意 +3、有效答卷 +5 份 where something is divided."""
    text = measure.rate_text
    if measure.is_money:
        moved = f"实付 {_signed_yuan(counted)} 元"
        return moved if text is None else f"{moved}、{text.whole} {signed(base)} {text.unit}"
    if text is not None:
        return f"{text.hit} {signed(counted)}、{text.whole} {signed(base)} {text.unit}"
    if measure.aggregation.kind is AggregationKind.SAVING:
        return f"计划 {_signed_yuan(base)} 元、实付 {_signed_yuan(counted)} 元"
    return with_unit(signed(counted), record_unit(unit))


def _signed_yuan(fen: int) -> str:
    return f"{'+' if fen > 0 else '−' if fen < 0 else ''}{yuan_text(abs(fen))}"


def opening_sentence(changes: ChangesSince) -> str:
    """The page's first sentence: the figure then and now, and how many records changed."""
    then, now = short_figure(changes.posted.row), short_figure(changes.now)
    period = changes.posted.row.period.label
    count = len(changes.changed)
    if not changes.is_measured:
        return "本指标由人评定，没有可计的数；评定和目标的变动列在下面。"
    if not changes.is_comparable:
        return f"{period}汇总时 {then}，现在 {now}；计量方式已经改变，两个数不能相减。"
    if not count:
        return f"{period}汇总时 {then}，现在仍是 {now}，计入的记录没有变动。"
    stays = "现在仍是" if then == now else "现在"
    return f"{period}汇总时 {then}，{stays} {now}；此后 {count:,} 条记录有变动。"


def total_sentence(changes: ChangesSince, *, is_all: bool) -> str:
    """以上变动合计 +3 场：从 12 场变为 15 场。"""
    then, now, measure = changes.posted.row, changes.now, changes.now.measure
    if measure is None or not changes.is_comparable:
        return ""
    moved = signed_text(measure, changes.counted, changes.base, then.unit)
    before, after = short_figure(then), short_figure(now)
    listed = "以上变动合计" if is_all else f"全部 {len(changes.changed):,} 条变动合计"
    result = f"仍是 {after}" if before == after else f"从 {_joined(before)}变为 {after}"
    return f"{listed} {moved}：{result}。"


def _joined(figure: str) -> str:
    """The figure before a Chinese word, with a space after a bare number."""
    return f"{figure} " if figure[-1].isascii() else figure


def share_sentence(changes: ChangesSince) -> str:
    """How much of the change is rolled up already, and how much is not."""
    measure, unit = changes.now.measure, changes.posted.row.unit
    if measure is None or not changes.is_comparable or not changes.changed:
        return ""
    rolled_up, waiting = changes.rolled_up, changes.waiting
    if not waiting.rows:
        return "变动都已入账。"
    if not rolled_up.rows:
        return "变动都还没有入账。"
    shares = [
        f"{signed_text(measure, part.counted, part.base, unit)} {word}"
        for part, word in ((rolled_up, "已经入账"), (waiting, "等待入账"))
    ]
    return f"其中 {'；'.join(shares)}。"


def step_word(change: RecordChange) -> str:
    """The change of the record's contribution, in a word or two."""
    match change.counted_then, change.counts_now:
        case False, True:
            return "新计入"
        case True, False:
            return "不再计入"
        case True, True:
            return "计入有变" if change.is_changed else "仍计入"
    return "计入后又撤回"


def change_text(change: RecordChange, measure: Measure | None, unit: str) -> str:
    """The change of the figure by the record."""
    if measure is None or not change.is_changed:
        return ""
    if measure.aggregation.key and not change.counted:
        return f"{with_unit('0', record_unit(unit))}（另有记录计入）"
    return signed_text(measure, change.counted, change.base, unit)

"""How the hundred points of a 自评表 spread over 执行率 and the indicators while nobody has set them by hand.

执行率 takes 10. What is left goes to the first levels: 产出 50, 效益 30, 满意度 10; with a 成本指标 row
成本 20, 产出 40, 效益 20, 满意度 10. Each share is split equally over its rows in two decimals, the
residue on its last. Where a first level has no row its share goes to those that have one, in proportion to
theirs, so the sum stays exactly 100.00; a row of a first level the form does not know counts with 产出.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from activitylog.errors import BadInput
from activitylog.projects.declaration.table.levels import BENEFIT, COST, OUTPUT, SATISFACTION

WHOLE = Decimal("100.00")
EXECUTION = Decimal("10.00")
CENT = Decimal("0.01")
_WITHOUT_COST = {OUTPUT: 50, BENEFIT: 30, SATISFACTION: 10}
_WITH_COST = {COST: 20, OUTPUT: 40, BENEFIT: 20, SATISFACTION: 10}


def default_weights(level1: Sequence[str]) -> list[Decimal]:
    """The weight of each row, given its first level, in declared order; with 执行率 they make 100.00."""
    shares = _WITH_COST if COST in level1 else _WITHOUT_COST
    groups = [word if word in shares else OUTPUT for word in level1]
    present = [word for word in shares if word in groups]
    of_group = dict(
        zip(present, in_proportion(WHOLE - EXECUTION, [shares[word] for word in present]), strict=True)
    )
    left = {word: iter(split_equally(of_group[word], groups.count(word))) for word in present}
    return [next(left[word]) for word in groups]


def in_proportion(total: Decimal, parts: Sequence[int]) -> list[Decimal]:
    """`total` divided in proportion to `parts`, in two decimals, the residue on the last."""
    if not parts:
        return []
    shares = [(total * part / sum(parts)).quantize(CENT, ROUND_DOWN) for part in parts[:-1]]
    return [*shares, total - sum(shares, Decimal(0))]


def split_equally(total: Decimal, count: int) -> list[Decimal]:
    """`total` in equal parts of two decimals, the residue on the last; no part is ever negative."""
    if count == 0:
        return []
    each = (total / count).quantize(CENT, ROUND_HALF_UP)
    if each * (count - 1) > total:
        each = (total / count).quantize(CENT, ROUND_DOWN)
    return [*[each] * (count - 1), total - each * (count - 1)]


def points(weight: Decimal) -> str:
    return f"{weight:.2f} 分"


def check_weights(weights: Mapping[str, tuple[str, Decimal]]) -> None:
    """Refuse a weight below zero or finer than two decimals, and a sum other than 100.00.

    `weights` gives by form field what each weight is of, and the weight itself.
    """
    for field, (thing, weight) in weights.items():
        if weight < 0:
            raise BadInput(f"“{thing}”的分值不能小于 0。", field=field)
        if weight != weight.quantize(CENT):
            raise BadInput(f"“{thing}”的分值最多写两位小数，如 8.33。", field=field)
    total = sum((weight for _, weight in weights.values()), Decimal(0))
    if total != WHOLE:
        gap = f"还差 {points(WHOLE - total)}" if total < WHOLE else f"多出 {points(total - WHOLE)}"
        raise BadInput(f"各项分值连同执行率合计 {points(total)}，应正好是 {points(WHOLE)}，{gap}。")

"""The rates of expenses, the office's usual kinds of expense, and which amounts look like a slip."""

from collections.abc import Sequence
from statistics import median

from activitylog.core.money import yuan_text
from activitylog.core.rounding import percent_text

FEWEST_COMPARED = 5  # payments of the project
TIMES_USUAL, TIMES_PLAN, PART_OF_PLAN = 10, 2, 10
KINDS = ("劳务费", "场地费", "材料费", "印刷费", "宣传费", "交通费", "委托业务费")


def execution_rate(paid_fen: int, budget_fen: int) -> str:
    """执行率: paid of the budget."""
    return percent_text(paid_fen, budget_fen)


def saving_rate(planned_fen: int, paid_fen: int) -> str:
    """成本节约率: the share of the planned amount that was not paid; negative when more was paid."""
    return percent_text(planned_fen - paid_fen, planned_fen)


def usual_fen(paid: Sequence[int]) -> int | None:
    """What a project usually pays at a time; None for too few payments to say."""
    return int(median(paid)) if len(paid) >= FEWEST_COMPARED else None


def amount_doubts(
    *, planned_fen: int, paid_fen: int, usual: int | None, is_repeated: bool = False
) -> list[str]:
    """Why the amounts look like a slip, each with both figures; `usual` is the project's usual payment.

    `is_repeated` when the project has another of the same day, summary and amount.
    """
    if not paid_fen:
        return []
    paid, doubts = f"{yuan_text(paid_fen)} 元", []
    if not planned_fen:
        doubts.append(f"实付 {paid}，而计划金额是 0 元")
    elif paid_fen > planned_fen * TIMES_PLAN or paid_fen * PART_OF_PLAN < planned_fen:
        doubts.append(f"实付 {paid}，与计划的 {yuan_text(planned_fen)} 元相差很大")
    if usual and paid_fen >= usual * TIMES_USUAL:
        doubts.append(f"实付 {paid}，而本项目一笔一般是 {yuan_text(usual)} 元")
    if is_repeated:
        doubts.append(f"同一天已有一笔摘要相同的支出，实付也是 {paid}")
    return doubts

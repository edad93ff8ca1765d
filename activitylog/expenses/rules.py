"""The execution rate and the saving rate of expenses, and the office's usual kinds of expense."""

from activitylog.core.rounding import percent_text

KINDS = ("劳务费", "场地费", "材料费", "印刷费", "宣传费", "交通费", "委托业务费")


def execution_rate(paid_fen: int, budget_fen: int) -> str:
    """执行率: paid of the budget."""
    return percent_text(paid_fen, budget_fen)


def saving_rate(planned_fen: int, paid_fen: int) -> str:
    """成本节约率: the share of the planned amount that was not paid; negative when more was paid."""
    return percent_text(planned_fen - paid_fen, planned_fen)

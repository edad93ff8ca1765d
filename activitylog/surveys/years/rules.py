"""The two figures of the overall question, either of which an office may count as satisfaction."""

from enum import StrEnum


class SatisfactionMethod(StrEnum):
    """What a year counts as satisfaction: the share of the satisfied, or the mean grade over the highest."""

    SHARE = "share"
    INDEX = "index"


SATISFACTION_LABELS = {
    SatisfactionMethod.SHARE: "满意的份数 ÷ 有效答卷（非常满意和满意算满意）",
    SatisfactionMethod.INDEX: "满意指数：平均分 ÷ 5 分",
}

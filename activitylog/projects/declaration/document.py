"""The contents of a declaration as frozen values: projects, indicators, remarks and goal comparisons."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


def plain_number(number: Decimal) -> str:
    """Write a figure without trailing zeros or exponent: 5000, 90, 0, 0.5."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@dataclass(frozen=True, slots=True)
class DeclaredIndicator:
    """One 三级指标; `target` is None and `target_word` filled when the target is a word."""

    name: str
    level1: str
    level2: str
    operator: str
    target: Decimal | None
    target_word: str
    unit: str
    wording: str
    position: int
    line: int = field(default=0, compare=False)

    @property
    def target_text(self) -> str:
        return self.target_word if self.target is None else plain_number(self.target)

    @property
    def printed_target(self) -> str:
        """The target with operator and unit: ≥80次, =100%, 及时."""
        return f"{self.operator}{self.target_text}{self.unit}"


@dataclass(frozen=True, slots=True)
class ProjectHead:
    """The cleaned head of one form; amounts in fen, dates None when missing, `original_goal` as written.

    `parent` is the umbrella's name.
    """

    name: str
    nature: str
    category: str
    department: str
    implementing_unit: str
    starts_on: date | None
    ends_on: date | None
    budget_fen: int
    fiscal_fen: int
    carried_over_fen: int
    other_fen: int
    original_goal: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class DeclaredProject(ProjectHead):
    """One form; `goal` is cleaned for printing."""

    year: int
    goal: str
    indicators: tuple[DeclaredIndicator, ...]
    position: int


class RemarkKind(StrEnum):
    """What about a line, read all the same, a person should confirm."""

    LOST_LEVEL2 = "lost_level2"
    LEVEL_WORD = "level_word"
    BARE_TARGET = "bare_target"
    UNLIKELY_TARGET = "unlikely_target"
    READ_OTHERWISE = "read_otherwise"
    SOURCE = "source"
    MONEY_UNIT = "money_unit"
    AMOUNTS = "amounts"
    SKIPPED_LINE = "skipped_line"
    UMBRELLA = "umbrella"
    NEAR_UMBRELLA = "near_umbrella"
    WEAKER_CHILD = "weaker_child"
    GOAL_DIFFERENCE = "goal_difference"


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about how a line was read, for a person to confirm."""

    kind: RemarkKind
    message: str
    project: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class GoalComparison:
    """A target in a goal text beside the indicator of the same thing; `agrees` when the figures are equal."""

    project: str
    phrase: str
    count: Decimal
    unit: str
    indicator_project: str
    indicator: DeclaredIndicator | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Declaration:
    """The projects of one fiscal year in the order of their files.

    `decides_umbrella` when a person or the forms said which project sums up the others, not the amounts.
    """

    year: int
    title: str
    projects: tuple[DeclaredProject, ...]
    warnings: tuple[Remark, ...]
    goal_comparisons: tuple[GoalComparison, ...]
    decides_umbrella: bool = False

    @property
    def umbrella(self) -> DeclaredProject | None:
        parents = {project.parent for project in self.projects}
        return next((project for project in self.projects if project.name in parents), None)

"""Figures of the results pages, as text, from counted answers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from activitylog.activities.models import Activity
from activitylog.core.period import Period, year_periods
from activitylog.projects.models import Project
from activitylog.surveys.questionnaires.rules import OVERALL, Question, Questionnaire, SummaryKind
from activitylog.surveys.results.free_text import FreeText, TextQuestion
from activitylog.surveys.results.queries import AGE, OPEN, AnswerCounts
from activitylog.surveys.results.rules import (
    SampleWarning,
    activity_warnings,
    interval_text,
    mean_grade,
    project_warnings,
    satisfaction_index,
    satisfaction_text,
    satisfied_of,
    share_text,
    shown_groups,
    two_decimals,
    wilson,
)
from activitylog.surveys.rules import GRADES
from activitylog.surveys.years.rules import SatisfactionMethod
from activitylog.web.paging import Page


@dataclass(frozen=True, slots=True)
class ResultMonths:
    """The months of a project's results: `first` to `last`, chosen among `choices`."""

    choices: Sequence[Period]
    first: Period
    last: Period
    label: str


def result_months(project: Project, first: Period, last: Period) -> ResultMonths:
    label = first.label if first == last else f"{first.label}至{last.month}月"
    return ResultMonths(year_periods(project.year), first, last, label)


@dataclass(frozen=True, slots=True)
class Bar:
    """One choice's bar: its count out of `whole` answers."""

    word: str
    count: int
    whole: int

    @property
    def fraction(self) -> float:
        return round(self.count / self.whole, 4) if self.whole else 0.0

    @property
    def share(self) -> str:
        return share_text(self.count, self.whole)


@dataclass(frozen=True, slots=True)
class Headline:
    """The overall question, screen and paper together."""

    bars: list[Bar]
    on_screen: int
    on_paper: int
    excluded: int
    satisfied: int
    method: SatisfactionMethod
    satisfaction: str
    share: str
    interval: str
    index: str
    mean: str
    heads: int
    activities: int
    response_rate: str
    warnings: list[SampleWarning]

    @property
    def valid(self) -> int:
        return self.on_screen + self.on_paper

    @property
    def is_by_index(self) -> bool:
        return self.method is SatisfactionMethod.INDEX


def headline(
    counted: AnswerCounts, *, is_project: bool, method: SatisfactionMethod = SatisfactionMethod.SHARE
) -> Headline:
    screen, paper = counted.grades(on_paper=False), counted.grades(on_paper=True)
    counts = tuple(map(sum, zip(screen, paper, strict=True)))
    valid, satisfied, index = sum(counts), satisfied_of(counts), satisfaction_index(counts)
    warnings = (project_warnings if is_project else activity_warnings)(valid, counted.heads)
    return Headline(
        bars=_bars(GRADES, dict(zip((grade for grade, _ in GRADES), counts, strict=True)), valid),
        on_screen=sum(screen),
        on_paper=sum(paper),
        excluded=counted.excluded,
        satisfied=satisfied,
        method=method,
        satisfaction=satisfaction_text(counts, method),
        share=share_text(satisfied, valid),
        interval=interval_text(wilson(satisfied, valid)),
        index=two_decimals(None if index is None else Fraction(100) * index),
        mean=two_decimals(mean_grade(counts)),
        heads=counted.heads,
        activities=counted.activities,
        response_rate=share_text(valid, counted.heads),
        warnings=warnings,
    )


def _bars(choices: Iterable[tuple[str, str]], counts: Mapping[str, int], whole: int) -> list[Bar]:
    return [Bar(str(word), counts.get(value, 0), whole) for value, word in choices]


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """One question of a questionnaire: its bars, or the number of texts."""

    question: Question
    answered: int
    bars: list[Bar]

    @property
    def name(self) -> str:
        return str(self.question.sentence)

    @property
    def is_of_several(self) -> bool:
        return self.question.kind.summary is SummaryKind.SEVERAL


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Satisfaction within an age band; `valid` is None where too few answered to show it."""

    word: str
    satisfaction: str
    valid: int | None


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """One questionnaire version with its answers."""

    key: str
    name: str
    answered: int
    bar_questions: list[QuestionFigures]
    text_questions: list[QuestionFigures]
    ages: list[AgeBand]


NewestTexts = Mapping[TextQuestion, Sequence[FreeText]]


@dataclass(frozen=True, slots=True)
class ActivityResultsPage:
    """One activity's results, with the newest texts of every free-text question."""

    activity: Activity
    headline: Headline
    versions: Sequence[VersionFigures]
    newest: NewestTexts


@dataclass(frozen=True, slots=True)
class ProjectResultsPage:
    """A project's pooled results of some months."""

    project: Project
    months: ResultMonths
    headline: Headline
    versions: Sequence[VersionFigures]
    newest: NewestTexts


@dataclass(frozen=True, slots=True)
class TextsPage:
    """The texts to one question about an activity or, with `months`, a project."""

    question: Question
    texts: Page[FreeText]
    about: str
    year: int
    back: str
    months: ResultMonths | None = None


def versions_of(
    counted: AnswerCounts,
    questionnaires: Mapping[str, Questionnaire],
    method: SatisfactionMethod = SatisfactionMethod.SHARE,
) -> list[VersionFigures]:
    """The questionnaires with answers, most answered first."""
    found = (questionnaires.get(version) for version in counted.versions)
    return [_version(counted, questionnaire, method) for questionnaire in found if questionnaire is not None]


def _version(
    counted: AnswerCounts, questionnaire: Questionnaire, method: SatisfactionMethod
) -> VersionFigures:
    questions = [
        _question_figures(question, counted.choice_counts(questionnaire.version, question.key))
        for question in questionnaire.questions
        if question.key != OVERALL
    ]
    ages = next((question for question in questionnaire.questions if question.key == AGE), None)
    return VersionFigures(
        questionnaire.version,
        name="通用问卷" if questionnaire.project_id is None else _version_name(questionnaire.version),
        answered=sum(counted.choice_counts(questionnaire.version, OVERALL).values()),
        bar_questions=[each for each in questions if not each.question.is_listed],
        text_questions=[each for each in questions if each.question.is_listed],
        ages=[] if ages is None else _age_bands(counted, questionnaire.version, ages, method),
    )


def _version_name(version: str) -> str:
    """The version's label with its key, as in exports."""
    return f"项目问卷第 {version.rpartition('-')[2]} 版（{version}）"


def _question_figures(question: Question, counts: Counter[str]) -> QuestionFigures:
    """A question's figures; answers with several choices or a text are counted once, as OPEN."""
    answered = counts[OPEN] or sum(counts.values())
    choices = () if question.is_listed else question.counted_choices(counts.keys() - {OPEN})
    return QuestionFigures(question, answered, _bars(choices, counts, answered))


def _age_bands(
    counted: AnswerCounts, version: str, ages: Question, method: SatisfactionMethod
) -> list[AgeBand]:
    """Satisfaction by age band, one band for no age; small groups are hidden by `shown_groups`."""
    valid, grades = Counter[str](), Counter[tuple[str, str]]()
    for key, count in counted.counts.items():
        if (key.questionnaire, key.question) == (version, OVERALL):
            valid[key.age] += count
            grades[key.age, key.choice] += count
    shown = shown_groups(valid)
    return [
        AgeBand(str(word), satisfaction_text([grades[age, grade] for grade, _ in GRADES], method), valid[age])
        if age in shown
        else AgeBand(str(word), "", None)
        for age, word in (*ages.choices, ("", "没有填年龄段"))
        if valid[age]
    ]

"""The words that rules limit their counting to, and the sentence about a word that no rule counts.

A mistyped kind is a kind of its own: the activity form asks about it, a ledger's import tells of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.activities.queries import kind_names
from activitylog.activities.rules import FORMS
from activitylog.core.text.words import is_one_edit_away
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.models import Rule, RuleActivityForm, RuleVenueKind, rule_activity_kind
from activitylog.indicators.status import MONTHS
from activitylog.office.queries import listed_kinds
from activitylog.projects.models import Indicator, Project

Words = dict[str, set[str]]  # by field
HEADINGS = {"kinds": "活动类型", "venue_kind": "场所类型", "form": "科普形式", "kind": "类别"}
LISTED = 6  # counted words in a sentence


@dataclass(frozen=True, slots=True)
class UncountedWord:
    """A word that no rule of the project counts; `meant` is the counted word it resembles, if any."""

    field: str
    word: str
    counted: Collection[str]
    meant: str | None
    is_unlisted: bool = False

    @property
    def sentence(self) -> str:
        listed = "、".join(sorted(self.counted)[:LISTED])
        if self.is_unlisted:
            return f"单位的活动类型里没有“{self.word}”，" + (
                f"是不是“{self.meant}”？" if self.meant else f"有的是：{listed}。"
            )
        if not self.word:
            return f"没有填{HEADINGS[self.field]}，按它数的指标（{listed}）都不会数到。"
        return f"没有指标数“{self.word}”，" + (
            f"是不是“{self.meant}”？" if self.meant else f"数的有：{listed}。"
        )


def uncounted_word(
    field: str, word: str, counted: Words, listed: Collection[str] = ()
) -> UncountedWord | None:
    """The word where rules count by its field and none counts it; "" is a word left out.

    Where no rule counts by kinds, it is a kind that is none of those the office has `listed`.
    """
    words = counted.get(field)
    if field == "kinds" and not words and listed and word and word not in listed:
        return UncountedWord(field, word, listed, resembling_word(word, listed), is_unlisted=True)
    if not words or word in words:
        return None
    meant = resembling_word(word, words) if word else None
    return (
        None if field == "form" and word in FORMS and not meant else UncountedWord(field, word, words, meant)
    )


def resembling_word(word: str, counted: Iterable[str]) -> str | None:
    """The counted word that is one edit away, or that one of the two contains."""
    ordered = sorted(counted)
    near = (each for each in ordered if is_one_edit_away(word, each))
    return next(near, None) or next((each for each in ordered if each in word or word in each), None)


def counted_words(session: Session) -> defaultdict[int, Words]:
    """What the rules of every project, and of those above it, limit their counting to."""
    own: defaultdict[int, Words] = defaultdict(dict)
    limits = {
        "kinds": select(Indicator.project_id, ActivityKind.name)
        .join(rule_activity_kind, rule_activity_kind.c.indicator_id == Indicator.id)
        .join(ActivityKind, ActivityKind.id == rule_activity_kind.c.kind_id),
        "venue_kind": select(Indicator.project_id, RuleVenueKind.venue_kind).join(
            RuleVenueKind, RuleVenueKind.indicator_id == Indicator.id
        ),
        "form": select(Indicator.project_id, RuleActivityForm.form).join(
            RuleActivityForm, RuleActivityForm.indicator_id == Indicator.id
        ),
        "kind": select(Indicator.project_id, Rule.milestone_kind)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Rule.milestone_kind.is_not(None)),
    }
    for name, statement in limits.items():
        for project_id, word in session.execute(statement):
            own[project_id].setdefault(name, set()).add(str(word))
    above = session.execute(select(Project.id, Project.parent_id))
    parents = {row.id: row.parent_id for row in above}
    return defaultdict(dict, {project_id: _with_parents(project_id, parents, own) for project_id in parents})


def kinds_of_rules(session: Session) -> dict[str, tuple[str, str]]:
    """The kinds that rules of years not wholly closed filter by, each with a project and indicator."""
    rows = session.execute(
        select(ActivityKind.name, Project.name, Indicator.name, Project.year)
        .join(rule_activity_kind, rule_activity_kind.c.kind_id == ActivityKind.id)
        .join(Indicator, Indicator.id == rule_activity_kind.c.indicator_id)
        .join(Project, Project.id == Indicator.project_id)
        .order_by(ActivityKind.id, Project.year, Project.position, Indicator.position)
    ).all()
    closed = {month.year for month in session.scalars(select(Closing.period)) if month.month == MONTHS}
    return {kind: (project, name) for kind, project, name, year in rows if year not in closed}


def offered_kinds(session: Session) -> list[str]:
    """The kinds offered for activities: those the office has listed and those of rules, else all in use."""
    listed = listed_kinds(session)
    if not listed:
        return list(kind_names(session))
    return list(dict.fromkeys((*listed, *kinds_of_rules(session))))


def _with_parents(project_id: int, parents: Mapping[int, int | None], own: Mapping[int, Words]) -> Words:
    words: Words = {}
    above: int | None = project_id
    while above is not None:
        for name, counted in own.get(above, {}).items():
            words.setdefault(name, set()).update(counted)
        above = parents[above]
    return words

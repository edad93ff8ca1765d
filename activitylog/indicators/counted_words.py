"""The words that rules limit their counting to, and the sentence about a word that no rule counts.

A mistyped kind is a kind of its own: the activity form asks about it, a ledger's import tells of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.activities.rules import FORMS
from activitylog.core.text.words import is_one_edit_away
from activitylog.indicators.models import Rule, RuleActivityForm, RuleVenueKind, rule_activity_kind
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

    @property
    def sentence(self) -> str:
        listed = "、".join(sorted(self.counted)[:LISTED])
        if not self.word:
            return f"没有填{HEADINGS[self.field]}，按它数的指标（{listed}）都不会数到。"
        return f"没有指标数“{self.word}”，" + (
            f"是不是“{self.meant}”？" if self.meant else f"数的有：{listed}。"
        )


def uncounted_word(field: str, word: str, counted: Words) -> UncountedWord | None:
    """The word where rules count by its field and none counts it; "" is a word left out."""
    words = counted.get(field)
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


def _with_parents(project_id: int, parents: Mapping[int, int | None], own: Mapping[int, Words]) -> Words:
    words: Words = {}
    above: int | None = project_id
    while above is not None:
        for name, counted in own.get(above, {}).items():
            words.setdefault(name, set()).update(counted)
        above = parents[above]
    return words

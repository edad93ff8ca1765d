"""A year far larger than any office's, made by the database itself: 50 projects, 600 indicators, any number
of activities with their answers."""

from decimal import Decimal

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from activitylog.activities.models import ActivityKind
from activitylog.activities.rules import FORMS, VENUE_KINDS
from activitylog.core.districts import DISTRICTS
from activitylog.indicators.rules.operations import RuleDetails, set_rule
from activitylog.milestones.rules import KINDS
from activitylog.projects.models import Indicator, Project
from benchmarks.office import NOW

UMBRELLAS, CHILDREN_EACH = 5, 9
CHILDREN = UMBRELLAS * CHILDREN_EACH
YEAR = 2024
RULES = (
    RuleDetails("activities_held"),
    RuleDetails("activities_held", kinds=("下乡服务",)),
    RuleDetails("people_reached", includes_online=True),
    RuleDetails("districts_covered"),
    RuleDetails("quality_rate"),
    RuleDetails("activities_on_time"),
    RuleDetails("pushes"),
    RuleDetails("releases_on_time"),
    RuleDetails("media_reports"),
    RuleDetails("satisfaction"),
    RuleDetails("milestones_on_time"),
    RuleDetails("cost_saving"),
)
# All of a record follows from its number `i`.
_ACTIVITY = """
INSERT INTO activity (id, number, project_id, survey_token, title, form, venue_kind, planned_on, held_on,
    audience_onsite, audience_online, status, quality_met, note, status_reason, created_at, updated_at,
    version, is_sample)
SELECT i, 'B-' || i, {first_child} + (i * 7) % {children}, 'b' || i, '科普活动', {form}, {venue_kind},
    {day} , {held}, i * 13 % 290 + 10, CASE WHEN i % 4 = 0 THEN 200 ELSE 0 END,
    CASE i % 50 WHEN 0 THEN 'withdrawn' WHEN 1 THEN 'logged' ELSE 'approved' END, i % 60 <> 7, '', '',
    '2025-01-02', '2025-01-02', 1, {false}
FROM n
"""
_DISTRICT = """
INSERT INTO activity_district (activity_id, district, position)
SELECT i, {district}, 0 FROM n
"""
_KIND = "INSERT INTO activity_kind_link (activity_id, kind_id) SELECT i, {kind} FROM n WHERE i % 3 = 0"
_PUSH = """
INSERT INTO push (project_id, activity_id, title, link, article_key, batch, published_on, created_at,
    approved_at, withdrawn_reason)
SELECT a.project_id, a.id, a.title, 'https://mp.weixin.qq.com/s/' || a.id,
    'https://mp.weixin.qq.com/s/' || a.id, '', {after_held}, '2025-01-02', '2025-01-02', ''
FROM activity a WHERE a.id % 2 = 0
"""
_REPORT = """
INSERT INTO media_report (project_id, activity_id, title, outlet, link, item_key, published_on, is_repost,
    created_at, approved_at, withdrawn_reason)
SELECT a.project_id, a.id, a.title, '区融媒体中心', 'https://news.example/' || a.id,
    'https://news.example/' || a.id, {next_day}, a.id % 40 = 0, '2025-01-02', '2025-01-02', ''
FROM activity a WHERE a.id % 4 = 0
"""
_EXPENSE = """
INSERT INTO expense (project_id, activity_id, summary, planned_fen, paid_fen, paid_on, created_at,
    approved_at, withdrawn_reason)
SELECT a.project_id, a.id, '物料', 10000 + a.id % 900000, 9000 + a.id % 900000, {next_day}, '2025-01-02',
    '2025-01-02', ''
FROM activity a WHERE a.id % 4 = 1
"""
_MILESTONE = """
INSERT INTO milestone (project_id, kind, name, due_on, done_on, created_at, approved_at, withdrawn_reason)
SELECT {first_child} + i % {children}, {milestone_kind}, '事项', {day}, {done}, '2025-01-02', '2025-01-02', ''
FROM n WHERE i <= 5000
"""
_ANSWER = """
INSERT INTO response (activity_id, nonce, overall, answers, questionnaire, submitted_at)
SELECT a.id, CAST(i AS text), CASE WHEN (a.id * 31 + i - 1) % 10 = 0 THEN 3 ELSE 4 + a.id % 2 END,
    '{{}}', 'default-1', {answered}
FROM activity AS a CROSS JOIN n
ORDER BY a.held_on, a.id
"""
_DIALECTS = {
    "postgresql": {
        "n": "generate_series(1, {count}) AS n(i)",
        "day": "DATE '2024-01-01' + CAST(i * 17 % 366 AS INTEGER)",
        "held": "DATE '2024-01-01' + CAST((i * 17 % 366) + (i % 9 = 0)\\:\\:int AS INTEGER)",
        "done": "DATE '2024-01-01' + CAST((i * 17 % 366) + i % 5 - 3 AS INTEGER)",
        "after_held": "a.held_on + CAST(a.id % 5 AS INTEGER)",
        "next_day": "a.held_on + 1",
        "answered": "a.held_on + INTERVAL '12 hours'",
        "false": "false",
    },
    "sqlite": {
        "n": "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {count})"
        " SELECT i FROM s) AS n",
        "day": "date('2024-01-01', (i * 17 % 366) || ' days')",
        "held": "date('2024-01-01', (i * 17 % 366 + (i % 9 = 0)) || ' days')",
        "done": "date('2024-01-01', (i * 17 % 366 + i % 5 - 3) || ' days')",
        "after_held": "date(a.held_on, (a.id % 5) || ' days')",
        "next_day": "date(a.held_on, '1 days')",
        "answered": "a.held_on || ' 12:00:00.000000'",
        "false": "0",
    },
}


def declare(session: Session) -> tuple[int, int]:
    """The projects, indicators and rules; returns the first child's id and one kind of activity's."""
    kind = ActivityKind(name="下乡服务")
    session.add(kind)
    umbrellas = [_project(session, f"汇总{number}", None) for number in range(UMBRELLAS)]
    session.flush()
    children = []
    for umbrella in umbrellas:
        for number in range(CHILDREN_EACH):
            children.append(_project(session, f"{umbrella.name}的项目{number}", umbrella))
            session.flush()
    for project in [*umbrellas, *children]:
        for position, details in enumerate(RULES):
            indicator = Indicator(
                project=project,
                position=position,
                level1="产出指标",
                level2="数量指标",
                name=f"指标{position}",
                operator="≥",
                target=Decimal(10),
            )
            session.add(indicator)
            session.flush()
            set_rule(session, indicator, details, by=None, now=NOW)
    session.commit()
    return children[0].id, kind.id


def _project(session: Session, name: str, parent: Project | None) -> Project:
    project = Project(name=name, year=YEAR, position=1, budget_fen=0, created_at=NOW, parent=parent)
    session.add(project)
    return project


def fill(connection: Connection, *, first_child: int, kind: int, activities: int, answers_each: int) -> None:
    """All records in a dozen statements; foreign keys are known to hold and not checked row by row.

    Answers lie in the order of the days, as they come.
    """
    name = connection.dialect.name
    words = _DIALECTS[name] | {
        "first_child": str(first_child),
        "children": str(CHILDREN),
        "kind": str(kind),
        "form": _choice("i", FORMS),
        "venue_kind": _choice("i", VENUE_KINDS),
        "district": _choice("i * 5", [place.code for place in DISTRICTS]),
        "milestone_kind": _choice("i", KINDS),
    }
    if name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
    numbers = f"FROM {words['n'].format(count=activities)}"
    for statement in (_ACTIVITY, _DISTRICT, _KIND, _PUSH, _REPORT, _EXPENSE, _MILESTONE):
        connection.execute(text(statement.format(**words).replace("FROM n", numbers)))
    each = words["n"].format(count=answers_each)
    connection.execute(text(_ANSWER.format(**words).replace("CROSS JOIN n", f"CROSS JOIN {each}")))


def _choice(number: str, words: object) -> str:
    values = list(words)  # type: ignore[call-overload]
    cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(values))
    return f"CASE ({number}) % {len(values)} {cases} END"

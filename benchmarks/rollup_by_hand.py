"""The sample declaration's 46 indicators as somebody would write them in SQL by hand: no rules, no measures.

Every statement knows its indicator, its projects and its filter by number. `{month}` and `{until}` are the
month of a date column and the first day after the year. Written for SQLite and PostgreSQL alike.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, text

YEAR_END = "2025-01-01"
_ACTIVITY = "FROM activity a WHERE a.project_id IN ({projects}) AND a.status = 'approved' {filter}"
_ON_TIME = "CASE WHEN a.status = 'approved' AND a.held_on <= a.planned_on THEN 1 ELSE 0 END"
_RELEASED = (
    "CASE WHEN EXISTS (SELECT 1 FROM push p WHERE p.activity_id = a.id AND p.withdrawn_at IS NULL"
    " AND p.approved_at IS NOT NULL"
    " AND p.published_on <= {after3}) THEN 1 ELSE 0 END"
)
_PLANNED_ROWS = (
    f"SELECT 'activity', a.id, '', a.planned_on, {_ON_TIME}, 1 FROM activity a"
    " WHERE a.project_id IN ({projects}) AND a.status <> 'withdrawn' AND a.planned_on IS NOT NULL {filter}"
)
_RELEASE_ROWS = f"SELECT 'release', a.id, '', {{after3}}, {_RELEASED}, 1 {_ACTIVITY}"
_DUE_ROWS = (
    "SELECT 'milestone', m.id, '', m.due_on, CASE WHEN m.done_on <= m.due_on THEN 1 ELSE 0 END, 1"
    " FROM milestone m WHERE m.project_id IN ({projects}) AND m.withdrawn_at IS NULL"
    " AND m.approved_at IS NOT NULL"
    " AND m.due_on IS NOT NULL {filter}"
)
ROWS = {
    "activities_held": f"SELECT 'activity', a.id, '', a.held_on, 1, 0 {_ACTIVITY}",
    "people_reached": (
        f"SELECT 'activity', a.id, '', a.held_on, a.audience_onsite + {{online}}, 0 {_ACTIVITY}"
    ),
    "districts_covered": (
        "SELECT 'activity', a.id, d.district, a.held_on, 1, 0 FROM activity a"
        " JOIN activity_district d ON d.activity_id = a.id"
        " WHERE a.project_id IN ({projects}) AND a.status = 'approved' {filter}"
    ),
    "forms_used": f"SELECT 'activity', a.id, a.form, a.held_on, 1, 0 {_ACTIVITY} AND a.form <> ''",
    "quality_rate": (
        f"SELECT 'activity', a.id, '', a.held_on, CASE WHEN a.quality_met THEN 1 ELSE 0 END, 1 {_ACTIVITY}"
    ),
    "activities_on_time": _PLANNED_ROWS,
    "releases_on_time": _RELEASE_ROWS,
    "milestones_on_time": _DUE_ROWS,
    "everything_on_time": f"{_PLANNED_ROWS} UNION ALL {_RELEASE_ROWS} UNION ALL {_DUE_ROWS}",
    "pushes": (
        "SELECT 'push', p.id, p.article_key, p.published_on, 1, 0 FROM push p"
        " WHERE p.project_id IN ({projects}) AND p.withdrawn_at IS NULL AND p.approved_at IS NOT NULL"
    ),
    "push_batches": (
        "SELECT 'push', p.id, CASE WHEN p.batch <> ''"
        " THEN 'batch:' || p.project_id || ':' || {published_month} || ':' || p.batch"
        " ELSE 'day:' || {published} END, p.published_on, 1, 0 FROM push p"
        " WHERE p.project_id IN ({projects}) AND p.withdrawn_at IS NULL AND p.approved_at IS NOT NULL"
    ),
    "activities_pushed": (
        "SELECT 'push', p.id, CAST(a.id AS VARCHAR(20)), p.published_on, 1, 0 FROM push p"
        " JOIN activity a ON a.id = p.activity_id"
        " WHERE a.project_id IN ({projects}) AND a.status = 'approved' AND p.withdrawn_at IS NULL"
        " AND p.approved_at IS NOT NULL {filter}"
    ),
    "media_reports": (
        "SELECT 'media_report', r.id, r.item_key, r.published_on, 1, 0 FROM media_report r"
        " WHERE r.project_id IN ({projects}) AND r.withdrawn_at IS NULL"
        " AND r.approved_at IS NOT NULL AND NOT r.is_repost"
    ),
    "satisfaction": (
        "SELECT 'survey', a.id, '', a.held_on, s.satisfied, s.valid FROM activity a"
        " JOIN hand_answers s ON s.activity_id = a.id"
        " WHERE a.project_id IN ({projects}) AND a.status = 'approved' {filter}"
    ),
    "milestones_done": (
        "SELECT 'milestone', m.id, '', m.done_on, 1, 0 FROM milestone m"
        " WHERE m.project_id IN ({projects}) AND m.withdrawn_at IS NULL"
        " AND m.approved_at IS NOT NULL AND m.done_on IS NOT NULL {filter}"
    ),
    "cost_saving": (
        "SELECT 'expense', e.id, '', e.paid_on, e.paid_fen, e.planned_fen FROM expense e"
        " WHERE e.project_id IN ({projects}) AND e.withdrawn_at IS NULL AND e.approved_at IS NOT NULL"
    ),
}
# What tells in January of a December's activity counts on the year's last day.
LATE = frozenset(ROWS) & {"releases_on_time", "everything_on_time", "pushes", "push_batches"}
LATE |= {"activities_pushed", "media_reports"}
_IS_LATE = f"source IN ('release', 'push', 'media_report') AND day >= '{YEAR_END}'"
_SPELLINGS = {
    "sqlite": {
        "month": "substr(r.day, 1, 7)",
        "after3": "date(a.held_on, '+3 days')",
        "published": "p.published_on",
        "published_month": "substr(p.published_on, 1, 7)",
        "last_day": "'2024-12-31'",
    },
    "postgresql": {
        "month": "to_char(r.day, 'YYYY-MM')",
        "after3": "(a.held_on + 3)",
        "published": "to_char(p.published_on, 'YYYY-MM-DD')",
        "published_month": "to_char(p.published_on, 'YYYY-MM')",
        "last_day": "DATE '2024-12-31'",
    },
}


def write_year_by_hand(connection: Connection) -> None:
    """Postings and twelve actuals of every indicator into the benchmark's own tables."""
    spelling = _SPELLINGS[connection.dialect.name]
    month = spelling["month"]
    connection.execute(text("DELETE FROM hand_posting"))
    connection.execute(text("DELETE FROM hand_actual"))
    connection.execute(text("DROP TABLE IF EXISTS hand_answers"))
    for statement in _ANSWERS:  # once for all: no indicator counts them for itself
        connection.execute(text(statement))
    for indicator, measure, values in _indicators(connection):
        rows = ROWS[measure].format(**values).format(**spelling)
        day = f"CASE WHEN {_IS_LATE} THEN {spelling['last_day']} ELSE day END" if measure in LATE else "day"
        statement = (
            f"INSERT INTO hand_posting WITH own (source, source_id, key, day, amount, base) AS ({rows}),"
            f" r AS (SELECT source, source_id, key, {day} AS day, amount, base FROM own)"
            f" SELECT {indicator}, CASE WHEN {month} < '2024-01' THEN '2024-01' ELSE {month} END,"
            " r.source, r.source_id, r.key, r.day, r.amount, r.base"
            f" FROM r WHERE r.day < '{YEAR_END}' AND (r.amount <> 0 OR r.base <> 0)"
        )
        connection.execute(text(statement.replace(":", "\\:")))
    connection.execute(text(_ACTUALS))


_ANSWERS = (
    "CREATE TABLE hand_answers (activity_id INTEGER PRIMARY KEY, satisfied INTEGER, valid INTEGER)",
    "INSERT INTO hand_answers SELECT activity_id, SUM(CASE WHEN overall >= 4 THEN 1 ELSE 0 END), COUNT(*)"
    " FROM response GROUP BY activity_id",
)
# Nothing is ever withdrawn in a year rolled up at once: a key or a record counts from its first month on.
_ACTUALS = """
INSERT INTO hand_actual
WITH moved AS (
    SELECT indicator_id, period, SUM(amount) AS amount, SUM(base) AS base, 0 AS keys, 0 AS records
    FROM hand_posting GROUP BY indicator_id, period
    UNION ALL
    SELECT indicator_id, first, 0, 0, COUNT(*), 0
    FROM (SELECT indicator_id, MIN(period) AS first FROM hand_posting WHERE key <> ''
          GROUP BY indicator_id, key) k
    GROUP BY indicator_id, first
    UNION ALL
    SELECT indicator_id, first, 0, 0, 0, COUNT(*)
    FROM (SELECT indicator_id, MIN(period) AS first FROM hand_posting
          GROUP BY indicator_id, source, source_id) k
    GROUP BY indicator_id, first
), month AS (
    SELECT r.indicator_id, r.measure, m.period,
           COALESCE(SUM(v.amount), 0) AS amount, COALESCE(SUM(v.base), 0) AS base,
           COALESCE(SUM(v.keys), 0) AS keys, COALESCE(SUM(v.records), 0) AS records
    FROM rule r CROSS JOIN (SELECT DISTINCT period FROM hand_posting) m
    LEFT JOIN moved v ON v.indicator_id = r.indicator_id AND v.period = m.period
    WHERE r.measure IS NOT NULL
    GROUP BY r.indicator_id, r.measure, m.period
)
SELECT indicator_id, period,
       CASE WHEN measure IN ('districts_covered', 'forms_used', 'pushes', 'push_batches',
                             'activities_pushed', 'media_reports')
            THEN SUM(keys) OVER so_far ELSE SUM(amount) OVER so_far END,
       SUM(base) OVER so_far, SUM(records) OVER so_far
FROM month WINDOW so_far AS (PARTITION BY indicator_id ORDER BY period)
"""


def _indicators(connection: Connection) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Indicator, measure, and the numbers a person would have written into its statement."""
    rules = connection.execute(
        text(
            "SELECT r.indicator_id, r.measure, r.milestone_kind, r.includes_online, i.project_id"
            " FROM rule r JOIN indicator i ON i.id = r.indicator_id WHERE r.measure IS NOT NULL"
        )
    ).all()
    for rule in rules:
        projects = connection.execute(
            text("SELECT id FROM project WHERE id = :id OR parent_id = :id"), {"id": rule.project_id}
        ).scalars()
        values = {
            "projects": ", ".join(map(str, projects)),
            "online": "a.audience_online" if rule.includes_online else "0",
            "filter": _filter(connection, rule.indicator_id, rule.milestone_kind),
            **{name: f"{{{name}}}" for name in ("after3", "published", "published_month")},
        }
        yield rule.indicator_id, rule.measure, values


def _filter(connection: Connection, indicator: int, milestone_kind: str | None) -> str:
    kinds = connection.execute(
        text("SELECT kind_id FROM rule_activity_kind WHERE indicator_id = :id"), {"id": indicator}
    ).scalars()
    venues = connection.execute(
        text("SELECT venue_kind FROM rule_venue_kind WHERE indicator_id = :id"), {"id": indicator}
    ).scalars()
    listed, places = ", ".join(map(str, kinds)), ", ".join(f"'{venue}'" for venue in venues)
    parts = [f"AND m.kind = '{milestone_kind}'"] if milestone_kind else []
    if listed:
        link = "SELECT 1 FROM activity_kind_link k WHERE k.activity_id = a.id AND k.kind_id"
        parts.append(f"AND EXISTS ({link} IN ({listed}))")
    if places:
        parts.append(f"AND a.venue_kind IN ({places})")
    return " ".join(parts)

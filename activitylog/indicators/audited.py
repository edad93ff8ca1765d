"""Audited rules: by which measure an indicator is counted."""

from activitylog.activities.audited import district_name
from activitylog.audit.registry import Audited, Field, confirmed
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.projects.audited import indicator_name, project_of_indicator

AUDITED = (
    Audited(
        Rule,
        "rule",
        "计量规则",
        {
            "measure": Field("计量方式", lambda key: BY_KEY[key].label if key in BY_KEY else key),
            "kinds": Field("活动类型", items="name"),
            "venue_kinds": Field("场所类型", items="venue_kind"),
            "forms": Field("科普形式", items="form"),
            "districts": Field("区", district_name, items="district"),
            "expense_kinds": Field("支出类别", items="expense_kind"),
            "milestone_kind": Field("里程碑类别"),
            "audience_group": Field("人群"),
            "includes_online": Field("计入线上人数"),
            "includes_reposts": Field("计入转载"),
            "tolerance": Field("允许误差"),
            "confirmed_at": Field("确认时间"),
        },
        name=indicator_name,
        key=lambda record: int(record.indicator_id),
        project_id=project_of_indicator,
        edit_verb=confirmed,
        deleted_with=(Rule.indicator_id,),
    ),
)

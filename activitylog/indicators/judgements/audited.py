"""Audited judgements of qualitative indicators."""

from activitylog.audit.registry import Audited, Field, confirmed, month
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.judgements.rules import GRADE_LABELS, Grade
from activitylog.projects.audited import INDICATOR, indicator_name, project_of_indicator

AUDITED = (
    Audited(
        Judgement,
        "judgement",
        "定性评定",
        {
            "indicator_id": INDICATOR,
            "period": Field("月份", month),
            "grade": Field("等级", lambda value: GRADE_LABELS[Grade(value)]),
            "ratio": Field("达成比例", lambda value: f"{value}%"),
            "reason": Field("理由"),
            "evidence": Field("依据"),
            "files": Field("材料", items="name", ordered_by="position"),
            "confirmed_at": Field("复核时间"),
        },
        name=indicator_name,
        project_id=project_of_indicator,
        edit_verb=confirmed,
        deleted_with=(Judgement.indicator_id,),
    ),
)

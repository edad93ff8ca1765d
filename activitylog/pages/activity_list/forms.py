"""The form that filters the list and the month of activities."""

from collections.abc import Mapping, Sequence
from datetime import date

from wtforms import BooleanField, SelectField, StringField

from activitylog.activities.forms import ALL, DISTRICT_CHOICES
from activitylog.activities.queries import ActivityFilters
from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.core.period import day_label
from activitylog.core.text.words import clean_text
from activitylog.pages.activity_list.rules import WHEN_LABELS, When, days_of
from activitylog.projects.models import Project
from activitylog.web.forms import BaseForm, DayField


class ActivityFilterForm(BaseForm):
    """The filters of a list, from its address; an unknown value filters nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField("活动名称、编号或场所")
    year = SelectField("年份")
    month = SelectField("月份", choices={"": "全年"} | {str(n): f"{n}月" for n in range(1, 13)})
    when = SelectField("时间", choices={"": "不限"} | {when.value: WHEN_LABELS[when] for when in When})
    day = DayField("日期")
    project = SelectField("项目")
    status = SelectField("状态", choices=ALL | {s.value: STATUS_LABELS[s] for s in Status})
    kind = SelectField("活动类型")
    district = SelectField("区", choices=ALL | DISTRICT_CHOICES)
    mine = BooleanField("只看我登记的")

    def offer(self, *, years: Sequence[int], projects: Sequence[Project], kinds: Sequence[str]) -> None:
        """Fill the choices, and reset values that are not among them."""
        self.year.choices = {str(year): f"{year}年" for year in years} | {"all": "全部年份"}
        self.project.choices = ALL | {str(p.id): p.name for p in projects}
        self.kind.choices = ALL | {kind: kind for kind in kinds}
        for field in self:
            if isinstance(field, SelectField) and field.data not in field.choices:
                field.data = next(iter(field.choices))

    def set_month(self, *, year: int, month: int) -> None:
        """Set year and month, where the address has none, to those given: the calendar shows one month."""
        if not self.year.data.isdecimal():
            self.year.data = str(year)
        self.month.data = self.month.data or str(month)
        self.month.choices = {number: word for number, word in self.month.choices.items() if number}
        self.day.data, self.when.data = None, ""

    def filters(self, today: date) -> ActivityFilters:
        """The filters; a day, or a time relative to today, replaces year and month."""
        year = None if self.year.data == "all" else int(self.year.data)
        status = Status(self.status.data) if self.status.data else None
        since = until = self.day.data
        if self.when.data and not self.day.data:
            since, until = days_of(When(self.when.data), today)
            status = Status.PLANNED if self.when.data == When.OVERDUE else status
        if since or until:
            year = None
        return ActivityFilters(
            project_id=int(self.project.data) if self.project.data else None,
            year=year,
            month=int(self.month.data) if self.month.data and year else None,
            since=since,
            until=until,
            status=status,
            kind=self.kind.data,
            district=self.district.data,
            text=clean_text(self.q.data or ""),
            mine=self.mine.data,
        )

    def active_filters(self) -> Mapping[str, str]:
        """The labels of the active filters, by their name in the address."""
        labels = {}
        for field in self:
            if isinstance(field, SelectField) and field.name != "year" and field.data:
                labels[field.name] = field.choices[field.data]
        if self.day.data:
            labels["day"] = day_label(self.day.data)
        if self.q.data:
            labels["q"] = f"“{self.q.data}”"
        if self.mine.data:
            labels["mine"] = "我登记的"
        return labels

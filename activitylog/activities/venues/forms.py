"""The forms of a venue, of a merge, and of the filters of the list."""

from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from activitylog.activities.forms import ALL, DISTRICT_CHOICES
from activitylog.activities.models import Venue
from activitylog.activities.rules import MAX_LENGTHS, VENUE_KINDS
from activitylog.web.forms import BaseForm, CountField, RecordNumberField, at_most, required
from activitylog.web.requests import LARGEST_RECORD_NUMBER

_CHOOSE = "请选择合并到哪个场所。"


class VenueForm(BaseForm):
    """The form of a venue: name, district, kind, capacity."""

    name = StringField("场所名称", validators=[required("场所名称"), at_most(*MAX_LENGTHS["venue_name"])])
    district = SelectField(
        "所在区",
        choices={"": "没有，或线上"} | DISTRICT_CHOICES,
        invalid_choice_message="请从列表中选择所在区。",
    )
    kind = SelectField("场所类型", invalid_choice_message="请从列表中选择场所类型。")
    capacity = CountField("最多容纳")

    def offer(self, venue: Venue) -> None:
        """Fill the kinds, the venue's own included."""
        kinds = (*VENUE_KINDS, *([venue.kind] if venue.kind else []))
        self.kind.choices = {"": "没有填"} | {kind: kind for kind in kinds}


class MergeForm(BaseForm):
    """The form of the venue to merge into."""

    into = RecordNumberField(
        "合并到", validators=[InputRequired(_CHOOSE), NumberRange(1, LARGEST_RECORD_NUMBER, _CHOOSE)]
    )


class VenueFilterForm(BaseForm):
    """The filters of the list of venues; an unknown value filters nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField("场所名称")
    district = SelectField("区", choices=ALL | DISTRICT_CHOICES)
    kind = SelectField("场所类型", choices=ALL | {kind: kind for kind in VENUE_KINDS})

    def drop_unknown_choices(self) -> None:
        for field in (self.district, self.kind):
            if field.data not in field.choices:
                field.data = ""

    def active_filters(self) -> dict[str, str]:
        """The labels of the active filters, by their name in the address."""
        labels = {field.name: field.choices[field.data] for field in (self.district, self.kind) if field.data}
        return labels | ({"q": f"“{self.q.data}”"} if self.q.data else {})

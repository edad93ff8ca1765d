"""Asking for a venue, and for what a list of venues is narrowed to."""

from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from activitylog.activities.forms import ALL, DISTRICT_CHOICES
from activitylog.activities.models import Venue
from activitylog.activities.rules import MAX_LENGTHS, VENUE_KINDS
from activitylog.web.forms import BaseForm, at_most, required

LARGEST_RECORD_NUMBER = 2**31 - 1  # that a database key can hold
_CHOOSE = "请选择合并到哪个场所。"


class VenueForm(BaseForm):
    """What a venue is called, where it is and what it is."""

    name = StringField("场所名称", validators=[required("场所名称"), at_most(*MAX_LENGTHS["venue_name"])])
    district = SelectField(
        "所在区",
        choices={"": "没有，或线上"} | DISTRICT_CHOICES,
        invalid_choice_message="请从列表中选择所在区。",
    )
    kind = SelectField("场所类型", invalid_choice_message="请从列表中选择场所类型。")

    def offer(self, venue: Venue) -> None:
        """The kinds there are, and what the venue already is."""
        kinds = (*VENUE_KINDS, *([venue.kind] if venue.kind else []))
        self.kind.choices = {"": "没有填"} | {kind: kind for kind in kinds}


class MergeForm(BaseForm):
    """Which venue another goes into."""

    into = IntegerField(
        "合并到", validators=[InputRequired(_CHOOSE), NumberRange(1, LARGEST_RECORD_NUMBER, _CHOOSE)]
    )


class VenueFilterForm(BaseForm):
    """What a list of venues is narrowed to; a value that means nothing narrows nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField("场所名称")
    district = SelectField("区", choices=ALL | DISTRICT_CHOICES)
    kind = SelectField("场所类型", choices=ALL | {kind: kind for kind in VENUE_KINDS})

    def drop_unknown_choices(self) -> None:
        for field in (self.district, self.kind):
            if field.data not in field.choices:
                field.data = ""

    def narrowed(self) -> dict[str, str]:
        """The words of the filters at work, by the name they have in the address."""
        words = {field.name: field.choices[field.data] for field in (self.district, self.kind) if field.data}
        return words | ({"q": f"“{self.q.data}”"} if self.q.data else {})

"""The form of a project's weights, one field for each row of its table."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, cast

from activitylog.indicators.targets.forms import DecimalField
from activitylog.indicators.weights.operations import EXECUTION_FIELD, field_of
from activitylog.indicators.weights.queries import Weights
from activitylog.indicators.weights.rules import CENT
from activitylog.projects.models import Indicator
from activitylog.web.forms import VersionedForm, required

LARGEST = Decimal(100)


class WeightField(DecimalField):
    """Points of a row, shown with two decimals."""

    def _value(self) -> str:
        return super()._value() if self.raw_data or self.data is None else f"{self.data:.2f}"

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        points, self.data = self.data, None  # what is refused is not counted into the sum
        if points is not None and points != points.quantize(CENT):
            raise ValueError(f"“{self.label.text}”的分值最多写两位小数，如 8.33。")
        if points is not None and points > LARGEST:
            raise ValueError(f"“{self.label.text}”的分值不能超过 100.00 分。")
        self.data = points


class WeightForm(VersionedForm):
    """The weights of one project; `form_for` adds a field for each of its indicators."""

    execution = WeightField("预算执行率", validators=[required("预算执行率的分值")])
    indicators: Sequence[Indicator] = ()

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields under their first levels, as declared."""
        grouped = groupby(self.indicators, lambda indicator: indicator.level1)
        return [(level1, [self[field_of(each.id)] for each in rows]) for level1, rows in grouped]

    @property
    def of_execution(self) -> Decimal:
        """The weight of 执行率; only after `validate`."""
        return cast(Decimal, self.execution.data)

    @property
    def by_indicator(self) -> dict[int, Decimal]:
        """The weights filled in; only after `validate`."""
        return {each.id: self[field_of(each.id)].data for each in self.indicators}

    @property
    def total(self) -> Decimal:
        """The sum of the fields, an empty or unreadable one counted as 0."""
        fields = [self.execution, *(self[field_of(each.id)] for each in self.indicators)]
        return sum((field.data for field in fields if field.data is not None), Decimal(0))


def form_for(indicators: Sequence[Indicator], shown: Mapping[str, Any]) -> WeightForm:
    """The form of one project's table."""
    fields: dict[str, Any] = {
        field_of(each.id): WeightField(each.name, validators=[required(f"“{each.name}”的分值")])
        for each in indicators
    }
    form: WeightForm = type("ProjectWeightForm", (WeightForm,), fields | {"indicators": indicators})(
        data=shown
    )
    return form


def form_values(weights: Weights) -> dict[str, Decimal]:
    """The form's values of weights."""
    shown = {field_of(key): weight for key, weight in weights.by_indicator.items()}
    return {EXECUTION_FIELD: weights.execution} | shown

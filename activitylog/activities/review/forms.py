"""The form of a status change: submit, approve, return, cancel, restore."""

from collections.abc import Iterable
from enum import StrEnum

from wtforms import HiddenField, SelectMultipleField, StringField

from activitylog.activities.rules import (
    COMPUTED_ITEMS,
    READY_REASONS,
    TICKED_ITEMS,
    QualityItem,
    Status,
)
from activitylog.web.forms import BaseForm, at_most


class Decision(StrEnum):
    """The buttons that change the status of an activity."""

    LOG = "log"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"
    RESTORE = "restore"


STATUS_AFTER = {
    Decision.LOG: Status.LOGGED,
    Decision.APPROVE: Status.APPROVED,
    Decision.RETURN: Status.RETURNED,
    Decision.WITHDRAW: Status.WITHDRAWN,
}


class StatusForm(BaseForm):
    """A status change with its reason; `ready` is a ready-made reason, whose button sends the form."""

    version = HiddenField()
    seen = HiddenField()
    step = HiddenField()
    quality = SelectMultipleField(
        "质量检查",
        choices=list(QualityItem),
        invalid_choice_message="质量检查请从列出的几项中勾选。",
        description="全部做到才算质量达标；没有做到的不勾，活动照样可以通过。",
    )
    ready = HiddenField()
    reason = StringField("原因", validators=[at_most("原因", 500)])

    def offer_items(self, must: Iterable[QualityItem], ticked: Iterable[QualityItem]) -> None:
        """Offer the project's items that people tick, with the stored ticks unless the form was sent."""
        offered = set(must) - COMPUTED_ITEMS
        self.quality.choices = [item for item in TICKED_ITEMS if item in offered]
        if not self.step.data:
            self.quality.data = list(ticked)

    def status_after(self, *, is_held: bool) -> Status | None:
        """The status the step leads to; None for an unknown step."""
        if self.step.data == Decision.RESTORE:
            return Status.LOGGED if is_held else Status.PLANNED
        return STATUS_AFTER.get(self.step.data)

    def checks(self, must: Iterable[QualityItem], ticked: Iterable[QualityItem]) -> set[QualityItem]:
        """The items sent, and the stored ticks of items that were not offered."""
        not_offered = set(ticked) - set(must)
        return {QualityItem(item) for item in self.quality.data or ()} | not_offered

    @property
    def full_reason(self) -> str:
        """The ready-made reason and the written one."""
        ready = self.ready.data if self.ready.data in READY_REASONS else ""
        return "；".join(filter(None, [ready, self.reason.data]))

"""How long answers' devices and texts are kept, and what stands in the place of a deleted text."""

from datetime import timedelta
from enum import StrEnum

DEVICES_KEPT = timedelta(days=90)  # longer than any survey is open, after which nobody needs them
DELETED = "［已按保存期限删除］"
DATED_LATER = timedelta(days=31)  # days done before are looked at again: activities may have been moved there


class Task(StrEnum):
    """What is done, each with its own progress."""

    DEVICES = "devices"
    TEXTS = "texts"
    MASK = "mask"
    MASK_HOSTS = "mask_hosts"

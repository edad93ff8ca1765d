"""Puts the office's name and logo on the workbooks that are written, as its letterhead on paper."""

import base64
from contextlib import AbstractContextManager
from io import BytesIO

from PIL import Image

from activitylog.core.spreadsheets import Letterhead, under
from activitylog.settings import Settings

_LOGO_DPI = 240  # of a logo up to 96 pixels high: 1 cm on paper


def under_letterhead(settings: Settings) -> AbstractContextManager[None]:
    """Workbooks written meanwhile carry the name and logo of the settings in force."""
    return under(Letterhead(settings.office_name, _print_sized(settings.office_logo)))


def _print_sized(address: str) -> bytes:
    """The PNG in a logo's data: address, with its size on paper; empty without one."""
    if not address:
        return b""
    drawn = BytesIO()
    with Image.open(BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        image.save(drawn, format="PNG", dpi=(_LOGO_DPI, _LOGO_DPI))
    return drawn.getvalue()

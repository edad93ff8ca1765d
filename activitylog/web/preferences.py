"""Display preferences of a device, stored in a cookie: large type, light or dark theme."""

from dataclasses import dataclass

COOKIE = "look"
COOKIE_SECONDS = 365 * 24 * 3600  # seconds
THEMES = {"": "跟随设备", "light": "浅色", "dark": "深色"}
SIZES = {"": "标准", "large": "大字"}


@dataclass(frozen=True, slots=True)
class DisplayPreferences:
    """The size of type and the theme; empty means the device's default."""

    size: str = ""
    theme: str = ""

    def choices(self, name: str) -> list[tuple[str, str, bool]]:
        """The choices of `size` or `theme`: value, label, and whether it is chosen."""
        words = {"size": SIZES, "theme": THEMES}[name]
        return [(value, word, value == getattr(self, name)) for value, word in words.items()]

    def __str__(self) -> str:
        return f"{self.size}.{self.theme}"


def preferences_of(cookie: str | None) -> DisplayPreferences:
    """The preferences of the cookie; invalid values become the device's default."""
    size, _, theme = (cookie or "").partition(".")
    return DisplayPreferences(size if size in SIZES else "", theme if theme in THEMES else "")

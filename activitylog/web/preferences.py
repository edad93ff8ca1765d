"""How a person wants pages to look, kept in a cookie of their device: type in large, light or dark."""

from dataclasses import dataclass

COOKIE = "look"
KEPT_FOR = 365 * 24 * 3600  # seconds
THEMES = {"": "跟随设备", "light": "浅色", "dark": "深色"}
SIZES = {"": "标准", "large": "大字"}


@dataclass(frozen=True, slots=True)
class Look:
    """The size of type and the theme; empty is as the device has it."""

    size: str = ""
    theme: str = ""

    def choices(self, name: str) -> list[tuple[str, str, bool]]:
        """What may be chosen for `size` or `theme`: value, word, and whether it is so now."""
        words = {"size": SIZES, "theme": THEMES}[name]
        return [(value, word, value == getattr(self, name)) for value, word in words.items()]

    def __str__(self) -> str:
        return f"{self.size}.{self.theme}"


def look_of(cookie: str | None) -> Look:
    """What the cookie says; what it says wrongly is as the device has it."""
    size, _, theme = (cookie or "").partition(".")
    return Look(size if size in SIZES else "", theme if theme in THEMES else "")

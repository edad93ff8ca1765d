"""Hostile strings, and the forms of a page filled in with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

CALCULATED = str(7 * 7191)  # what a template would make of {{7*7191}}
STRINGS = (
    "<script>window.hostile=1</script>",
    '"><img src=x onerror=window.hostile=1>',
    "' onmouseover='window.hostile=1' x='",
    "</textarea><svg/onload=window.hostile=1>",
    "{{7*7191}}${7*7191}<%=7*7191%>#{7*7191}",
    "'; DROP TABLE activity; --",
    "甲\r\nX-Hostile: 1\r\n\r\n<h1>x",
    "\u202egnp.\u2066exe\u200b",
    "a\x00b\x1b[31m",
    "javascript:window.hostile=1",
    '=HYPERLINK("http://192.0.2.1","x")',
    "@SUM(1)+cmd|' /C calc'!A0",
    "../../../etc/passwd\\..",
    "%s%n{0.__class__}",
    "9" * 400,
    "-1",
    "1e309",
    "NaN",
    "长" * 5000,
    "",
)
RAW = (  # what no page may contain as it is
    "<script>window.hostile",
    "<img src=x onerror",
    "<svg/onload=",
    "onmouseover='window.hostile",
    'href="javascript:',
    CALCULATED,
)
PLAIN = {"date": "2024-06-10", "number": "1", "time": "09:30", "email": "a@b.cn", "password": "Kepu-2024!"}
TYPED = {"text", "search", "url", "tel", "textarea"}


@dataclass
class Field:
    """One field of a form with its kind and what a browser would send."""

    name: str
    kind: str
    value: str
    is_numeric: bool = False


@dataclass
class Form:
    """A form of a page: where it goes, how, and its fields."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)

    def filled(self, shot: int, *, only_texts: bool) -> list[tuple[str, str]]:
        """What is sent: hostile strings in turn from the shot on, else what fits the field."""
        sent = []
        for place, each in enumerate(self.fields):
            is_hostile = (
                each.kind in TYPED and not each.is_numeric if only_texts else each.name != "csrf_token"
            )
            value = STRINGS[(place + shot) % len(STRINGS)] if is_hostile else each.value
            sent.append((each.name, value or (PLAIN.get(each.kind, "1") if only_texts else "")))
        return sent


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms, self._form, self._select = address, list[Form](), None, None
        self.links: set[str] = set()
        self._form: Form | None
        self._select: Field | None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.add(given["href"].partition("#")[0])
        if tag == "form":
            action = given.get("action") or self.address
            self._form = Form(action, given.get("method", "get").upper())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "select":
            self._select = Field(given.get("name", ""), "select", "")
            self._form.fields.append(self._select)
        elif tag == "option" and self._select is not None and not self._select.value:
            self._select.value = given.get("value", "")
        elif tag in {"input", "textarea", "button"} and given.get("name"):
            kind = tag if tag == "textarea" else given.get("type", "text")
            is_numeric = given.get("inputmode") in {"numeric", "decimal"}
            self._form.fields.append(Field(given["name"], kind, given.get("value", ""), is_numeric))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None


def read_page(html: str, address: str) -> tuple[list[Form], set[str]]:
    """The forms of a page, and the addresses of this office it links to."""
    reader = _Reader(address)
    reader.feed(html)
    return reader.forms, reader.links


def shots(*, is_thorough: bool) -> Iterator[tuple[int, bool]]:
    """Which string begins, and whether only texts are hostile."""
    if not is_thorough:
        yield from ((0, True), (9, False))
        return
    for shot in range(len(STRINGS)):
        yield from ((shot, True), (shot, False))

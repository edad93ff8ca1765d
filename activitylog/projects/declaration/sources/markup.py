"""Reads the tables of an HTML page, and the lines of text around them."""

import re
from collections.abc import Iterator

import lxml.etree
import lxml.html

from activitylog.projects.declaration.sources.rows import GridCell, TableRow, grid_rows, table_row

_ENCODING = re.compile(r"^\s*<\?xml[^>]*\?>")
_BLOCKS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "section", "center"})
_LEFT_OUT = frozenset({"script", "style", "head", "template", "noscript"})
_MOST_SPAN = 500


class _Lines:
    """Numbers the lines of text and the rows of tables as they come, as a reader counts them."""

    def __init__(self) -> None:
        self.number = 0
        self._text: list[str] = []

    def add(self, text: str | None) -> None:
        if text:
            self._text.append(text)

    def end_line(self) -> Iterator[TableRow]:
        text = " ".join("".join(self._text).split())
        self._text = []
        if text:
            yield table_row(self.next(), [text], is_in_table=False)

    def next(self) -> int:
        self.number += 1
        return self.number


def html_rows(text: str) -> Iterator[TableRow]:
    """The page's tables row by row, in the order of the page with the text between them."""
    try:
        root = lxml.html.document_fromstring(_ENCODING.sub("", text))
    except (lxml.etree.ParserError, ValueError):  # nothing but comments or white space
        return
    lines = _Lines()
    yield from _walk(root, lines)
    yield from lines.end_line()


def _walk(element: lxml.html.HtmlElement, lines: _Lines) -> Iterator[TableRow]:
    if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
        return
    if element.tag == "table" and not element.xpath(".//table"):
        yield from lines.end_line()
        for caption in element.xpath("./caption"):
            lines.add(caption.text_content())
            yield from lines.end_line()
        yield from grid_rows((lines.next(), list(_cells(row))) for row in element.xpath(".//tr"))
        return
    is_block = element.tag in _BLOCKS or element.tag in {"br", "tr", "table"}
    if is_block:
        yield from lines.end_line()
    lines.add(element.text)
    for child in element:
        yield from _walk(child, lines)
        lines.add(child.tail)
    if is_block:
        yield from lines.end_line()


def _cells(row: lxml.html.HtmlElement) -> Iterator[GridCell]:
    for cell in row.xpath("./td | ./th"):
        for line_break in cell.xpath(".//br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = "\n".join(" ".join(line.split()) for line in cell.text_content().split("\n"))
        yield GridCell(text.strip(), _span(cell.get("colspan")), _span(cell.get("rowspan")))


def _span(text: str | None) -> int:
    return min(int(text), _MOST_SPAN) if text and text.isascii() and text.isdigit() and text != "0" else 1

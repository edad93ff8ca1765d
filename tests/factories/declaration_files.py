"""One form written as every kind of file a declaration comes in."""

import csv
from collections.abc import Callable, Iterator, Sequence
from html import escape
from io import StringIO
from pathlib import Path

import docx
import xlsxwriter
from fpdf import FPDF
from noto_cjk_sans_otc import FONT_PATH

Merged = tuple[int, int, int, int]  # top, left, bottom, right of a merged area, counted from 0
Rows = Sequence[Sequence[str]]


def write_text(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    path.write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")


def write_pipes(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    path.write_text("\n".join("| " + " | ".join(row) + " |" for row in rows), encoding="utf-8")


def write_commas(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    text = StringIO()
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="gb18030")


def write_lone_cells(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    """As copied from a page: a cell a line, the row's empty cells as pipes behind."""
    lines = []
    for row in rows:
        filled = [cell for cell in row if cell]
        lines += [f"{cell} |" for cell in filled] + ["|" * max(len(row) - len(filled), 1)]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_page(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in merged}
    covered = _covered(merged)
    lines = []
    for at, row in enumerate(rows):
        cells = [
            "<td rowspan={} colspan={}>{}</td>".format(*spans.get((at, column), (1, 1)), escape(cell))
            for column, cell in enumerate(row)
            if (at, column) not in covered
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    path.write_text(f"<p>某局公开</p><table border=1>{''.join(lines)}</table>", encoding="utf-8")


def write_workbook(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    covered = _covered(merged)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("绩效目标")
        for top, left, bottom, right in merged:
            sheet.merge_range(top, left, bottom, right, "")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell and (at, column) not in covered:
                    sheet.write_string(at, column, cell)


def write_word(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    document = docx.Document()
    width = max(map(len, rows))
    table = document.add_table(rows=len(rows), cols=width)
    covered = _covered(merged)
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell and (at, column) not in covered:
                table.cell(at, column).text = cell
    for top, left, bottom, right in merged:
        table.cell(top, left).merge(table.cell(bottom, right))
    document.save(str(path))


def write_pdf(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    """A ruled table with a text layer in a font that is not embedded; a merged cell is one box."""
    drawn = []
    for (left, bottom, width, height), text in _boxes(rows, merged):
        drawn.append(f"{left:.1f} {bottom:.1f} {width:.1f} {height:.1f} re S")
        words = text.encode("utf-16-be").hex()
        drawn.append(f"BT /F1 7 Tf {left + 2:.1f} {bottom + height - 12:.1f} Td <{words}> Tj ET")
    content = "\n".join(drawn)
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 600] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        " /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >>"
        " /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /Ascent 800"
        " /Descent -200 /CapHeight 700 /StemV 80 /ItalicAngle 0 /FontBBox [0 -200 1000 800] >> >>",
    )
    file, offsets = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n{each}\nendobj\n"
    entries = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    trailer = f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    path.write_text(f"{file}xref\n0 {count}\n0000000000 65535 f \n{entries}{trailer}", encoding="ascii")


def write_embedded_pdf(path: Path, rows: Rows, merged: Sequence[Merged] = ()) -> None:
    """The same with an embedded font of an encoding of its own."""
    pdf = FPDF(unit="pt", format=(900, 600))
    pdf.add_page()
    pdf.add_font("cjk", fname=FONT_PATH)
    pdf.set_font("cjk", size=7)
    for (left, bottom, width, height), text in _boxes(rows, merged):
        pdf.rect(left, 600 - bottom - height, width, height)
        pdf.text(left + 2, 600 - bottom - height + 12, text)
    pdf.output(str(path))


def _boxes(rows: Rows, merged: Sequence[Merged]) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """Each cell's left, bottom, width and height in points on a page of 900 by 600, and its text."""
    count = max(map(len, rows))
    width, height = 860 / count, 20.0
    spans = {(area[0], area[1]): area for area in merged}
    covered = _covered(merged)
    for at, row in enumerate(rows):
        for column in range(count):
            if (at, column) not in covered:
                _, _, bottom, right = spans.get((at, column), (at, column, at, column))
                lower = 580 - (bottom + 1) * height
                size = (right - column + 1) * width, (bottom - at + 1) * height
                text = row[column] if column < len(row) else ""
                yield (20 + column * width, lower, *size), text


def _covered(merged: Sequence[Merged]) -> set[tuple[int, int]]:
    return {
        (row, column)
        for top, left, bottom, right in merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }


WRITERS: dict[str, Callable[[Path, Rows, Sequence[Merged]], None]] = {
    "tabs.txt": write_text,
    "pipes.md": write_pipes,
    "commas.csv": write_commas,
    "page.html": write_page,
    "book.xlsx": write_workbook,
    "document.docx": write_word,
    "print.pdf": write_pdf,
    "embedded.pdf": write_embedded_pdf,
}

"""Where the sheets stand within a workbook file, which is a zip of XML parts that point to each other."""

from posixpath import basename, dirname, join, normpath
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def sheet_parts(book: ZipFile) -> dict[str, str]:
    """The part of each sheet by the sheet's name, in order; raises BadZipFile where the trail breaks."""
    workbook = next(
        (target for kind, target in _relations(book, "").values() if kind.endswith("/officeDocument")), ""
    )
    targets = _relations(book, workbook)
    parts: dict[str, str] = {}
    for entry in _parsed(book, workbook).iterfind(".//{*}sheet"):
        relation = entry.get(_RELATION) or entry.get(_STRICT_RELATION) or ""
        parts[entry.get("name", "")] = targets.get(relation, ("", ""))[1]
    return parts


def read_part(book: ZipFile, part: str) -> bytes:
    try:
        return book.read(part)
    except KeyError:
        raise BadZipFile(f"no part {part!r}") from None


def _relations(book: ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part points to: kind and target by the relation's id."""
    folder = dirname(part)
    entries = _parsed(book, join(folder, "_rels", f"{basename(part)}.rels"))
    found = {}
    for entry in entries:
        target = normpath(join("/", folder, entry.get("Target", ""))).lstrip("/")
        found[entry.get("Id", "")] = (entry.get("Type", ""), target)
    return found


def _parsed(book: ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(read_part(book, part))  # noqa: S314  (expat itself bounds entities)

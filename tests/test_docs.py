"""What the documents say of files, functions and words is so; a failure names file, line and the name."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "activitylog"
DOCS = sorted((ROOT / "docs").rglob("*.md"))
GUIDES = [*DOCS, *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md"))]
PAGES_WITH_SHORT_PATHS = (
    "README.md",
    "docs/architecture.md",
    "docs/glossary.md",
    *(f"docs/how-to/{page}.md" for page in ("measure", "fact-column", "record-kind")),
)

# In backticks a path, behind a colon names in it: `rollup/run.py: roll_up`, `surveys/rules.py: Window.of`.
FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.(?:py|html|js|css|toml|txt|md|yml))(?:: ?([^`]+))?`")
FOLDER = re.compile(r"`([\w.-]+(?:/[\w.-]+)*)/`")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
NOT_HERE = re.compile(r"<!-- *not in the tree *-->")  # ends a line that speaks of what is gone or elsewhere


def _lines(document: Path) -> Iterator[tuple[int, str]]:
    """The lines of a document, but for blocks of code and what says itself that it is not in the tree."""
    is_block = False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            is_block = not is_block
        elif not is_block and not NOT_HERE.search(line):
            yield number, line


def _located(path: str, *, beside: Path) -> Path | None:
    """A path as documents write it: from the root, from the package, or from the document itself."""
    places = (ROOT / path, PACKAGE / path, beside.parent / path)
    return next((place for place in places if place.exists()), None)


@cache
def _names(file: Path) -> frozenset[str]:
    """What a module defines, `Class.member` too, and what it assigns; of any other file its words."""
    text = file.read_text(encoding="utf-8")
    return frozenset(_defined(ast.parse(text).body) if file.suffix == ".py" else NAME.findall(text))


def _defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from _defined(node.body, f"{prefix}{name}.")
            case ast.Assign(targets=targets):
                for target in targets:
                    yield from (prefix + each.id for each in ast.walk(target) if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name


def _faults(document: Path, faults_of: Callable[[Path, str], Iterator[str]]) -> list[str]:
    where = document.relative_to(ROOT)
    return [
        f"{where}:{number} {fault}"
        for number, line in _lines(document)
        for fault in faults_of(document, line)
    ]


def _assert_none(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def _missing_names(document: Path, line: str) -> Iterator[str]:
    for path, names in FILE.findall(line):
        file = _located(path, beside=document)
        if file is None:
            yield f"no file {path}"
        elif names:
            yield from (f"no {name} in {path}" for name in NAME.findall(names) if name not in _names(file))


def _missing_folders(document: Path, line: str) -> Iterator[str]:
    for path in FOLDER.findall(line):
        if _located(path, beside=document) is None:
            yield f"no folder {path}/"


def _broken_links(document: Path, line: str) -> Iterator[str]:
    for link in LINK.findall(line):
        path, _, anchor = link.partition("#")
        target = document if not path else document.parent / path
        if not target.exists():
            yield f"no file behind the link {link}"
        elif anchor and anchor not in _anchors(target):
            yield f"no heading behind the link {link}"


@cache
def _anchors(document: Path) -> frozenset[str]:
    """The headings as web pages of the repository turn them into addresses."""
    headings = HEADING.findall(document.read_text(encoding="utf-8"))
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def _ids(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", GUIDES, ids=_ids)
def test_every_file_and_name_a_document_mentions_exists(document: Path) -> None:
    _assert_none(_faults(document, _missing_names))


@pytest.mark.parametrize("document", GUIDES, ids=_ids)
def test_what_stands_in_backticks_ends_on_its_line(document: Path) -> None:
    def open_ended(_document: Path, line: str) -> Iterator[str]:
        if line.count("`") % 2:
            yield "a backtick is left open"

    _assert_none(_faults(document, open_ended))


@pytest.mark.parametrize("document", GUIDES, ids=_ids)
def test_every_folder_a_document_mentions_exists(document: Path) -> None:
    _assert_none(_faults(document, _missing_folders))


@pytest.mark.parametrize("document", GUIDES, ids=_ids)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    _assert_none(_faults(document, _broken_links))


@pytest.mark.parametrize("document", PAGES_WITH_SHORT_PATHS)
def test_a_page_says_to_what_its_paths_are_relative(document: str) -> None:
    assert "relative to `activitylog/`" in (ROOT / document).read_text(encoding="utf-8")


def test_the_architecture_names_every_folder_of_the_package() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(FOLDER.findall(text))
    folders = {str(file.parent.relative_to(PACKAGE)) for file in PACKAGE.rglob("*.py")} - {"."}
    _assert_none(sorted(f"docs/architecture.md: {folder}/ is not in it" for folder in folders - named))


def test_every_document_is_listed_in_its_index() -> None:
    for folder in ("decisions", "how-to"):
        index = ROOT / "docs" / folder / "README.md"
        linked = set(LINK.findall(index.read_text(encoding="utf-8")))
        pages = {page.name for page in index.parent.glob("*.md")} - {index.name}
        _assert_none(sorted(f"docs/{folder}/README.md: no link to {page}" for page in pages - linked))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=_ids)
def test_every_step_of_a_how_to_names_a_test_or_says_that_none_can_fail(page: Path) -> None:
    steps = [(number, line) for number, line in _lines(page) if re.match(r"\| *\d", line)]
    assert steps or page.name == "README.md"
    bare = [number for number, line in steps if not re.search(r"`tests/[^`]+: *test_|nothing fails", line)]
    _assert_none([f"{page.relative_to(ROOT)}:{number} names no test" for number in bare])


def _words_of_package() -> frozenset[str]:
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    return frozenset(re.findall(r"\w+", "\n".join(file.read_text(encoding="utf-8") for file in files)))


def test_every_code_word_of_the_glossary_occurs_in_the_package() -> None:
    document, words = ROOT / "docs" / "glossary.md", _words_of_package()

    def strange(_document: Path, line: str) -> Iterator[str]:
        for code in CODE.findall(line):
            if not FILE.fullmatch(f"`{code}`") and not code.endswith("/"):
                yield from (
                    f"{word} is not in the package" for word in re.findall(r"\w+", code) if word not in words
                )

    _assert_none(_faults(document, strange))


def test_every_benchmark_named_in_the_performance_page_is_one() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    named = set(re.findall(r"dev\.py bench (\w+)", text)) - {"NAME"}
    assert named == set(BENCHMARKS)


# The tests of these tests: what they are to find, planted.
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("see `rollup/nowhere.py`", "no file rollup/nowhere.py"),
        ("see `rollup/run.py: roll_down`", "no roll_down in rollup/run.py"),
        ("see `tests/test_docs.py: test_nothing`", "no test_nothing in tests/test_docs.py"),
        ("see `core/period.py: Period.nothing`", "no Period.nothing in core/period.py"),
        ("see `templates/layouts/survey.js: sond`", "no sond in templates/layouts/survey.js"),
    ],
)
def test_a_planted_wrong_name_is_found(line: str, fault: str) -> None:
    assert list(_missing_names(ROOT / "docs" / "architecture.md", line)) == [fault]


@pytest.mark.parametrize("line", ["[here](nowhere.md)", "[here](#no-such-heading)"])
def test_a_planted_broken_link_is_found(line: str) -> None:
    assert list(_broken_links(ROOT / "README.md", line))

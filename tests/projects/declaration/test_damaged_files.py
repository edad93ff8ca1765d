"""A damaged file is read completely or refused with a message, and never crashes."""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.document import Declaration
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.declaration.table.levels import LEVEL1_OF
from tests.examples import examples
from tests.factories.declaration_files import WRITERS
from tests.projects.declaration.sources.test_reader import MERGED, ROWS

SAMPLE = sample_path().read_text(encoding="utf-8")
PIECES = st.one_of(
    st.sampled_from(
        ["\t", "\n", "≥", "(", ")", "%", "$", "\\geq", "<p>", "指标", "项目名称\t", "年度", "-", "0"]
    ),
    st.text(max_size=3),
)


def read_or_refuse(data: bytes) -> Declaration | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "申报表.txt"
        path.write_bytes(data)
        try:
            return read_declaration(path)
        except DeclarationError as refused:
            problems = refused.problems
    assert problems
    assert all(problem.file == "申报表.txt" and problem.message for problem in problems)
    return None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 40), PIECES), min_size=1, max_size=6))
def test_damaged_sample_is_read_whole_or_refused(damages: list[tuple[int, int, str]]) -> None:
    text = SAMPLE
    for at, cut, piece in damages:
        text = text[:at] + piece + text[at + cut :]
    declaration = read_or_refuse(text.encode("utf-8", "surrogatepass"))
    for project in declaration.projects if declaration else ():
        assert project.name
        assert project.indicators
        assert len({each.name for each in project.indicators}) == len(project.indicators)
        for each in project.indicators:
            assert each.name
            assert LEVEL1_OF[each.level2] == each.level1
            assert (each.target is None) == (each.operator == "") == (each.target_word != "")


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One form in every kind of file."""
    folder = tmp_path_factory.mktemp("whole")
    for name, write in WRITERS.items():
        write(folder / name, ROWS, MERGED)
    return {name: (folder / name).read_bytes() for name in WRITERS}


@examples(40, thorough=300, shrinks=False)
@given(st.data())
def test_a_damaged_file_of_any_kind_is_read_or_refused(
    whole_files: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(whole_files)))
    content = bytearray(whole_files[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(bytes(content))
        with suppress(DeclarationError):
            read_declaration(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)

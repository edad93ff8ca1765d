"""Every mutant can be put in: its text is in the code, once, and its tests exist."""

import pytest

from tests.mutation.__main__ import ROOT, file_of, test_files
from tests.mutation.mutants import MUTANTS, Mutant

files_of_tests = test_files  # under its own name pytest would take it for a test
del test_files


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: f"{each.area}: {each.name}")
def test_a_mutant_has_its_place_and_its_tests(mutant: Mutant) -> None:
    assert file_of(ROOT, mutant)
    assert files_of_tests(ROOT, mutant.tests)

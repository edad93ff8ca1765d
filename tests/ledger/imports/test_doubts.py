from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.factories.honest_year import PROJECTS, HonestYear, honest_year, plant_slips
from tests.factories.ledger import import_file, save_ledger
from tests.factories.projects import make_project


def doubted(session: Session, made: HonestYear, path: Path) -> set[str]:
    """The numbers of the activities an import of the year tells of."""
    save_ledger(path, 活动=made.activities, 纸质问卷=made.tallies)
    rows = {"活动": made.activities, "纸质问卷": made.tallies}
    warnings = import_file(session, path, dry_run=True).warnings
    return {rows[each.sheet][(each.row or 0) - 2]["活动编号"] for each in warnings}


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 7, 2024, 90210])
def test_absurd_rows_are_told_and_honest_ones_left_alone(session: Session, tmp_path: Path, seed: int) -> None:
    for name in PROJECTS:
        make_project(session, name=name, year=2024)
    made = honest_year(seed)
    plant_slips(made)
    told = doubted(session, made, tmp_path / "台账.xlsx")
    assert len(made.planted) == 40
    assert len(told & made.planted.keys()) >= 38
    assert len(told - made.planted.keys()) <= 20

"""Locks: one roll-up at a time, one writer of the trail, one holder of a file."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from activitylog.core.locks import LockKey, lock_file, lock_roll_up, lock_trail


def test_every_advisory_lock_has_a_key_of_its_own() -> None:
    assert len({int(key) for key in LockKey}) == len(LockKey.__members__)


@pytest.mark.parametrize("hold", [lock_roll_up, lock_trail])
def test_a_lock_held_is_held_again_without_waiting(session: Session, hold) -> None:
    hold(session)
    hold(session)


def test_a_file_has_one_holder_at_a_time(tmp_path: Path) -> None:
    place, taken = tmp_path / "turn", threading.Event()

    def wait() -> None:
        with place.open("ab") as file:
            lock_file(file)
            taken.set()

    with place.open("ab") as file:
        lock_file(file)
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not taken.wait(0.2)
    waiting.join()
    assert taken.is_set()

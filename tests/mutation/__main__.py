"""Put in one fault after another and say which the tests notice: `python -m tests.mutation`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutation.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("activitylog", "migrations", "templates", "tests", "pyproject.toml", "wsgi.py")
LONGEST = 900  # seconds of one mutant's tests; what never ends has been noticed as well
KILLED, SURVIVED, MISPLACED = "killed", "survived", "misplaced"


class Misplaced(Exception):
    """The code no longer holds the mutant's text, or holds it more than once: mutants.py is to be mended."""


def main() -> int:
    options = _options()
    results = json.loads(options.json.read_text(encoding="utf-8")) if _exists(options.json) else []
    judged = {(each["area"], each["name"]) for each in results}
    chosen = [each for each in MUTANTS if options.only in f"{each.area}: {each.name}"]
    chosen = [each for each in chosen if (each.area, each.name) not in judged]
    with scratch_copy() as copy:
        if not passes(copy, {name for each in chosen for name in each.tests}):
            say("the tests fail before anything is changed")
            return 2
        for mutant in chosen:
            results.append(report(copy, mutant))
            if options.json:
                options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    counts = Counter(each["outcome"] for each in results)
    say(", ".join(f"{outcome} {count}" for outcome, count in counts.items()))
    return 0 if set(counts) == {KILLED} else 1


def report(copy: Path, mutant: Mutant) -> dict[str, str | float]:
    """What became of a mutant, said and returned."""
    started = time.monotonic()
    outcome = judge(copy, mutant)
    seconds = round(time.monotonic() - started, 1)
    say(f"{outcome:9} {mutant.area}: {mutant.name} ({seconds} s)")
    return {"area": mutant.area, "name": mutant.name, "outcome": outcome, "seconds": seconds}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _exists(file: Path | None) -> bool:
    return file is not None and file.exists()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the outcomes to this file, and go on from it")
    parser.add_argument("--only", default="", help="only mutants whose area and name hold this text")
    return parser.parse_args()


@contextmanager
def scratch_copy() -> Iterator[Path]:
    """A copy of what the tests need, for faults to be put into."""
    with tempfile.TemporaryDirectory(prefix="activitylog-mutants-") as folder:
        copy = Path(folder)
        for name in NEEDED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, copy / name)
        yield copy


def judge(copy: Path, mutant: Mutant) -> str:
    """Put the fault in, run the tests that ought to notice, and take it out again."""
    try:
        file = file_of(copy, mutant)
    except Misplaced:
        return MISPLACED
    sound = file.read_text(encoding="utf-8")
    file.write_text(sound.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        return SURVIVED if passes(copy, mutant.tests) else KILLED
    finally:
        file.write_text(sound, encoding="utf-8")


def file_of(copy: Path, mutant: Mutant) -> Path:
    """The one file that holds `where`; it must hold `old` once."""
    files = [file for file in (copy / "activitylog").rglob("*.py") if mutant.where in _text(file)]
    if len(files) != 1 or _text(files[0]).count(mutant.old) != 1:
        raise Misplaced(mutant.name)
    return files[0]


def passes(copy: Path, names: Iterable[str]) -> bool:
    """Whether the files of these tests pass in the copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *test_files(copy, names)]
    try:
        run = subprocess.run(
            command,
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return run.returncode == 0


def test_files(copy: Path, names: Iterable[str]) -> list[str]:
    """The files that define the named tests, the quick ones of a mutant first."""
    found = {}
    for file in sorted((copy / "tests").rglob("test_*.py")):
        found.update({name: file for name in names if f"def {name}(" in _text(file)})
    missing = [name for name in names if name not in found]
    if missing:
        raise SystemExit(f"no such test: {', '.join(missing)}")
    return list(dict.fromkeys(str(found[name].relative_to(copy)) for name in names))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

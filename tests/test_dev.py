import ast
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import dev

pytestmark = pytest.mark.long

ROOT = Path(dev.__file__).parent
PINNED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a product with one module, whose one dependency lies in a folder beside it."""
    root = tmp_path / "台账 一"
    (root / "activitylog").mkdir(parents=True)
    shutil.copy(ROOT / "dev.py", root)
    (root / "activitylog" / "__init__.py").write_text("import pebble")
    (root / "activitylog" / "__main__.py").write_text("import sys; print('activitylog', *sys.argv[1:])")
    lock_pebble(root, "1.0")
    return root


def lock_pebble(root: Path, version: str, *, digest: str = "") -> None:
    digest = digest or make_wheel(root.parent / "wheels", version)
    (root / "requirements.txt").write_text(f"pebble=={version} --hash=sha256:{digest}\n")
    (root / "requirements-test.txt").write_text(f"pebble=={version} --hash=sha256:{digest}\n")


def make_wheel(folder: Path, version: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / f"pebble-{version}-py3-none-any.whl"
    info = f"pebble-{version}.dist-info"
    files = {
        "pebble.py": f"VERSION = {version!r}",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: pebble\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"])
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_dev(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root.parent / "wheels"),
        **environ,
    }
    return subprocess.run(
        [sys.executable, str(root / "dev.py"), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def installed(root: Path) -> str:
    """The version of the dependency that the environment's Python imports."""
    command = [str(root / ".venv/bin/python"), "-c", "import pebble; print(pebble.VERSION)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_install_makes_the_command_and_a_second_time_does_nothing(checkout: Path, tmp_path: Path) -> None:
    first = run_dev(checkout, "install")
    assert first.returncode == 0, first.stderr
    assert "正在建立" in first.stdout
    answer = subprocess.run(
        [str(checkout / ".venv/bin/activitylog"), "两 词", "b"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "activitylog 两 词 b\n"
    second = run_dev(checkout, "install", PIP_FIND_LINKS="/nowhere")
    assert second.returncode == 0
    assert "正在" not in second.stdout


def test_run_starts_the_product_with_its_options(checkout: Path) -> None:
    answer = run_dev(checkout, "run", "--empty", "--port", "8123")
    assert answer.stdout.endswith("activitylog start --empty --port 8123\n")


def test_half_made_environment_is_made_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("half a file")
    assert run_dev(checkout, "install").returncode == 0
    assert installed(checkout) == "1.0"


def test_failed_installation_is_tried_again(checkout: Path) -> None:
    lock_pebble(checkout, "1.0", digest="0" * 64)
    failed = run_dev(checkout, "install")
    assert failed.returncode != 0
    assert "依赖没有装全" in failed.stderr
    lock_pebble(checkout, "1.0")
    assert run_dev(checkout, "install").returncode == 0
    assert installed(checkout) == "1.0"


def test_changed_lock_and_moved_checkout_renew_the_environment(checkout: Path) -> None:
    run_dev(checkout, "install")
    lock_pebble(checkout, "2.0")
    run_dev(checkout, "install")
    assert installed(checkout) == "2.0"
    moved = checkout.rename(checkout.parent / "moved")
    assert "正在建立" in run_dev(moved, "install").stdout
    assert installed(moved) == "2.0"


def test_variables_of_a_calling_environment_do_not_lead_astray(checkout: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "pebble").mkdir(parents=True)
    answer = run_dev(
        checkout,
        "run",
        VIRTUAL_ENV=str(elsewhere),
        PYTHONPATH=str(elsewhere),
        PIP_USER="1",
        PIP_TARGET=str(elsewhere / "target"),
        HOME="",
    )
    assert answer.stdout.endswith("activitylog start\n"), answer.stderr
    assert not (elsewhere / "target").exists()


def test_python_without_venv_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "none")
    assert dev.main(["install"]) == 2
    assert "apt-get install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["dance"], 2), (["--help"], 0)])
def test_wrong_or_no_target_shows_how_to_call(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(arguments) == code
    said = capsys.readouterr()
    assert "用法：python3 dev.py" in said.out + said.err


def test_front_door_is_read_by_older_pythons_so_that_it_can_name_the_one_it_needs() -> None:
    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_front_door_needs_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names | {"__future__"}


def test_every_locked_package_has_a_hash_and_no_index_is_named() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = re.split(r"\n(?=\S)", text.strip())
        assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_both_locks_agree_and_hold_what_the_project_asks_for() -> None:
    run_lock, test_lock = (
        {m["name"]: m["version"] for m in PINNED.finditer((ROOT / name).read_text(encoding="utf-8"))}
        for name in ("requirements.txt", "requirements-test.txt")
    )
    assert run_lock.items() <= test_lock.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"] + project["dependency-groups"]["test"]
    names = {re.split(r"[\[<>=; ]", requirement, maxsplit=1)[0] for requirement in asked}
    assert names <= set(test_lock)
    assert {re.split(r"[\[<>=; ]", r, maxsplit=1)[0] for r in project["project"]["dependencies"]} <= set(
        run_lock
    )


def test_continuous_integration_runs_the_same_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.read_text(encoding="utf-8").splitlines()[1:] == ["exec python3 dev.py test"]
    assert os.access(script, os.X_OK)

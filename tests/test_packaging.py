import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.servers import answers, eventually, fetch, free_port

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and our dependencies, and no checkout anywhere on its path."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    python = venv / "bin" / "python"
    site = sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)})
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = (
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    )
    run(*pip, str(wheel))
    return venv


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def travelling(*folders: str) -> list[Path]:
    kept = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in kept if "__pycache__" not in path.parts]


def outside(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return {**kept, "ACTIVITYLOG_DATA_DIR": str(data)}


def test_everything_the_product_reads_travels_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    inside = {str(path.relative_to(ROOT)) for path in travelling("activitylog")}
    beside = {f"activitylog/{path.relative_to(ROOT)}" for path in travelling("templates", "migrations")}
    assert inside | beside | {"activitylog/wsgi.py"} <= packed
    assert not any(name.startswith(("tests/", "benchmarks/", "dev.py")) for name in packed)


def test_installed_package_runs_without_the_checkout(installation: Path, tmp_path: Path) -> None:
    where = "import activitylog.wsgi; print(activitylog.__file__)"
    python = str(installation / "bin" / "python")
    found = run(python, "-c", where, cwd=tmp_path, env=outside(tmp_path))
    assert Path(found.strip()).is_relative_to(installation)


def test_installed_package_makes_its_database_and_serves_its_pages(
    installation: Path, tmp_path: Path
) -> None:
    command = str(installation / "bin" / "activitylog")
    run(command, "db", "upgrade", cwd=tmp_path, env=outside(tmp_path))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([command, "serve", "--port", str(port)], cwd=tmp_path, env=outside(tmp_path))
    try:
        assert eventually(lambda: answers(f"{address}/healthz"))
        page = fetch(f"{address}/login")
        assert "登录" in page
        assert fetch(f"{address}/readyz") == "ok\n"
        stylesheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert stylesheets
        assert all(answers(f"{address}{path}") for path in stylesheets)
        server.terminate()
        assert server.wait(timeout=30) == 0
    finally:
        server.kill()
        server.wait()

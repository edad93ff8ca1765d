#!/usr/bin/env python3
"""The project's front door: makes `.venv` from the hash-locked requirements, then runs what was asked.

Standard library only, so that it starts on a bare Python ≥ 3.11; all it does a person could type.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "complete"
RUN_LOCK = ROOT / "requirements.txt"
TEST_LOCK = ROOT / "requirements-test.txt"  # holds everything RUN_LOCK holds, in the same versions

USAGE = """用法：python3 dev.py 目标 [选项]

  install  建立运行环境 .venv
  run      建立环境和数据库并启动（首次启动装入 2024 示例年度）；--empty 不装示例，--port 端口，--host 地址
  test     建立测试环境，依次做代码检查、类型检查和全部测试；--thorough 让随机测试试足例数；
           其余参数交给 pytest，如 test -k sqlite
  bench    运行性能测量
  lock     重新锁定两份依赖清单；其余参数交给 uv，如 lock --upgrade"""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# What a calling environment may carry that would point pip or Python away from .venv, or have every start
# compile the sources again.
MISLEADING = (
    "VIRTUAL_ENV",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONDONTWRITEBYTECODE",
    "__PYVENV_LAUNCHER__",
)
MISLEADING_PIP = (
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
    "PIP_REQUIREMENT",
    "PIP_NO_DEPS",
)

LAUNCHER = """#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m activitylog "$@"
"""


class Stopped(Exception):
    """The sentence to show before leaving with an exit code."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.code = code


def main(arguments: list[str]) -> int:
    target = TARGETS.get(arguments[0]) if arguments else None
    if target is None:
        asked_for_help = arguments[:1] in (["-h"], ["--help"], ["help"])
        print(USAGE, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    try:
        os.chdir(ROOT)
        target(arguments[1:])
    except Stopped as stopped:
        print(stopped, file=sys.stderr, flush=True)
        return stopped.code
    except KeyboardInterrupt:
        print("已中断。", file=sys.stderr)
        return 130
    return 0


def install(arguments: list[str]) -> None:
    if arguments:
        raise Stopped(USAGE)
    make_environment()
    say("运行环境已就绪：.venv（命令 .venv/bin/activitylog）")


def run(arguments: list[str]) -> None:
    make_environment()
    command = [str(PYTHON), "-m", "activitylog", "start", *arguments]
    sys.stdout.flush()
    os.execve(command[0], command, environment())  # noqa: S606


def test(arguments: list[str]) -> None:
    make_environment(with_tools=True)
    has_browser = find_browser()
    if "--thorough" in arguments:
        arguments = ["--hypothesis-profile=thorough", *(each for each in arguments if each != "--thorough")]
    with typed():  # beside the rest: it keeps one core busy for half a minute
        for title, *command in (
            ("代码检查", "ruff", "check", "."),
            ("代码格式", "ruff", "format", "--check", "."),
            ("测试", "pytest", "--numprocesses=auto", "--dist=worksteal", *arguments),
        ):
            say(f"{title}：{' '.join(command)}")
            call([PYTHON, "-m", *command], f"“{title}”没有通过，见上面的输出。")
    say(
        "全部通过"
        if has_browser
        else "没有浏览器！浏览器测试一个也没有运行；请安装 chromium 后再测。其余通过"
    )


@contextmanager
def typed() -> Iterator[None]:
    """Check the types meanwhile; what was found is printed afterwards."""
    command = [str(PYTHON), "-m", "mypy"]
    check = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), text=True
    )
    try:
        yield
        found = check.communicate()[0]
    finally:
        check.kill()
    say("类型检查：mypy")
    print(found, end="", flush=True)
    if check.returncode:
        raise Stopped("“类型检查”没有通过，见上面的输出。", code=1)


def bench(arguments: list[str]) -> None:
    make_environment(with_tools=True)
    call([PYTHON, "-m", "benchmarks", *arguments], "性能测量没有完成，见上面的输出。")


def lock(arguments: list[str]) -> None:
    """Lock the product first and the tools against it, so that both lists agree on what they share."""
    require_venv_module()
    with tempfile.TemporaryDirectory() as folder:
        call([sys.executable, "-m", "venv", folder], "临时环境没有建成，见上面的输出。")
        python = Path(folder) / "bin" / "python"
        call([python, "-m", "pip", "install", "--quiet", "uv>=0.9"], "uv 没有装上，见上面的输出。")
        compile_lock: list[str | Path] = [
            python, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes",
            "--no-emit-index-url", "--no-header", "--python-version", "3.11", "--all-extras", *arguments,
            "pyproject.toml",
        ]  # fmt: skip
        failure = "依赖没有锁定成功，见上面的输出。"
        call([*compile_lock, "-o", RUN_LOCK.name], failure)
        call([*compile_lock, "--group", "test", "-c", RUN_LOCK.name, "-o", TEST_LOCK.name], failure)
    say(f"已锁定：{RUN_LOCK.name}、{TEST_LOCK.name}")


TARGETS = {"install": install, "run": run, "test": test, "bench": bench, "lock": lock}


def make_environment(*, with_tools: bool = False) -> None:
    """Bring `.venv` to what the lock files say; a fifth of a second when it is there already."""
    wanted = fingerprint(TEST_LOCK if with_tools else RUN_LOCK)
    if wanted in finished():
        return
    require_venv_module()
    with alone():
        if wanted in finished():
            return
        if fingerprint(RUN_LOCK) not in finished():
            say("正在建立 .venv …")
            STAMP.unlink(missing_ok=True)
            call([sys.executable, "-m", "venv", "--clear", VENV], ".venv 没有建成，见上面的输出。")
        packages = TEST_LOCK if with_tools else RUN_LOCK
        say(f"正在安装 {packages.name} 中的依赖，首次约需半分钟 …")
        call(
            [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
             "--progress-bar", "off", "--require-hashes", "-r", packages],
            "依赖没有装全，见上面 pip 的输出；请检查网络或软件源设置后再运行一次。",
        )  # fmt: skip
        link_package()
        STAMP.write_text("\n".join({fingerprint(RUN_LOCK), wanted}), encoding="ascii")


def finished() -> set[str]:
    """What the environment was made for; nothing when it is missing, half-made or without its Python."""
    try:
        return set(STAMP.read_text(encoding="ascii").split()) if PYTHON.exists() else set()
    except (OSError, UnicodeDecodeError):
        return set()


def fingerprint(packages: Path) -> str:
    """Changes with the packages, the Python they are for, and the place that scripts point to."""
    parts = (str(ROOT), sys.base_prefix, sys.version, packages.name)
    return hashlib.sha256("\0".join(parts).encode() + packages.read_bytes()).hexdigest()


def link_package() -> None:
    """Put the checkout on the environment's path and the console script beside its Python.

    This is what `pip install -e .` comes to, without needing the build backend where nothing is built.
    """
    site = sysconfig.get_path("purelib", "venv", {"base": str(VENV), "platbase": str(VENV)})
    (Path(site) / "activitylog.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    script = VENV / "bin" / "activitylog"
    script.write_text(LAUNCHER, encoding="ascii")
    script.chmod(0o755)


def require_venv_module() -> None:
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise Stopped(
            "这个 Python 缺少 venv 模块，无法建立运行环境。\n"
            "请先安装：apt-get install python3-venv（Debian、Ubuntu，需管理员权限），然后再运行一次。"
        )


@contextmanager
def alone() -> Iterator[None]:
    """Two of us at once would fill `.venv` over each other: the second waits for the first."""
    with open(__file__, "rb") as myself:
        try:
            fcntl.flock(myself, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个 dev.py 正在建立环境，等它完成 …")
            fcntl.flock(myself, fcntl.LOCK_EX)
        yield


def find_browser() -> bool:
    """Whether the tests will find a Chromium: the system's, or one that can be had now."""
    if any(shutil.which(name) for name in BROWSERS):
        return True
    root = os.geteuid() == 0
    if root and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        say("没有找到浏览器，正在安装系统的 Chromium …")
        attempt(["apt-get", "update", "-qq"])
        attempt(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
        if shutil.which("chromium"):
            return True
    say("没有系统的 Chromium，改用 Playwright 自带的 …")
    return not attempt(
        [PYTHON, "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"]
    )


def environment() -> dict[str, str]:
    """Ours, less what would lead astray; Playwright keeps its browser inside `.venv`, not in HOME."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING + MISLEADING_PIP}
    return {"PLAYWRIGHT_BROWSERS_PATH": "0", "DEBIAN_FRONTEND": "noninteractive", **kept}


def attempt(command: Sequence[str | Path]) -> int:
    return subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, check=False).returncode


def call(command: Sequence[str | Path], failure: str) -> None:
    code = attempt(command)
    if code:
        raise Stopped(failure, code=code if code > 0 else 1)


def say(sentence: str) -> None:
    print(f"── {sentence}", flush=True)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(f"需要 Python 3.11 或更新的版本，当前是 {sys.version.split()[0]}。")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal that knows no Chinese
    sys.exit(main(sys.argv[1:]))

"""Templates are compiled once for all processes, and served all the same where nothing can be kept."""

import sys
from pathlib import Path

import pytest
from flask import Flask, render_template

from activitylog.web import compiled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.html").write_text("第 {{ number }} 页", encoding="utf-8")
    return folder


def _render(folder: Path) -> str:
    app = Flask(__name__, template_folder=str(folder))
    compiled.register(app)
    with app.app_context():
        return render_template("page.html", number=3)


@pytest.fixture(autouse=True)
def _writing_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_compiled_templates_are_kept_beside_their_sources(folder: Path) -> None:
    assert _render(folder) == "第 3 页"
    (kept,) = (folder / "__pycache__").iterdir()
    made = kept.stat().st_mtime_ns
    assert _render(folder) == "第 3 页"
    assert kept.stat().st_mtime_ns == made


def test_a_changed_template_is_compiled_anew(folder: Path) -> None:
    _render(folder)
    (folder / "page.html").write_text("共 {{ number }} 页", encoding="utf-8")
    assert _render(folder) == "共 3 页"


def test_pages_are_served_where_nothing_can_be_kept(folder: Path) -> None:
    (folder / "__pycache__").write_text("a file where the folder should be", encoding="utf-8")
    assert _render(folder) == "第 3 页"

"""Declarations in the browser: files uploaded, what was read checked beside its source, then stored."""

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from activitylog.accounts.guards import needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, DeclarationError, Missing, Refused
from activitylog.files.routes import send_workbook
from activitylog.pages.declaration.forms import CheckForm, FilesForm, check_form
from activitylog.pages.declaration.page import FileDraft, draft_of, mended_source
from activitylog.projects.changes import ImportChoices
from activitylog.projects.declaration.document import RemarkKind
from activitylog.projects.declaration.reader import ReadFile, ReadingChoices, join_files, read_file
from activitylog.projects.declaration.sources.files import LARGEST_FILE
from activitylog.projects.declaration.sources.reader import read_source
from activitylog.projects.export import export_declaration
from activitylog.projects.operations import projects_of_year
from activitylog.projects.queries import visible_years
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.web.requests import bounded_int, takes_files

MOST_FILES = 20
LONGEST_FILE_NAME = 60  # characters, of up to four bytes
blueprint = Blueprint("declarations", __name__, url_prefix="/declarations")


@blueprint.get("")
@needs(Permission.ROLL_UP)
def choose() -> ResponseReturnValue:
    """The form for files."""
    return _files_page(FilesForm())


@blueprint.post("/copy")
@needs(Permission.ROLL_UP)
def copy() -> ResponseReturnValue:
    """Open a year with the projects, indicators, rules and weights of the year before it that has some."""
    year = request.form.get("year", type=bounded_int) or 0
    earlier = [each for each in visible_years(db.session(), None) if each < year]
    if not earlier:
        raise Refused(f"{year}年以前没有申报表可以沿用，请导入申报表。")
    open_year(db.session(), source=earlier[0], target=year, now=utc_now())
    db.session.commit()
    flash(f"已沿用{earlier[0]}年的申报表开立{year}年，请核对目标和计数规则。", "success")
    return redirect(url_for("projects.projects", year=year))


@blueprint.post("/files")
@needs(Permission.ROLL_UP)
@takes_files(largest=3 * LARGEST_FILE)
def read() -> ResponseReturnValue:
    """What was read of the files, to be checked."""
    form = FilesForm()
    chosen = [each for each in request.files.getlist("files") if each.filename]
    if not form.validate_on_submit() or not 0 < len(chosen) <= MOST_FILES:
        form.files.errors = [f"请选申报表文件，一次最多 {MOST_FILES} 个。"]
        return _files_page(form), 422
    try:
        drafts = _read_files(chosen)
    except DeclarationError as error:
        form.files.errors = [str(error)]
        return _files_page(form), 422
    projects = [project for draft in drafts for project in draft.projects]
    notes = [note for draft in drafts for note in draft.notes]
    if not projects:
        form.files.errors = notes
        return _files_page(form), 422
    return _check_page(check_form(projects), notes)


def _read_files(chosen: Iterable[FileStorage]) -> list[FileDraft]:
    drafts = []
    with tempfile.TemporaryDirectory() as folder:
        for number, each in enumerate(chosen):
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / _file_name(each.filename or "")
            each.save(path)
            drafts.append(draft_of(read_source(path)))
    return drafts


def _file_name(sent: str) -> str:
    """The name a browser sent, without folders and control characters, fit for every file system."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", sent.replace("\\", "/").rpartition("/")[2])
    return name[-LONGEST_FILE_NAME:] if name.strip(". ") else "申报表"


@blueprint.post("")
@needs(Permission.ROLL_UP)
def store() -> ResponseReturnValue:
    """Store what was checked, or show what is still wrong with it."""
    form = CheckForm()
    if not form.validate_on_submit() or not len(form.projects):
        return _check_page(form), 422
    by_year = _read_mended(form)
    if by_year is None:
        return _check_page(form), 422
    try:
        count = _import_read_files(form, by_year)
    except (BadInput, Refused, Missing) as refusal:
        db.session.rollback()
        form.form_errors.append(
            str(refusal).replace("请加 --replace 再导入一次", "请勾选“改动已有的项目”再保存")
        )
        return _check_page(form), refusal.http_status
    db.session.commit()
    flash(f"已导入 {count} 个项目；每个指标的计量规则已按字面拟定，请逐项确认。", "success")
    return redirect(url_for("projects.projects", year=max(by_year)))


def _read_mended(form: CheckForm) -> dict[int, ReadFile] | None:
    """What the form says by year, read like a file; None when there are problems, which it then shows."""
    years: dict[int, ReadFile] = {}
    drafts = form.drafts()
    read = read_file(mended_source(drafts), ReadingChoices())
    faults = [fault for fault in read.faults if "年度与前面的申报表不同" not in fault[1].message]
    for line, problem in faults:
        form.mark(line, problem)
    left_out = [remark for remark in read.remarks if remark.kind is RemarkKind.SKIPPED_LINE]
    form.form_errors += [str(remark) for remark in left_out]
    for year in sorted({project.year for project in read.projects}):
        ofyear = tuple(project for project in read.projects if project.year == year)
        years[year] = ReadFile(year, read.title, ofyear, (), (), ())
    return None if faults or left_out else years


def _import_read_files(form: CheckForm, by_year: dict[int, ReadFile]) -> int:
    count = 0
    for read in by_year.values():
        declaration = join_files([read], ReadingChoices(umbrella=form.chosen_umbrella))
        names = {project.name for project in declaration.projects}
        renames = {old: new for old, new in form.renames.items() if new in names}
        choices = ImportChoices(replace=form.replace.data, renames=renames)
        take_declaration(db.session(), declaration, now=utc_now(), choices=choices)
        count += len(declaration.projects)
    return count


@blueprint.get("/<int:year>/file")
@needs(Permission.ROLL_UP)
def export(year: int) -> Response:
    """A year's declaration as a workbook that is read in unchanged."""
    projects = projects_of_year(db.session(), year)
    if not projects:
        raise Missing(f"{year}年还没有项目，请先导入申报表。")
    return send_workbook(lambda path: export_declaration(path, projects), f"{year}年申报表.xlsx")


def _files_page(form: FilesForm) -> str:
    years = visible_years(db.session(), signed_in_user())
    return render_template("declarations/files.html", form=form, years=years)


def _check_page(form: CheckForm, notes: Sequence[str] = ()) -> str:
    years = {row.form.year.data for row in form.projects if row.form.year.data}
    stored = [project.name for year in sorted(years) for project in projects_of_year(db.session(), year)]
    form.offer(stored)
    return render_template("declarations/check.html", form=form, notes=notes, has_stored=bool(stored))

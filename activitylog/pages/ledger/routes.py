"""The ledger in the browser: upload or paste, assign columns, preview, tick, import; template and export."""

import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from activitylog.accounts.guards import check_upload, needs, signed_in_user
from activitylog.accounts.rules import Permission
from activitylog.core.database import db, start_writing
from activitylog.core.period import utc_now
from activitylog.errors import BadInput, Missing
from activitylog.files.routes import file_store, send_workbook
from activitylog.files.rules import EXCEL
from activitylog.ledger.export import export_ledger
from activitylog.ledger.uploads.files import UploadFiles
from activitylog.ledger.uploads.models import LedgerLayout, LedgerUpload
from activitylog.ledger.uploads.operations import (
    add_upload,
    asked_sheets,
    begin_step,
    check_number,
    forget_layout,
    remember_layout,
    remove_uploads,
    set_ticks,
    tick_all,
)
from activitylog.ledger.uploads.process import start_process
from activitylog.ledger.uploads.queries import is_ready as may_begin
from activitylog.ledger.uploads.queries import (
    layouts_by_name,
    newest_uploads,
    row_counts,
    stored_preview,
    upload_of,
)
from activitylog.ledger.uploads.rules import LARGEST_WORKBOOK, UploadStep
from activitylog.ledger.uploads.workbook import write_list, write_pasted
from activitylog.ledger.workbook import write_template
from activitylog.pages.ledger.forms import PastedRowsForm, SheetChoice, WorkbookForm
from activitylog.pages.ledger.page import ROWS_OF_A_PAGE, STEP_LABELS, View, upload_page, work_page
from activitylog.projects.queries import visible_years
from activitylog.web.headers import attachment
from activitylog.web.requests import LARGEST_FORM, bounded_int, current_settings, takes_files

REFRESH_SECONDS = "2"  # after which a page of work under way is loaded again
MOST_ROWS = 10_000_000  # of all sheets of a workbook
blueprint = Blueprint("ledger", __name__, url_prefix="/ledger")


@blueprint.get("")
@needs(Permission.REVIEW)
def index() -> ResponseReturnValue:
    """The forms for a workbook and for pasted rows, and what there is to download."""
    return _index_page(WorkbookForm(), PastedRowsForm())


def _index_page(workbook: WorkbookForm, paste: PastedRowsForm) -> str:
    session, user = db.session(), signed_in_user()
    return render_template(
        "ledger/index.html",
        workbook=workbook,
        paste=paste,
        uploads=newest_uploads(session, user),
        labels=STEP_LABELS,
        years=visible_years(session, user),
        layouts=layouts_by_name(session),
    )


@blueprint.post("/upload")
@needs(Permission.REVIEW)
@takes_files(largest=LARGEST_WORKBOOK)
def upload() -> ResponseReturnValue:
    """Take a workbook; its check begins."""
    form, files = WorkbookForm(), _new_files()
    sent = request.files.get("file")
    if not form.validate_on_submit() or sent is None or not sent.filename:
        form.file.errors = ["请选择台账文件。"]
        return _index_page(form, PastedRowsForm(formdata=None)), 422
    _check_room()
    sent.save(files.workbook)
    if files.workbook.stat().st_size > LARGEST_WORKBOOK or not _is_zip(files.workbook):
        files.remove()
        form.file.errors = [
            f"“{sent.filename}”不是 {LARGEST_WORKBOOK // 1024**2} MB 以内的 .xlsx 工作簿；"
            "请在 Excel 中另存为 .xlsx 再上传。"
        ]
        return _index_page(form, PastedRowsForm(formdata=None)), 422
    return _begin_check(files, sent.filename.replace("\\", "/").rpartition("/")[2])


@blueprint.post("/paste")
@needs(Permission.REVIEW)
@takes_files(largest=LARGEST_FORM, largest_text=LARGEST_FORM)
def paste() -> ResponseReturnValue:
    """Take pasted rows, as a workbook of one sheet."""
    form, files = PastedRowsForm(), _new_files()
    if not form.validate_on_submit():
        return _index_page(WorkbookForm(formdata=None), form), 422
    _check_room()
    try:
        write_pasted(files.workbook, form.sheet.data, form.rows.data)
    except BadInput as refusal:
        form.refuse(refusal)
        return _index_page(WorkbookForm(formdata=None), form), 422
    return _begin_check(files, f"粘贴的{form.sheet.data}")


def _check_room() -> None:
    check_upload(file_store())
    check_number(db.session(), signed_in_user(), now=utc_now())


def _new_files() -> UploadFiles:
    return UploadFiles(file_store().partial_folder, secrets.token_hex(16))


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _begin_check(files: UploadFiles, file_name: str) -> ResponseReturnValue:
    session, now = db.session(), utc_now()
    start_writing(session)
    remove_uploads(session, now=now)
    added = add_upload(
        session,
        key=files.key,
        file_name=file_name,
        by=signed_in_user(),
        origin=request.remote_addr or "",
        now=now,
    )
    session.commit()
    return _start_work(added)


def _start_work(upload: LedgerUpload) -> ResponseReturnValue:
    """Start the process that does what has begun, and show how far it is."""
    start: Callable[..., None] = current_app.config.get("LEDGER_WORK", start_process)
    _files(upload).report_waiting()
    start(current_settings(), _files(upload), upload.id)
    return redirect(url_for(".show", upload_id=upload.id))


def _files(upload: LedgerUpload) -> UploadFiles:
    return UploadFiles(file_store().partial_folder, upload.key)


def _upload(upload_id: int) -> LedgerUpload:
    return upload_of(db.session(), signed_in_user(), upload_id)


@blueprint.get("/<int:upload_id>")
@needs(Permission.REVIEW)
def show(upload_id: int) -> ResponseReturnValue:
    """One upload: being worked on, with columns to assign, its preview, or what was imported."""
    found = _upload(upload_id)
    work = work_page(found, _files(found))
    if work is not None and work.is_interrupted:  # unless it ended since the row was read
        db.session.rollback()
        found = _upload(upload_id)
        work = work_page(found, _files(found))
    if work is not None:
        headers = {} if work.is_interrupted else {"Refresh": REFRESH_SECONDS}
        return render_template("ledger/work.html", page=work), headers
    if found.step is UploadStep.ASSIGNING:
        choices = [SheetChoice(at, sheet) for at, sheet in enumerate(asked_sheets(found))]
        return render_template("ledger/columns.html", upload=found, choices=choices)
    if found.step is UploadStep.REFUSED:
        return render_template("ledger/refused.html", upload=found)
    page = upload_page(db.session(), found, _files(found), View.of(request.args))
    headers = {"Refresh": REFRESH_SECONDS} if page.is_numbering else {}
    return render_template("ledger/preview.html", page=page), headers


@blueprint.route("/<int:upload_id>/columns", methods=["GET", "POST"])
@needs(Permission.REVIEW)
def assign(upload_id: int) -> ResponseReturnValue:
    """Remember how the columns are read, and check again; or show another sheet's columns."""
    session, found = db.session(), _upload(upload_id)
    if request.method == "GET":  # the address of a page with errors, opened anew
        return redirect(url_for(".show", upload_id=upload_id))
    sent = request.form.to_dict()
    choices = [SheetChoice(at, sheet, sent) for at, sheet in enumerate(asked_sheets(found))]
    is_complete = all(choice.is_shown and not choice.error for choice in choices)
    if sent.get("then") != "save" or not is_complete:
        shows_errors = sent.get("then") == "save"
        page = render_template(
            "ledger/columns.html", upload=found, choices=choices, shows_errors=shows_errors
        )
        return page, 422 if shows_errors else 200
    for choice in choices:
        remember_layout(session, choice.found, choice.layout, now=utc_now())
    begin_step(session, found, UploadStep.CHECKING)
    session.commit()
    return _start_work(found)


@blueprint.post("/<int:upload_id>")
@needs(Permission.REVIEW)
def act(upload_id: int) -> ResponseReturnValue:
    """Store the ticks of the page shown; then show other rows, tick them all, or import."""
    session, found = db.session(), _upload(upload_id)
    view, then = View.of(request.args), request.form.get("then", "")
    if found.step is UploadStep.CHECKED:
        set_ticks(session, found, shown=_positions("shown"), ticked=_positions("tick"))
        if then in {"all", "none"}:
            tick_all(session, found, sheet=view.sheet, is_ticked=then == "all")
    if then == "import" and may_begin(found, row_counts(session, found)):
        begin_step(session, found, UploadStep.IMPORTING)
        session.commit()
        return _start_work(found)
    session.commit()
    if then == "import":
        flash("没有勾选任何一行，或文件里还有要改正的问题，没有导入。", "error")
    if then.startswith("show?"):
        view = View.of(MultiDict(parse_qsl(then.removeprefix("show?"))))
    return redirect(url_for(".show", upload_id=upload_id, **view.query))


def _positions(name: str) -> list[int]:
    """The positions of rows in the form, at most those of one page."""
    sent = request.form.getlist(name, type=bounded_int)[:ROWS_OF_A_PAGE]
    return [position for position in sent if 0 <= position < MOST_ROWS]


@blueprint.post("/<int:upload_id>/again")
@needs(Permission.REVIEW)
def again(upload_id: int) -> ResponseReturnValue:
    """Check once more, or go on with what was interrupted."""
    session, found = db.session(), _upload(upload_id)
    is_import = found.step is UploadStep.IMPORTING
    begin_step(session, found, UploadStep.IMPORTING if is_import else UploadStep.CHECKING)
    session.commit()
    return _start_work(found)


@blueprint.get("/<int:upload_id>/list.xlsx")
@needs(Permission.REVIEW)
def list_file(upload_id: int) -> Response:
    """Problems, warnings and changes, row by row, as a workbook."""
    found = _upload(upload_id)
    rows = stored_preview(db.session(), found)
    return send_workbook(lambda path: write_list(path, rows), f"{_stem(found)}-核对清单.xlsx")


@blueprint.get("/<int:upload_id>/numbered.xlsx")
@needs(Permission.REVIEW)
def numbered(upload_id: int) -> Response:
    """The workbook with the numbers given to new activities."""
    found = _upload(upload_id)
    path = _files(found).numbered
    if not path.is_file():
        raise Missing("带编号的文件已过一天被清掉；可以导出台账，里面有所有编号。")
    response = send_file(path, mimetype=EXCEL)
    response.headers["Content-Disposition"] = attachment(f"{_stem(found)}-带编号.xlsx")
    return response


def _stem(upload: LedgerUpload) -> str:
    return upload.file_name.removesuffix(".xlsx")


@blueprint.post("/layouts/<int:layout_id>/forget")
@needs(Permission.REVIEW)
def forget(layout_id: int) -> ResponseReturnValue:
    """Ask again about the columns of such sheets."""
    session = db.session()
    layout = session.get(LedgerLayout, layout_id)
    if layout is None:
        raise Missing("没有这份列名对照，可能已经去掉了。")
    forget_layout(session, layout)
    session.commit()
    flash(f"下次遇到“{layout.name}”会重新问您每一列是什么。", "success")
    return redirect(url_for(".index"))


@blueprint.get("/template.xlsx")
@needs(Permission.REVIEW)
def template() -> Response:
    """The empty workbook."""
    return send_workbook(write_template, "台账模板.xlsx")


@blueprint.get("/<int:year>/export.xlsx")
@needs(Permission.REVIEW)
def export(year: int) -> Response:
    """A year's records as a workbook that imports back unchanged."""
    session, by = db.session(), signed_in_user()
    return send_workbook(
        lambda path: export_ledger(session, year=year, project=None, path=path, by=by),
        f"{year}年台账.xlsx",
    )

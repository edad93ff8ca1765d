"""Starts the process that works on an upload, so that a worker of the server neither waits nor grows."""

import os
import subprocess
import sys
import threading

from activitylog.ledger.uploads.files import UploadFiles
from activitylog.settings import Settings


def start_process(settings: Settings, files: UploadFiles, upload_id: int) -> None:
    """Start the process, unless one is at work on the upload; it holds the lock until it ends."""
    lock = files.lock_of_work()
    if lock is None:
        return
    given = {
        "ACTIVITYLOG_DATA_DIR": str(settings.data_dir),
        "ACTIVITYLOG_DATABASE_URL": settings.database_url,
        "ACTIVITYLOG_SECRET_KEY": settings.secret_key,
    }
    with lock:
        process = subprocess.Popen(  # noqa: S603
            (sys.executable, "-m", "activitylog", "ledger", "work", str(upload_id)),
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that it is no zombie once it ends

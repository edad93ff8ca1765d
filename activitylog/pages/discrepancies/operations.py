"""Starts `activitylog check` as a process of its own, so that no request waits for it."""

import os
import subprocess
import sys
import threading

from activitylog.core.locks import try_lock_file
from activitylog.errors import Refused
from activitylog.settings import Settings

LOCK = "trail-check.lock"


def start_check(settings: Settings) -> None:
    """Start the check; the process holds the lock until it ends. Refused while one is under way."""
    given = {
        "ACTIVITYLOG_DATA_DIR": str(settings.data_dir),
        "ACTIVITYLOG_DATABASE_URL": settings.database_url,
        "ACTIVITYLOG_SECRET_KEY": settings.secret_key,
        "ACTIVITYLOG_TRAIL_KEY": ",".join(settings.trail_key),
    }
    with (settings.data_dir / LOCK).open("w") as lock:
        if not try_lock_file(lock):
            raise Refused("正在核对，请过一会儿刷新本页看结果。")
        process = subprocess.Popen(
            (sys.executable, "-m", "activitylog", "check"),
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True).start()  # so that it is no zombie once it ends


def is_checking(settings: Settings) -> bool:
    """Whether a check started by the button is under way."""
    path = settings.data_dir / LOCK
    if not path.exists():
        return False
    with path.open("r+") as lock:
        return not try_lock_file(lock)

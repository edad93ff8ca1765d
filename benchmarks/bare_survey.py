"""Minimal Flask endpoints of a survey, the bare limit of the benchmarks.

`/one/…` takes an answer with one INSERT and one commit; `/grouped/…` the same with one commit for all that
wait, one writer at a time among the processes; `/page` is a page of the survey's size, made beforehand.
"""

import fcntl
import os
import sqlite3
import threading
from typing import Any

import psycopg
from flask import Flask, request

URL = os.environ["BARE_DATABASE_URL"]
IS_SQLITE = URL.startswith("sqlite")
FILE = URL.removeprefix("sqlite:///")
TURNS = f"{os.environ['ACTIVITYLOG_DATA_DIR']}/bare.turns"
INSERT = f"INSERT INTO bare_answer VALUES ({', '.join(['?' if IS_SQLITE else '%s'] * 2)})"
PAGE = b"x" * int(os.environ["BARE_PAGE_BYTES"])

app = Flask(__name__)
_of_thread = threading.local()
_changing, _writing = threading.Lock(), threading.Lock()
_waiting: list[tuple[tuple[str, int], threading.Event]] = []


def _connect() -> Any:
    if not IS_SQLITE:
        return psycopg.connect(URL.replace("+psycopg", ""))
    connection = sqlite3.connect(FILE, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def _connection() -> Any:
    if not hasattr(_of_thread, "connection"):
        _of_thread.connection = _connect()
    return _of_thread.connection


def _write(rows: list[tuple[str, int]]) -> None:
    connection = _connection()
    cursor = connection.cursor()
    if IS_SQLITE:
        cursor.execute("BEGIN IMMEDIATE")
    cursor.executemany(INSERT, rows)
    connection.commit()


@app.post("/one/<_token>")
def one(_token: str) -> str:
    _write([(request.form["nonce"], int(request.form["overall"]))])
    return "谢谢"


@app.post("/grouped/<_token>")
def grouped(_token: str) -> str:
    done = threading.Event()
    with _changing:
        _waiting.append(((request.form["nonce"], int(request.form["overall"])), done))
    with _writing:
        if not done.is_set():
            with _changing:
                batch = _waiting[:]
                _waiting.clear()
            with open(TURNS, "ab") as turns:
                fcntl.flock(turns, fcntl.LOCK_EX)
                _write([row for row, _ in batch])
            for _, event in batch:
                event.set()
    return "谢谢"


@app.get("/page")
def page() -> bytes:
    return PAGE

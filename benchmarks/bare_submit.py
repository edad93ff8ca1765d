"""The smallest durable Flask endpoint: parse the form, one INSERT, commit; nothing a product adds."""

import os
import sqlite3
import threading
from typing import Any

import psycopg
from flask import Flask, request

URL = os.environ["BARE_DATABASE_URL"]

app = Flask(__name__)
_of_thread = threading.local()


def _sqlite() -> sqlite3.Connection:
    connection = sqlite3.connect(URL.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def _postgresql() -> psycopg.Connection:
    return psycopg.connect(URL.replace("+psycopg", ""))


def _connection() -> Any:
    if not hasattr(_of_thread, "connection"):
        _of_thread.connection = _sqlite() if URL.startswith("sqlite") else _postgresql()
    return _of_thread.connection


@app.post("/s/<_token>")
def answer(_token: str) -> str:
    values = (request.form["nonce"], int(request.form["overall"]))
    connection = _connection()
    if URL.startswith("sqlite"):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bare_answer VALUES (?, ?)", values)
    else:
        connection.execute("INSERT INTO bare_answer VALUES (%s, %s)", values)
    connection.commit()
    return "谢谢"

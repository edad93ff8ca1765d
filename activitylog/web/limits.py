"""How often somebody may do one thing in a minute: counted in Redis for all processes, else by each alone."""

import logging
import time
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask, current_app

if TYPE_CHECKING:
    from redis import Redis

PATIENCE_SECONDS = 0.5  # that somebody may wait for Redis
RETRY_SECONDS = 30  # before a Redis that was away is asked again
KEPT_SECONDS = 120  # longer than the minute that is counted

_log = logging.getLogger(__name__)


class Limiter:
    """Counts by the minutes of the clock; a Redis that is away slows nobody down."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis = _connect(redis_url) if redis_url else None
        self._ask_again_at = 0.0
        self._counting = Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def allows(self, per_minute: int, *key: str) -> bool:
        """Count one more; whether it is still within the limit. Zero is no limit."""
        return per_minute == 0 or self._count(" ".join(key), int(time.time() // 60)) <= per_minute

    def _count(self, key: str, minute: int) -> int:
        if self._redis is not None and time.monotonic() >= self._ask_again_at:
            try:
                return _count_in(self._redis, f"activitylog {minute} {key}")
            except OSError as error:
                self._ask_again_at = time.monotonic() + RETRY_SECONDS
                _log.warning("limits are counted here for %s s: %s", RETRY_SECONDS, error)
        with self._counting:
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
            self._counts[key] += 1
            return self._counts[key]


def _connect(redis_url: str) -> "Redis":
    from redis import Redis  # noqa: PLC0415  (slow to load, and few installations use it)

    return Redis.from_url(redis_url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)


def _count_in(redis: "Redis", key: str) -> int:
    """Raises OSError when Redis does not answer or does not take it."""
    from redis import RedisError  # noqa: PLC0415

    try:
        with redis.pipeline() as together:
            together.incr(key)
            together.expire(key, KEPT_SECONDS)
            count, _ = together.execute()
    except RedisError as error:
        raise OSError(str(error)) from error
    return int(count)


def register(app: Flask, limiter: Limiter) -> None:
    app.extensions["limits"] = limiter


def limiter() -> Limiter:
    """The limiter of the application that serves this request."""
    found: Limiter = current_app.extensions["limits"]
    return found

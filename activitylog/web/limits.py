"""Rate limits per minute, counted in Redis if configured, else in the memory of each process."""

import logging
import time
from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter

if TYPE_CHECKING:
    from redis import Redis

PATIENCE_SECONDS = 0.5  # that somebody may wait for Redis
RETRY_SECONDS = 30  # before a Redis that was away is asked again
SWEEP_SECONDS = 60  # between two removals of expired counts
PREFIX = "activitylog"  # of our keys in Redis

_log = logging.getLogger(__name__)


class CountsInMemory(MemoryStorage):
    """The library's counts in memory, without a thread of their own.

    The library starts one, up to a hundred times a second, to forget expired counts: 30 of 345 µs of CPU of
    a survey's answer in a full hall. Here they are forgotten once in SWEEP_SECONDS.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counting = Lock()
        self._sweep_at = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more; the count, which expires `expiry` seconds after its first."""
        now = time.time()
        with self._counting:
            if now >= self._sweep_at:
                self._sweep_at = now + SWEEP_SECONDS
                for expired in [each for each, until in self.expirations.items() if until <= now]:
                    self.clear(expired)
            count = self.get(key) + amount
            self.storage[key] = count
            if count == amount:
                self.expirations[key] = now + expiry
            return count


class Limiter:
    """Counts in Redis for all processes; while that is away each counts for itself and nobody waits."""

    def __init__(self, redis_url: str = "") -> None:
        self._here = FixedWindowRateLimiter(CountsInMemory())
        self._shared = FixedWindowRateLimiter(_redis_storage(redis_url)) if redis_url else None
        self._retry_at = 0.0

    def allows(self, per_minute: int, *key: str) -> bool:
        """Count one more request; returns whether it is within the limit. Zero means no limit."""
        if per_minute == 0:
            return True
        limit = RateLimitItemPerMinute(per_minute, namespace=PREFIX)
        if self._shared is not None and time.monotonic() >= self._retry_at:
            try:
                return self._shared.hit(limit, *key)
            except StorageError as error:
                self._retry_at = time.monotonic() + RETRY_SECONDS
                _log.warning("limits are counted here for %s s: %s", RETRY_SECONDS, error)
        return self._here.hit(limit, *key)


def _redis_storage(redis_url: str) -> Storage:
    from limits.storage import RedisStorage  # noqa: PLC0415  (slow to load, and rarely configured)

    class PlainRedis(RedisStorage):
        """Counts by two plain commands: the library's own storage needs a Redis that runs scripts."""

        def incr(self, key: str, expiry: float, amount: int = 1) -> int:
            name = self.prefixed_key(key)
            with cast("Redis", self.get_connection()).pipeline() as together:
                together.set(name, 0, ex=int(expiry), nx=True)
                together.incrby(name, amount)
                return int(together.execute()[1])

    return PlainRedis(
        redis_url,
        wrap_exceptions=True,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )


def register(app: Flask, limiter: Limiter) -> None:
    app.extensions["limits"] = limiter


def limiter() -> Limiter:
    """The limiter of the application that serves this request."""
    found: Limiter = current_app.extensions["limits"]
    return found

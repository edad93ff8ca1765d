"""Rate limits: shared through Redis, or counted per process without it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import time_machine
from fakeredis import TcpFakeServer
from redis import Redis

from activitylog.web.limits import Limiter

NOON = datetime(2024, 6, 12, 4, tzinfo=UTC)


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis as clients see it."""
    server = TcpFakeServer(("127.0.0.1", 0))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_what_is_past_the_limit_is_refused_until_the_minute_is_over(at_noon: time_machine.Traveller) -> None:
    limiter = Limiter()
    assert [limiter.allows(2, "sign in", "10.0.0.1") for _ in range(3)] == [True, True, False]
    at_noon.shift(timedelta(minutes=1))
    assert limiter.allows(2, "sign in", "10.0.0.1")


def test_each_key_has_a_limit_of_its_own(at_noon: time_machine.Traveller) -> None:
    limiter = Limiter()
    assert limiter.allows(1, "survey", "10.0.0.1", "a")
    assert limiter.allows(1, "survey", "10.0.0.1", "b")
    assert not limiter.allows(1, "survey", "10.0.0.1", "a")


def test_no_limit_lets_everybody_through(at_noon: time_machine.Traveller) -> None:
    limiter = Limiter()
    assert all(limiter.allows(0, "survey", "10.0.0.1") for _ in range(100))


def test_processes_with_one_redis_share_their_counts(redis_url: str, at_noon: time_machine.Traveller) -> None:
    first, second = Limiter(redis_url), Limiter(redis_url)
    assert [each.allows(2, "sign in", "10.0.0.1") for each in (first, second, first)] == [True, True, False]


def test_counts_in_redis_do_not_stay_there(redis_url: str) -> None:
    limiter = Limiter(redis_url)
    limiter.allows(2, "sign in", "10.0.0.1")
    limiter.allows(2, "sign in", "10.0.0.1")
    with Redis.from_url(redis_url) as redis:
        (key,) = redis.keys()
        assert 0 < redis.ttl(key) <= 60


def test_a_redis_that_goes_away_leaves_each_counting_alone(at_noon: time_machine.Traveller) -> None:
    limiter = Limiter("redis://127.0.0.1:1/0")
    assert [limiter.allows(2, "sign in", "10.0.0.1") for _ in range(3)] == [True, True, False]

"""Redis: whether it is there and throws nothing away."""

import time
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bots.doctor.findings import Finding, ok, problem, warning

AREA = "redis"
TIMEOUT_SECONDS = 4.0
SLOW_MS = 50.0
FULL = 0.9


async def look(url: str) -> list[Finding]:
    client = redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
        protocol=2,
    )
    try:
        await client.ping()
        begun = time.perf_counter()
        await client.ping()
        took = (time.perf_counter() - begun) * 1_000
        about = await client.info()
    except (RedisError, OSError, TimeoutError) as error:
        return [
            problem(
                AREA,
                f"Redis cannot be used ({type(error).__name__}).",
                "Start it, or correct REDIS_URL: redis://:password@host:6379/0, rediss:// for TLS.",
            )
        ]
    finally:
        await client.aclose()
    return [_speed(str(about.get("redis_version", "")), took), *_memory(about), *_disk(about)]


def _speed(version: str, took: float) -> Finding:
    said = f"Redis {version} answers in {took:.1f} ms."
    return ok(AREA, said) if took <= SLOW_MS else warning(AREA, said, "Bring it nearer to Easel.")


def _memory(about: dict[str, Any]) -> list[Finding]:
    """https://redis.io/docs/latest/develop/reference/eviction/"""
    policy, most = str(about.get("maxmemory_policy", "")), int(about.get("maxmemory", 0))
    found = []
    if policy and policy != "noeviction":
        found.append(
            problem(
                AREA,
                f"It throws keys away when it is full (maxmemory-policy {policy}).",
                "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.",
            )
        )
    if most and int(about.get("used_memory", 0)) > most * FULL:
        found.append(warning(AREA, f"More than {FULL:.0%} of its memory are used.", "Give it more (maxmemory)."))
    return found or [ok(AREA, "It throws nothing away.")]


def _disk(about: dict[str, Any]) -> list[Finding]:
    """Easel needs nothing of Redis after a restart; but one that fails to save refuses writes."""
    if about.get("rdb_last_bgsave_status", "ok") != "ok" or about.get("aof_last_write_status", "ok") != "ok":
        return [
            warning(
                AREA,
                "It cannot save to its disk, and then refuses writes.",
                "Make room there, or switch persistence off: Easel does not need it.",
            )
        ]
    return []

"""MongoDB: whether it is there, new enough, and acknowledges a write only when a majority has it on disk."""

import time
from typing import Any

from pymongo import AsyncMongoClient, WriteConcern
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

from bots.doctor.findings import Finding, ok, problem, warning
from core.stores.mongo.database import DEFAULT_NAME, OLDEST, explain

AREA = "database"
TIMEOUT_MS = 5_000
SLOW_MS = 100.0
DURABLE = WriteConcern("majority", j=True)


async def look(url: str) -> list[Finding]:
    try:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            url,
            appname="easel-doctor",
            timeoutMS=TIMEOUT_MS,
            serverSelectionTimeoutMS=TIMEOUT_MS,
            connectTimeoutMS=TIMEOUT_MS,
        )
    except (ConfigurationError, InvalidURI, ValueError, TypeError):
        return [
            problem(
                AREA,
                "DATABASE_URL is not a MongoDB address that can be used.",
                "Write mongodb://user:password@host:27017/easel, with special characters as %-codes.",
            )
        ]
    try:
        return await _examined(client)
    except PyMongoError as error:
        return [
            problem(
                AREA, explain(error).detail, "Start the server, or correct host, user and TLS options in DATABASE_URL."
            )
        ]
    finally:
        await client.close()


async def _examined(client: AsyncMongoClient[dict[str, Any]]) -> list[Finding]:
    build = await client.admin.command("buildInfo")
    version = build["version"]
    if tuple(build["versionArray"][:2]) < OLDEST:
        needed = ".".join(map(str, OLDEST))
        return [problem(AREA, f"The server is MongoDB {version}.", f"Upgrade it: Easel needs {needed} or newer.")]
    return [
        ok(AREA, f"MongoDB {version} answers."),
        *_kind(await client.admin.command("hello")),
        await _durable(client),
    ]


def _kind(hello: dict[str, Any]) -> list[Finding]:
    """https://www.mongodb.com/docs/manual/reference/command/hello/"""
    if hello.get("msg") == "isdbgrid":
        return []
    if not hello.get("setName"):
        return [
            warning(
                AREA,
                "The server is no replica set: with its disk everything is lost.",
                "Use a replica set of three, or make backups often.",
            )
        ]
    if hello.get("arbiters"):
        return [
            warning(
                AREA,
                "The replica set has an arbiter: while one of the others is away, no write is safe.",
                "Make it a member that keeps data.",
            )
        ]
    return []


async def _durable(client: AsyncMongoClient[dict[str, Any]]) -> Finding:
    """Deletes what is not there, which is acknowledged like every other write."""
    meta = client.get_default_database(DEFAULT_NAME).get_collection("meta", write_concern=DURABLE)
    begun = time.perf_counter()
    try:
        await meta.delete_one({"_id": "easel doctor"})
    except PyMongoError as error:
        return problem(
            AREA,
            f"A write with w=majority and j=true is not acknowledged: {explain(error).detail}",
            "Give the user the role readWrite, switch journaling on, and see that a majority is up.",
        )
    took = (time.perf_counter() - begun) * 1_000
    said = f"A write with w=majority and j=true is acknowledged in {took:.1f} ms."
    if took > SLOW_MS:
        return warning(
            AREA, said, "Bring the database nearer, or give it faster disks: each request writes some times."
        )
    return ok(AREA, said)

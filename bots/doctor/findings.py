"""What the doctor found: one line each, with how to mend it, and how all areas are looked at in limited time."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Literal

from bots.doctor.asking import Unanswered
from core.errors import EaselError, StoreError

MEND = "Mend that, and run easel doctor again."
Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is a fact, `fix` what to do about it; nothing has to be done where all is well."""

    area: str
    level: Level
    what: str
    fix: str = ""


def ok(area: str, what: str) -> Finding:
    return Finding(area, "ok", what)


def warning(area: str, what: str, fix: str) -> Finding:
    return Finding(area, "warning", what, fix)


def problem(area: str, what: str, fix: str) -> Finding:
    return Finding(area, "problem", what, fix)


async def all_of(looks: Mapping[str, Awaitable[list[Finding]]], limit: float) -> list[Finding]:
    """What each area found, in their order; an area that takes longer than `limit` seconds says so instead."""
    found = await asyncio.gather(*(_limited(area, look, limit) for area, look in looks.items()))
    return [finding for findings in found for finding in findings]


async def _limited(area: str, look: Awaitable[list[Finding]], limit: float) -> list[Finding]:
    try:
        async with asyncio.timeout(limit):
            return await look
    except TimeoutError:
        return [problem(area, f"Nothing was heard for {limit:g} s.", "See whether that server is up and reachable.")]
    except EaselError as error:
        fix = "Look at this machine's network, name service and firewall." if isinstance(error, Unanswered) else MEND
        told = error.detail if isinstance(error, StoreError) else error.message
        return [problem(area, told, fix)]
    except Exception as error:  # one area that breaks must not cost the others' findings
        return [problem(area, f"This could not be checked ({type(error).__name__}).", "Please report that.")]

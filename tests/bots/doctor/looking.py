"""Let the doctor look at one area, and read what was found."""

from collections.abc import Awaitable, Callable, Sequence

from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, Level
from core.settings import Settings

Look = Callable[[Settings, Asking], Awaitable[list[Finding]]]


async def found_by(look: Look, settings: Settings) -> list[Finding]:
    async with Asking(10) as asking:
        return await look(settings, asking)


def levels(found: Sequence[Finding]) -> set[Level]:
    return {each.level for each in found}


def bad(found: Sequence[Finding]) -> list[str]:
    """What is wrong, each with how to mend it."""
    assert all(each.fix for each in found if each.level != "ok")
    return [f"{each.what} {each.fix}" for each in found if each.level != "ok"]

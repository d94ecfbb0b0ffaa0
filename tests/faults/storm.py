"""One of several processes that ask for pictures on one account at once. Prints how many were accepted."""

import asyncio
import sys
from collections import Counter
from pathlib import Path

from core.accounts.model import Identity
from core.errors import EaselError
from tests.support import imagine, opened, settings_in


async def main(folder: Path, name: str, requests: int, signup: int) -> None:
    settings = settings_in(
        folder, signup_credits=signup, max_jobs_in_flight=10_000, rate_limit_per_day="10000", database_url=""
    )
    async with opened(settings) as app:
        outcomes = await asyncio.gather(
            *(app.requests.submit(imagine(f"{name}-{n}", Identity("playground", "alice"))) for n in range(requests)),
            return_exceptions=True,
        )
    print(Counter(o.code if isinstance(o, EaselError) else type(o).__name__ for o in outcomes))
    print(sum(not isinstance(o, BaseException) for o in outcomes))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))

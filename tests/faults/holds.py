"""One of several processes that spend from one account at once. For each account named on its input it starts many
tasks that want to hold one credit, and prints how many got one."""

import asyncio
import sys

from core.clock import HOUR
from core.credits.ledger import Ledger
from core.credits.operations import PlaceHold
from core.errors import InsufficientCredits
from core.stores.opening import open_stores


async def main(url: str, name: str, tasks: int) -> None:
    async with open_stores(url) as (stores, clock):
        ledger = Ledger(stores.ledger, clock)
        print("ready", flush=True)
        while account := (await asyncio.to_thread(sys.stdin.readline)).strip():
            until = clock.now() + HOUR
            holds = [PlaceHold(account, f"{account}-{name}-{task}", 1, until, 100_000) for task in range(tasks)]
            outcomes = await asyncio.gather(*(ledger.execute(hold) for hold in holds), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException) and not isinstance(outcome, InsufficientCredits):
                    raise outcome
            print(sum(not isinstance(outcome, BaseException) for outcome in outcomes), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

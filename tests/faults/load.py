"""A process under load that will be killed: it asks for pictures without end and works them off meanwhile.

Each line it prints is one promise made to a person: `accepted <job id>`.
"""

import asyncio
import itertools
import secrets
import sys
from pathlib import Path

from core.accounts.model import Identity
from core.app import App
from core.errors import Refusal
from core.requests import Accepted
from tests.support import chat, imagine, opened, settings_in

PEOPLE = [Identity("playground", name) for name in ("ann", "ben", "cem", "dee")]


async def ask_without_end(app: App, person: Identity) -> None:
    for number in itertools.count():
        request_id = f"{person.user}-{secrets.token_hex(6)}"
        wish = (
            chat(request_id, person, request_id)
            if number % 3 == 2
            else imagine(request_id, person, count=1 + number % 3)
        )
        try:
            outcome = await app.requests.submit(wish)
        except Refusal:
            await asyncio.sleep(0.02)
        else:
            assert isinstance(outcome, Accepted)
            print("accepted", outcome.job.id, flush=True)


async def main(folder: Path) -> None:
    settings = settings_in(
        folder, signup_credits=1_000_000, max_jobs_in_flight=3, rate_limit_per_day="1000000", demo_seconds=0.05
    )
    async with opened(settings) as app, asyncio.TaskGroup() as group:
        group.create_task(app.runner.run())
        group.create_task(app.sweeper.run())
        for person in PEOPLE:
            group.create_task(ask_without_end(app, person))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

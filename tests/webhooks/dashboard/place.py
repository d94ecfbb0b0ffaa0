"""A place where people have been for some weeks: who asked for what, bought what, and what it cost. Always the same."""

from random import Random

from core.accounts.model import Identity
from core.admin.journal import PURCHASE
from core.admin.model import Doc
from core.app import App
from core.clock import DAY, HOUR, Millis
from core.credits.model import Origin
from core.credits.operations import Adjust, Grant
from core.jobs.attempts import Tokens
from core.observe.model import CallCost, Indicators, Status, Usage
from tests.support import ManualClock

PLATFORMS = ("discord", "slack", "telegram", "playground")
MODELS = {"replicate": ("flux-schnell", "image"), "gemini": ("gemini-flash", "chat"), "openai": ("gpt-image", "image")}


async def lived_in(app: App, clock: ManualClock, days: int = 30, people: int = 12) -> None:
    """Move the clock to so many days later, and let something happen on each of them."""
    dice = Random(7)
    accounts: list[str] = []
    for day in range(days):
        for _ in range(-(-people // days) if day < people else 0):
            identity = Identity(PLATFORMS[len(accounts) % 4], f"person-{len(accounts)}")
            accounts.append((await app.accounts.for_identity(identity)).id)
        if day % 3 == 0:
            await _bought(app, dice.choice(accounts), day)
        for number in range(dice.randint(2, 4 + day // 4)):
            await _asked(app, dice, dice.choice(accounts), f"d{day}r{number}", clock.now() + number)
        clock.move(DAY)


async def _bought(app: App, account: str, day: int) -> None:
    op = f"pay:{day}"
    await app.ledger.execute(Grant(account, op, 500, Origin.PAID, ref="pack small"))
    data: Doc = {"amount": 499, "currency": "USD", "credits": 500}
    await app.events.happened(PURCHASE, account, data, id=op)


async def _asked(app: App, dice: Random, account: str, name: str, at: Millis) -> None:
    provider = dice.choice(list(MODELS))
    model, operation = MODELS[provider]
    status: Status = dice.choices(("done", "refused", "failed", "cancelled"), (90, 5, 3, 2))[0]
    is_done = status == "done"
    ai_ms = dice.lognormvariate(7.2 if operation == "image" else 6.2, 0.7)
    call = CallCost(
        provider=provider, model=model, outcome="done" if is_done else "refused" if status == "refused" else "fatal",
        tokens=Tokens(input=dice.randint(20, 900), output=dice.randint(50, 700)),
        pictures=int(operation == "image" and is_done), cost=dice.randint(2_000_000, 40_000_000) if is_done else 0,
    )  # fmt: skip
    usage = Usage(
        request_id=name, account=account, platform="discord", operation=operation, model=model,
        model_used=model if is_done else "none", at=at - at % HOUR, credits=10 if is_done else 0,
        pictures=call.pictures, calls=(call,), earned=99_800_000 if is_done else 0,
        indicators=Indicators(
            total_ms=ai_ms + 60, db_ms=4, credit_ms=7, ai_ms=ai_ms, status=status,
            provider_used=provider if is_done else None, fallback_used=dice.random() < 0.04,
            cached=operation == "chat" and dice.random() < 0.2,
        ),
    )  # fmt: skip
    await app.stores.usage.record(usage)
    if is_done:
        await app.ledger.execute(Adjust(account, f"spent:{name}", -1, ref="a picture"))

"""The home tab: what somebody has, what they can do, their latest pictures, and how the workspace is set up."""

from collections.abc import Sequence
from typing import Any

from bots import server_texts, texts
from bots.slack import sentences
from bots.slack.blocks import ALT, settings, written
from bots.slack.places import PLATFORM, Place, Posted
from core.accounts.model import Account
from core.app import App
from core.clock import iso
from core.jobs.model import Job

PREFIX = "home."
RECENT = 5
LOOKED_AT = 30
_BUTTONS = (("draw", "Draw a picture"), ("buy", "Buy credits"), ("daily", "Free credits"), ("history", "History"),
            ("help", "Help"))  # fmt: skip


async def home(app: App, account: Account, team: str, *, pictures: bool = True) -> dict[str, Any]:
    """The view of one person in one workspace. Raises StoreError."""
    have = await app.ledger.balance(account.id)
    left = await app.limits.left(account.id, await app.requests.per_day(account))
    balance = texts.balance(have.available, have.held, have.debt, left.remaining, left.limit, left.resets_at)
    rules = server_texts.server_settings(
        await app.servers.get(f"{PLATFORM}:{team}"), app.catalogue.chat.persona, PLATFORM
    )
    family = await app.stores.accounts.family(account.id)
    recent = recent_of(await app.stores.jobs.history(family, LOOKED_AT), team) if pictures else []
    blocks = [
        _header("Your credits"), *written(balance), _buttons(), {"type": "divider"},
        _header("Your latest pictures"), *(recent or written(sentences.SLACK_NO_RECENT)), {"type": "divider"},
        _header("This workspace"), *settings(rules).blocks,
    ]  # fmt: skip
    return {"type": "home", "blocks": blocks}


def recent_of(jobs: Sequence[Job], team: str) -> list[dict[str, Any]]:
    """Pictures that are files of this workspace; those of other platforms are not known to Slack."""
    blocks: list[dict[str, Any]] = []
    for job in jobs:
        posted = Posted.parse(job.message_id)
        is_here = job.reply_to.platform == PLATFORM and Place.of(job.reply_to).team == team
        if posted is None or not posted.files or not is_here:
            continue
        words = f"{iso(job.created_at)[:10]} · {job.spec.prompt}"
        blocks.append(
            _image(posted.files[0], texts.alt_text(job.spec.prompt, job.result is not None and job.result.demo), words)
        )
    return blocks[:RECENT]


def _image(file: str, alt: str, title: str) -> dict[str, Any]:
    return {
        "type": "image", "slack_file": {"id": file}, "alt_text": alt[:ALT],
        "title": {"type": "plain_text", "text": title[:200], "emoji": False},
    }  # fmt: skip


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def _buttons() -> dict[str, Any]:
    elements = [
        {"type": "button", "action_id": f"{PREFIX}{name}", "text": {"type": "plain_text", "text": label}}
        for name, label in _BUTTONS
    ]
    elements[0]["style"] = "primary"
    return {"type": "actions", "elements": elements}

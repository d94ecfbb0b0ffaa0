"""Our own messages of a job, found again by their metadata: after a crash, or to take all of them away."""

from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import placeholders
from core.clock import MINUTE
from core.jobs.model import Job

LOOKED_AT = 100
PAGES = 3
"""https://docs.slack.dev/reference/methods/conversations.replies: one page for each call. What we post for a job we
post at once, so it is near the beginning."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A message, and what its metadata says: `part` counts from 1, `state` is `done` when it shows all of it."""

    ts: str
    noted: dict[str, str]

    @property
    def part(self) -> str:
        return self.noted.get("part") or "1"


async def traces(client: AsyncWebClient, job: Job, channel: str, root: str) -> list[Trace]:
    """Those in a thread, oldest first, or without a `root` those in the channel itself. Raises Trouble."""
    seen: dict[str, Any] = {
        "channel": channel, "limit": LOOKED_AT, "oldest": f"{(job.created_at - MINUTE) // 1000}.000000",
        "include_all_metadata": True,
    }  # fmt: skip
    found: list[Trace] = []
    for _ in range(PAGES):
        page = await (client.conversations_replies(ts=root, **seen) if root else client.conversations_history(**seen))
        for message in page.get("messages") or []:
            if (noted := placeholders.noted(message, job.id)) is not None:
                found.append(Trace(str(message["ts"]), noted))
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor or not root:  # a channel is read from its end
            break
        seen["cursor"] = cursor
    return sorted(found, key=lambda trace: trace.ts)

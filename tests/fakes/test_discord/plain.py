"""Bodies as a bot without a library would write them."""

from typing import Any

import httpx

from tests.fakes.discord import DiscordFake, Guild, Interaction, MessageFlag

V2 = int(MessageFlag.COMPONENTS_V2)
IMAGINE = {
    "name": "imagine",
    "description": "Draw",
    "options": [{"type": 3, "name": "prompt", "description": "What", "required": True, "max_length": 100}],
}


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(custom_id: str = "x") -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id}


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def select(options: int) -> dict[str, Any]:
    every = [{"label": str(number), "value": str(number)} for number in range(options)]
    return {"type": 3, "custom_id": "s", "options": every}


def gallery(name: str) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}}]}


async def asked(fake: DiscordFake, api: httpx.AsyncClient, guild: Guild | None = None) -> Interaction:
    await api.put(f"/applications/{fake.world.application}/commands", json=[IMAGINE])
    return fake.command("imagine", {"prompt": "a fox"}, user=fake.user("alice"), guild=guild)

"""What is offered while somebody types: models with their prices, and the latest requests."""

from collections.abc import Callable, Coroutine
from typing import Any

import discord
from discord import app_commands

from bots.commands import Command, Option
from bots.discord import sentences
from bots.discord.asking import of_interaction
from bots.discord.desk import Desk
from bots.discord.markdown import shortened
from bots.house import RULED
from bots.server_answers import ALL, EVERYONE, HERE, NOBODY_SAYS, NONE, NOT, OFF, ON
from core.clock import iso
from core.errors import EaselError
from core.jobs.model import Job
from core.servers import ADMINS

MOST = 25
"""https://docs.discord.com/developers/interactions/application-commands#autocomplete"""
LONGEST = 100
LATEST_LOOKED_AT = 50
Choices = list[app_commands.Choice[str]]
Completion = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, Choices]]


def completion_of(desk: Desk, command: Command, option: Option) -> Completion | None:
    """What completes this option; None when it is free text, or short enough to be a fixed list of choices."""
    if option.name == "model":
        return _models(desk, option)
    if option.name == "request":
        return _requests(desk, command)
    if command.name == "server" and option.name == "value":
        return _server_values(desk)
    if option.name == "command":
        return _of_list([one.name for one in desk.service.commands])
    if option.type == "choice" and len(option.choices) > MOST:
        return _of_list(list(option.choices))
    return None


def _of_list(names: list[str]) -> Completion:
    async def complete(interaction: discord.Interaction[Any], current: str) -> Choices:
        return _offered({name: name for name in names}, current)

    return complete


def _models(desk: Desk, option: Option) -> Completion:
    async def complete(interaction: discord.Interaction[Any], current: str) -> Choices:
        models = [model for model in desk.app.catalogue.models if model.name in option.choices]
        return _offered(
            {model.name: sentences.discord_model(model.name, model.price, model.summary) for model in models}, current
        )

    return complete


def _server_values(desk: Desk) -> Completion:
    """What the setting that was chosen before can be."""
    catalogue = desk.app.catalogue
    known: dict[str, list[str]] = {
        "channels": [HERE, f"{NOT} {HERE}", ALL],
        "who": [f"{name} {who}" for name in RULED for who in (EVERYONE, ADMINS)],
        "daily": ["10", "50", NONE],
        "model": [*(model.name for model in catalogue.of_kind("image") if model.draw), NOBODY_SAYS],
        "style": [*catalogue.styles, NOBODY_SAYS],
        "persona": [*catalogue.personas, NOBODY_SAYS],
        "private": [ON, OFF],
    }

    async def complete(interaction: discord.Interaction[Any], current: str) -> Choices:
        values = known.get(str(interaction.namespace.setting or ""), [])
        return _offered({value: value for value in values}, current)

    return complete


def _requests(desk: Desk, command: Command) -> Completion:
    """A person's latest requests that this command can do something with."""

    async def complete(interaction: discord.Interaction[Any], current: str) -> Choices:
        try:
            account = await desk.app.accounts.for_identity(of_interaction(interaction).identity)
            family = await desk.app.stores.accounts.family(account.id)
            jobs = await desk.app.stores.jobs.history(family, LATEST_LOOKED_AT)
        except EaselError:
            return []
        return _offered({job.id: _line(job) for job in jobs if _fits(command, job)}, current)

    return complete


def _fits(command: Command, job: Job) -> bool:
    match command.name:
        case "cancel":
            return job.is_open
        case "recover":
            return not job.is_open and job.result is not None
    return job.result is not None and bool(job.result.pictures)


def _line(job: Job) -> str:
    when = iso(job.created_at)[5:16].replace("T", " ")
    return f"{when} · {' '.join(job.spec.prompt.split())}"


def _offered(labels: dict[str, str], current: str) -> Choices:
    """Those that contain what is typed so far, those that begin with it first."""
    typed = current.strip().lower()
    fitting = [(value, label) for value, label in labels.items() if typed in value.lower() or typed in label.lower()]
    fitting.sort(key=lambda pair: not pair[0].lower().startswith(typed))
    return [app_commands.Choice(name=shortened(label, LONGEST), value=value) for value, label in fitting[:MOST]]

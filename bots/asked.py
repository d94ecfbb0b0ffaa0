"""A command that is answered at once, as its answer is given it."""

from dataclasses import dataclass

from bots.commands import Command
from bots.incoming import Incoming
from bots.parse import Invocation
from core.accounts.model import Account
from core.app import App


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what."""

    app: App
    commands: tuple[Command, ...]
    account: Account
    message: Incoming
    invocation: Invocation

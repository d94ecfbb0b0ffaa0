"""What every action of an admin consists of, so that all of them are done once, and all of them are written down."""

from typing import Protocol

from core.admin.intents import Intent
from core.admin.model import Actor, Doc


class Deed(Protocol):
    """One action."""

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """How its target is. Raises Refusal when this cannot be done, or not by this actor; nothing is done then."""

    async def act(self, intent: Intent) -> Doc:
        """Do it, and say how its target is now. It may be called again with the same intent: the effect is one.

        Raises Refusal or LedgerError when it cannot be done, and never will; anything else may pass.
        """

    async def tell(self, intent: Intent, after: Doc) -> None:
        """Tell whom it concerns. Raises nothing."""

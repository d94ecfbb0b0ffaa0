"""Each action of an admin by a method of its own, which says what it takes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from pydantic import JsonValue

from core.accounts.model import Role
from core.admin.announcing import EVERYBODY
from core.admin.house import HOUSE
from core.admin.model import Actor, Audited
from core.text import clean


class Actions(ABC):
    """`request` is the id of the request for an action: the same id again is the same action. Raises Refusal, and:

    StoreError, or another error that may pass: it is not known whether it was done, and the scheduler finds out.
    """

    @abstractmethod
    async def perform(
        self, actor: Actor, action: str, request: str, target: str, args: Mapping[str, JsonValue], why: str = ""
    ) -> Audited:
        """Any action by its name, as the methods below do it. Raises KeyError for one that there is not."""

    # --- credits and money -------------------------------------------------------------------------------------

    async def grant(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Give credits. They do not expire."""
        return await self.perform(actor, "grant", request, account, {"credits": credits}, why)

    async def revoke(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Take credits. Raises ActionRefused when there are fewer: it says how many there are."""
        return await self.perform(actor, "revoke", request, account, {"credits": credits}, why)

    async def refund(
        self, actor: Actor, request: str, order: str, payment: str | None = None, amount: int | None = None,
        why: str = "",
    ) -> Audited:  # fmt: skip
        """Pay money back, and take its credits. `amount` in minor units, None: what is left.

        Raises NotFound, BadOption, ActionRefused, or GatewayError: it goes on by itself for an hour.
        """
        return await self.perform(
            actor, "refund", request, order, {"payment": payment or "", "amount": amount}, why
        )  # fmt: skip

    # --- people ------------------------------------------------------------------------------------------------

    async def role(self, actor: Actor, request: str, account: str, role: Role, why: str = "") -> Audited:
        return await self.perform(actor, "role", request, account, {"role": role.label}, why)

    async def suspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        """`why` is what they are told."""
        return await self.perform(actor, "suspend", request, account, {}, why)

    async def unsuspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        return await self.perform(actor, "unsuspend", request, account, {}, why)

    # --- requests of people ------------------------------------------------------------------------------------

    async def retry(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        """Have made what failed, or shown what was not shown."""
        return await self.perform(actor, "retry", request, job, {}, why)

    async def cancel(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        return await self.perform(actor, "cancel", request, job, {}, why)

    # --- the house ---------------------------------------------------------------------------------------------

    async def price(self, actor: Actor, request: str, model: str, credits: int | None, why: str = "") -> Audited:
        """Another price of a model; None: as easel.toml says."""
        return await self.perform(actor, "price", request, model, {"credits": credits}, why)

    async def model(self, actor: Actor, request: str, name: str, *, enabled: bool, why: str = "") -> Audited:
        return await self.perform(actor, "model", request, name, {"enabled": enabled}, why)

    async def limit(self, actor: Actor, request: str, role: Role, per_day: int | None, why: str = "") -> Audited:
        """Another number of requests a day for a role; None: as the settings say."""
        return await self.perform(actor, "limit", request, role.label, {"per_day": per_day}, why)

    async def pause(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Let nothing be made until `resume`. `why` is what people are told."""
        return await self.perform(actor, "pause", request, HOUSE, {}, why)

    async def resume(self, actor: Actor, request: str, why: str = "") -> Audited:
        return await self.perform(actor, "resume", request, HOUSE, {}, why)

    async def announce(self, actor: Actor, request: str, text: str, why: str = "") -> Audited:
        """Begin to tell everybody. `core.admin.announcing` says how far it is."""
        return await self.perform(actor, "announce", request, EVERYBODY, {"text": clean(text)}, why)

    async def silence(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Stop the announcement that is under way."""
        return await self.perform(actor, "silence", request, EVERYBODY, {}, why)

"""Each action of an admin by a method that says what it takes, so that tests need not spell out `Admin.perform`."""

from core.accounts.model import Role
from core.admin.announcing import EVERYBODY
from core.admin.house import HOUSE
from core.admin.model import Actor, Audited
from core.admin.service import Admin
from core.app import App
from core.text import clean


class Acts:
    """`request` is the id of the request for an action: the same id again is the same action."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin

    async def grant(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Give credits. They do not expire."""
        return await self._admin.perform(actor, "grant", request, account, {"credits": credits}, why)

    async def revoke(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Take credits. Raises ActionRefused when there are fewer: it says how many there are."""
        return await self._admin.perform(actor, "revoke", request, account, {"credits": credits}, why)

    async def refund(
        self, actor: Actor, request: str, order: str, payment: str | None = None, amount: int | None = None,
        why: str = "",
    ) -> Audited:  # fmt: skip
        """Pay money back, and take its credits. `amount` in minor units, None: what is left.

        Raises NotFound, BadOption, ActionRefused, or GatewayError: it goes on by itself for an hour.
        """
        return await self._admin.perform(
            actor, "refund", request, order, {"payment": payment or "", "amount": amount}, why
        )  # fmt: skip

    # --- people ------------------------------------------------------------------------------------------------

    async def role(self, actor: Actor, request: str, account: str, role: Role, why: str = "") -> Audited:
        return await self._admin.perform(actor, "role", request, account, {"role": role.label}, why)

    async def suspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        """`why` is what they are told."""
        return await self._admin.perform(actor, "suspend", request, account, {}, why)

    async def unsuspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        return await self._admin.perform(actor, "unsuspend", request, account, {}, why)

    # --- requests of people ------------------------------------------------------------------------------------

    async def retry(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        """Have made what failed, or shown what was not shown."""
        return await self._admin.perform(actor, "retry", request, job, {}, why)

    async def cancel(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        return await self._admin.perform(actor, "cancel", request, job, {}, why)

    # --- the house ---------------------------------------------------------------------------------------------

    async def price(self, actor: Actor, request: str, model: str, credits: int | None, why: str = "") -> Audited:
        """Another price of a model; None: as easel.toml says."""
        return await self._admin.perform(actor, "price", request, model, {"credits": credits}, why)

    async def model(self, actor: Actor, request: str, name: str, *, enabled: bool, why: str = "") -> Audited:
        return await self._admin.perform(actor, "model", request, name, {"enabled": enabled}, why)

    async def limit(self, actor: Actor, request: str, role: Role, per_day: int | None, why: str = "") -> Audited:
        """Another number of requests a day for a role; None: as the settings say."""
        return await self._admin.perform(actor, "limit", request, role.label, {"per_day": per_day}, why)

    async def pause(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Let nothing be made until `resume`. `why` is what people are told."""
        return await self._admin.perform(actor, "pause", request, HOUSE, {}, why)

    async def resume(self, actor: Actor, request: str, why: str = "") -> Audited:
        return await self._admin.perform(actor, "resume", request, HOUSE, {}, why)

    async def announce(self, actor: Actor, request: str, text: str, why: str = "") -> Audited:
        """Begin to tell everybody. `core.admin.announcing` says how far it is."""
        return await self._admin.perform(actor, "announce", request, EVERYBODY, {"text": clean(text)}, why)

    async def silence(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Stop the announcement that is under way."""
        return await self._admin.perform(actor, "silence", request, EVERYBODY, {}, why)


def acts(app: App) -> Acts:
    """What an admin may do in this core."""
    return Acts(app.admin)

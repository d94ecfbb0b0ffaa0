"""What is kept of invitations: small documents that name accounts only, and go when an account is deleted.

That a purchase was worth a reward stays as the purchase does: its money may still go back, and then the reward does.

`invites:{account}` has the account's code, `invite:{code}` whose it is, `invited:{account}` who invited it and, from
its first purchase on, for how many credits and whether they are taken back.
"""

from pydantic import BaseModel, ConfigDict

from core.stores.ports import SettingStore


class Invited(BaseModel):
    """Who invited an account, and for how many credits: None until it buys something.

    `back`: nothing it bought stands, so they are taken back. `word` numbers what is said about that.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: str
    credits: int | None = None
    back: bool = False
    word: int = 0


class Owned(BaseModel):
    """Whose a code is, or which code an account has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str


def code_scope(account: str) -> str:
    return f"invites:{account}"


def owner_scope(code: str) -> str:
    return f"invite:{code}"


def invited_scope(account: str) -> str:
    return f"invited:{account}"


async def forget(settings: SettingStore, family: list[str]) -> None:
    """Delete what is kept of these accounts' invitations. May be repeated. Raises StoreError."""
    for member in family:
        kept = await settings.get(code_scope(member))
        if kept is not None:
            mine = owner_scope(Owned.model_validate_json(kept.doc).name)
            owned = await settings.get(mine)
            if owned is not None and Owned.model_validate_json(owned.doc).name == member:
                await settings.drop(mine)
        await settings.drop(code_scope(member))
        invited = await settings.get(invited_scope(member))
        if invited is not None and not Invited.model_validate_json(invited.doc).credits:
            await settings.drop(invited_scope(member))

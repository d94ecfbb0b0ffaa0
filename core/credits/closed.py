"""Lots that are used up, as short texts: `4,,500,0,0,500,0,0,0,0 paypal:1`, the numbers and the id.

They matter again only when a payment is taken back or an account is merged, and an account can have thousands. So
a state carries them in a form that costs next to nothing to keep, to save and to load, and looks into it when asked.
"""

from collections.abc import Iterable
from dataclasses import fields

from core.credits.model import Lot, Origin, State

NUMBERS = tuple(field.name for field in fields(Lot) if field.name != "id")


def packed(lot: Lot) -> str:
    numbers = (getattr(lot, name) for name in NUMBERS)
    return ",".join("" if number is None else str(int(number)) for number in numbers) + f" {lot.id}"


def unpacked(text: str) -> Lot:
    numbers, _, lot_id = text.partition(" ")
    origin, expires_at, *amounts = numbers.split(",")
    return Lot(lot_id, Origin(int(origin)), int(expires_at) if expires_at else None, *map(int, amounts))


def by_id(closed: Iterable[str]) -> dict[str, str]:
    return {text.partition(" ")[2]: text for text in closed}


def all_lots(state: State) -> tuple[Lot, ...]:
    """Every lot the account still remembers, in use or used up."""
    return (*state.lots, *map(unpacked, state.closed))

"""Read what a form sends, up to a limit."""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from core.errors import BadRequest
from core.money import decimals_of, minor_units, price
from webhooks.bodies import whole

MAX_FORM = 16_384
MAX_FIELDS = 16


async def fields(request: Request) -> dict[str, str]:
    """Its fields by name. Raises HTTPException for what is none, too big or too slow."""
    body = await whole(request, MAX_FORM, "This form is too big.")
    try:
        return dict(parse_qsl(body.decode("ascii"), errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise HTTPException(400, "This is not a form.") from None


def money_in(text: str, currency: str) -> int:
    """`4.99` in minor units of a currency. Raises BadRequest."""
    amount = minor_units(text, currency)
    if amount is None:
        such = price(10 ** decimals_of(currency), currency)
        raise BadRequest(f"The amount must be money such as {such}; leave it empty for all that is left.")
    return amount

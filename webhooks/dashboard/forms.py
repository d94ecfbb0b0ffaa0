"""Read what a form sends, up to a limit."""

import re
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from core.errors import BadRequest
from core.money import THREE_DECIMAL, ZERO_DECIMAL, price
from webhooks.bodies import whole

MAX_FORM = 16_384
MAX_FIELDS = 16
_MONEY = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,3}))?")


async def fields(request: Request) -> dict[str, str]:
    """Its fields by name. Raises HTTPException for what is none, too big or too slow."""
    body = await whole(request, MAX_FORM, "This form is too big.")
    try:
        return dict(parse_qsl(body.decode("ascii"), errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise HTTPException(400, "This is not a form.") from None


def minor_units(text: str, currency: str) -> int:
    """`4.99` in minor units of a currency. Raises BadRequest."""
    places = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    match = _MONEY.fullmatch(text)
    whole, part = (match[1], match[2] or "") if match else ("", "")
    if not whole or len(part) > places:
        such = price(10**places, currency).strip()
        raise BadRequest(f"The amount must be money such as {such}; leave it empty for all that is left.")
    return int(whole + part.ljust(places, "0"))

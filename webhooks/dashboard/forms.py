"""Read what a form sends, up to a limit."""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

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

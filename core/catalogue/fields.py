"""What values in easel.toml look like."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _exact(value: object) -> object:
    """Money is never a binary fraction: 0.003 without quotes means what it says, too."""
    return repr(value) if isinstance(value, float) else value


Credits = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Aspect = Annotated[str, Field(pattern=r"^[1-9]\d?:[1-9]\d?$")]
Size = Annotated[str, Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$")]
Usd = Annotated[Decimal, Field(ge=0, le=1_000), BeforeValidator(_exact)]


class Table(BaseModel):
    """A table of easel.toml. Unknown keys are errors: a misspelt limit must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

"""What is sold, and how."""

from pydantic import Field

from core.catalogue.fields import Count, Credits, Name, Table, Usd

MAX_STARS = 25_000
"""Of one invoice; what https://core.telegram.org/bots/api#inputpaidmedia names for other things that cost Stars."""
MAX_MONTHLY_STARS = 10_000
"""Of a subscription: https://core.telegram.org/bots/api#createinvoicelink (subscription_period)"""


class Pack(Table):
    """Credits bought once. `price` in minor units of `currency`; `stars`: the price in Telegram, if sold there.

    `discord_sku` is the id of the consumable that sells it in Discord, where its price is set, too.
    """

    name: Name
    credits: Count
    bonus: Credits = 0
    price: Count
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    stars: int | None = Field(default=None, strict=True, ge=1, le=MAX_STARS)
    discord_sku: str | None = Field(default=None, pattern=r"^[1-9][0-9]{0,19}$")

    @property
    def total(self) -> int:
        """All the credits one gets."""
        return self.credits + self.bonus


class Plan(Table):
    """Credits every month, and the role subscriber. `price` in minor units of `currency`; `stars`: that in Telegram.

    `rollover`: what is left of a month's credits stays. `paypal_plan`: the id of the plan at PayPal, if sold there.
    """

    name: Name
    credits: Count
    price: Count
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    rollover: bool = False
    stars: int | None = Field(default=None, strict=True, ge=1, le=MAX_MONTHLY_STARS)
    paypal_plan: str | None = Field(default=None, pattern=r"^P-[A-Z0-9]{10,40}$")


class Shop(Table):
    """Buying. `link_minutes`: how long a checkout link is good for. `grace_days`: how long a subscriber whose next
    month is late stays one. `referral`: credits for whoever invited somebody, on that person's first purchase.
    """

    link_minutes: Count = 60
    links_per_hour: Count = 10
    grace_days: Credits = 2
    referral: Credits = 0


class Money(Table):
    """`credit`: what one credit is worth in USD, for margins; by default what it costs in the cheapest USD pack."""

    credit: Usd | None = None

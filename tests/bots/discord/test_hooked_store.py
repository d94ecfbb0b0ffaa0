"""Purchases where Discord posts interactions and there is no gateway."""

from pathlib import Path

import pytest

from core.settings import Settings
from tests.bots.discord.test_interactions import Hooked, hooked
from tests.bots.discord.test_store import LISTED, SKU
from tests.fakes.discord import User
from tests.support import SMALL_MODELS

__all__ = ["hooked"]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    catalogue = tmp_path / "selling.toml"
    catalogue.write_text(f'{SMALL_MODELS}discord_sku = "{SKU}"\n')
    return settings.model_copy(update={"easel_config": catalogue})


async def test_purchases_and_refunds_are_looked_up_without_a_gateway(
    hooked: Hooked,  # the fixture
    alice: User,
) -> None:
    before = len(hooked.fake.requests)
    assert await hooked.tell(hooked.fake.command("about", user=alice)) == 202
    await hooked.fake.settled(lambda: [one for one in hooked.fake.requests[before:] if one.route == LISTED])

"""The routes of Discord's REST API, a module for each of its resources."""

from collections.abc import Iterator

from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.rest import Route
from tests.fakes.discord.routes.callbacks import Callbacks
from tests.fakes.discord.routes.channels import Channels
from tests.fakes.discord.routes.commands import Commands
from tests.fakes.discord.routes.identity import IdentityRoutes
from tests.fakes.discord.routes.store import Store
from tests.fakes.discord.routes.threads import Threads
from tests.fakes.discord.routes.webhooks import Webhooks
from tests.fakes.discord.world import World


def all_routes(world: World, gateway: Gateway) -> Iterator[Route]:
    """Every route; of two that fit an address the first one serves it."""
    yield from IdentityRoutes(world, gateway).routes()
    yield from Commands(world).routes()
    yield from Callbacks(world).routes()
    yield from Webhooks(world).routes()
    yield from Channels(world).routes()
    yield from Threads(world).routes()
    yield from Store(world).routes()

"""What the admins of a server can set, and that it holds for everybody there and nowhere else."""

from dataclasses import replace

import pytest

from bots import server_texts
from bots.incoming import Incoming
from bots.parse import parse
from bots.replies import Reply, ended
from bots.service import Service
from core.accounts.model import Identity
from core.app import App
from core.clock import HOUR
from core.credits.model import Origin
from core.credits.operations import Grant
from core.jobs.model import ReplyTo
from core.jobs.specs import ImageSpec
from core.servers import ServerSettings
from core.wallets import wallet_of
from tests.fakes import settled, working
from tests.support import ManualClock

SERVER = "discord:1"
BOSS, ANNE = Identity("discord", "10"), Identity("discord", "11")


class House:
    """A server with an admin and a member."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.service = Service(app)
        self._count = 0

    async def say(
        self, text: str, who: Identity = ANNE, channel: str = "100", server: str | None = SERVER, **more: object
    ) -> Reply:
        self._count += 1
        message = Incoming(
            f"discord:{self._count}", who, text, ReplyTo(platform="playground", channel=channel), server=server,
            is_server_admin=who == BOSS,
        )  # fmt: skip
        return await self.service.say(replace(message, **more))  # type: ignore[arg-type]  # a test knows what it gives

    async def set(self, text: str) -> Reply:
        reply = await self.say(f"/server {text}", BOSS)
        assert reply.kind == "text", reply.text
        return reply


@pytest.fixture
def house(app: App) -> House:
    return House(app)


async def test_everybody_may_look_and_only_admins_may_change(house: House) -> None:
    assert "I make things in all channels" in (await house.say("/server")).text
    assert "for the admins of a server" in (await house.say("/server private on")).text
    assert "results are seen by all" in (await house.say("/server")).text
    assert "results are seen only by who asked" in (await house.set("private on")).text
    assert "for the admins of a server" in (await house.say("/server", server=None)).text


async def test_things_are_made_in_the_allowed_channels_and_their_threads_only(house: House) -> None:
    assert "I make things in 100" in (await house.set("channels here")).text
    assert (await house.say("/imagine a fox")).kind == "job"
    refused = await house.say("/imagine a fox", channel="200")
    assert refused.error is not None
    assert refused.error.code == "wrong_channel"
    assert (await house.say("/chat hi", BOSS, channel="200")).kind == "error"
    assert (await house.say("/chat hi", channel="300", within="100")).kind == "job"
    assert (await house.say("/balance", channel="200")).kind == "text"
    assert (await house.say("/imagine a fox", BOSS, channel="200", server=None)).kind == "job"
    await house.set("channels <#200> 30000")
    await house.set("channels not here")
    assert (await house.app.servers.get(SERVER)).channels == ("200", "30000")
    assert "all channels" in (await house.set("channels all")).text


async def test_a_command_can_be_kept_for_some(house: House) -> None:
    assert "/imagine is for the admins" in (await house.set("who imagine admins")).text
    assert "have not given /imagine to you" in (await house.say("/imagine a fox")).text
    assert (await house.say("/imagine a fox", BOSS)).kind == "job"
    assert (await house.say("/chat hi")).kind == "job"
    assert "is for group 77, user 12" in (await house.set("who imagine <@&77> <@12>")).text
    assert (await house.say("/imagine a fox")).kind == "error"
    assert (await house.say("/imagine a fox", groups=frozenset({"77"}))).kind == "job"
    assert (await house.say("/imagine a fox", Identity("discord", "12"))).kind == "job"
    await house.set("who imagine everyone")
    assert (await house.app.servers.get(SERVER)).who == {}


async def test_a_button_follows_the_rule_of_its_command(house: House) -> None:
    reply = await house.say("/imagine a fox")
    assert reply.job is not None
    async with working(house.app):
        await settled(house.app, reply.job.id)
    await house.set("who imagine admins")
    message = Incoming("discord:p", ANNE, "", ReplyTo(platform="playground", channel="100"), server=SERVER)
    refused = await house.service.press(message, "reroll", reply.job.id, None)
    assert refused.error is not None
    assert refused.error.code == "not_for_you"


async def test_each_person_has_so_many_requests_a_day(house: House, clock: ManualClock) -> None:
    await house.set("daily 2")
    assert (await house.say("/imagine forbidden fruit")).kind == "error"  # which does not count
    for words in ("one", "two"):
        assert (await house.say(f"/chat {words}")).kind == "job"
    refused = await house.say("/chat three")
    assert refused.error is not None
    assert refused.error.code == "server_limited"
    assert "You can go on at 00:00 UTC." in refused.text
    assert (await house.say("/chat hi", Identity("discord", "12"))).kind == "job"
    clock.move(12 * HOUR)
    assert "each person has in this server" not in (await house.say("/chat four")).text


async def test_the_same_message_twice_counts_once(house: House) -> None:
    await house.set("daily 1")
    message = Incoming("discord:same", ANNE, "hi", ReplyTo(platform="playground", channel="100"), server=SERVER)
    for _ in range(3):
        assert (await house.service.say(message)).kind == "job"


async def test_the_usual_model_and_style_are_taken_where_they_can(house: House) -> None:
    async def spec(text: str) -> ImageSpec:
        reply = await house.say(text)
        assert reply.job is not None, reply.text
        assert isinstance(reply.job.spec, ImageSpec)
        await house.service.press(
            Incoming(f"{reply.job.id}:x", ANNE, "", reply.job.reply_to), "cancel", reply.job.id, None
        )
        return reply.job.spec

    await house.set("model square")
    await house.set("style pixel")
    assert ((await spec("/imagine a")).model, (await spec("/imagine a")).style) == ("square", None)
    assert (await spec("/imagine a --count 3")).model == "demo-art"
    assert (await spec("/imagine a --model demo-art")).style == "pixel"
    await house.set("model usual")
    assert (await spec("/imagine a")).model == "demo-art"


@pytest.mark.parametrize("text", [
    "/server colours red", "/server channels", "/server channels #?", "/server who", "/server who imagine",
    "/server who balance admins", "/server who imagine anne", "/server daily 0", "/server daily many",
    "/server daily 99999", "/server model gpt-99", "/server style blue", "/server persona nobody",
    "/server private maybe", "/server --setting nothing x", "/server wallet maybe", "/server cap many",
    "/server fund 0", "/server fund all", "/server fund -5", "/server fund 99999",
])  # fmt: skip
async def test_what_cannot_be_is_refused_with_what_can_be(house: House, text: str) -> None:
    reply = await house.say(text, BOSS)
    assert reply.kind == "error", reply.text
    assert (await house.app.servers.get(SERVER)).model_dump(exclude_defaults=True) == {}


def test_the_setting_may_be_an_option_or_the_first_word(app: App) -> None:
    commands = Service(app).commands
    for text in ("/server channels here", "/server --setting channels here", "/server here setting=channels"):
        invocation = parse(text, commands)
        assert (invocation.text("setting") or "channels", "here" in (invocation.text("value") or "")) == (
            "channels",
            True,
        )


def test_ids_are_told_as_discord_shows_them() -> None:
    rules = ServerSettings(channels=("100",), who={"chat": ("admins", "group:7", "user:8")})
    told = server_texts.server_settings(rules, "plain", "discord")
    assert "in <#100>" in told
    assert "/chat is for the admins, <@&7>, <@8>" in told


async def test_members_fill_the_wallet_and_its_admins_say_who_may_use_it(house: House) -> None:
    anne = await house.app.accounts.for_identity(ANNE)
    await house.app.ledger.execute(Grant(anne.id, "pay", 300, Origin.PAID))
    given = (await house.say("/server fund 200")).text
    assert "You gave 200 credits" in given
    assert "It has **200** now" in given
    assert "for the admins of a server" in (await house.say("/server wallet on")).text
    await house.set("wallet on")
    assert "nobody may use it before there is a cap" in (await house.say("/server")).text
    await house.set("cap 12")
    reply = await house.say("/imagine a red fox")
    assert reply.job is not None
    async with working(house.app):
        job = await settled(house.app, reply.job.id)
    assert ("Cost", "10 credits, paid by this server (2 left this month)") in ended(house.app, job).facts
    assert "you have had 10" in (await house.say("/server")).text
    own = await house.say("/imagine another")
    assert own.job is not None
    assert own.job.payer is None
    elsewhere = await house.say("/imagine in private", server=None)
    assert elsewhere.job is not None
    assert elsewhere.job.payer is None


async def test_the_same_message_funds_once(house: House) -> None:
    anne = await house.app.accounts.for_identity(ANNE)
    await house.app.ledger.execute(Grant(anne.id, "pay", 300, Origin.PAID))
    message = Incoming(
        "discord:fund", ANNE, "/server fund 100", ReplyTo(platform="playground", channel="1"), server=SERVER
    )
    for _ in range(2):
        assert "You gave 100 credits" in (await house.service.say(message)).text
    assert (await house.app.ledger.balance(wallet_of(SERVER))).available == 100


@pytest.mark.parametrize("settled_there", [False, True])
async def test_a_server_that_goes_by_another_name_keeps_its_wallet(house: House, settled_there: bool) -> None:
    anne = await house.app.accounts.for_identity(ANNE)
    await house.app.ledger.execute(Grant(anne.id, "pay", 300, Origin.PAID))
    await house.set("wallet on")
    await house.set("cap 50")
    await house.say("/server fund 200")
    if settled_there:
        await house.app.servers.set_wallet("discord:new", True)
        await house.app.servers.set_cap("discord:new", 50)
    for _ in range(2):
        await house.app.servers.moved(SERVER, "discord:new")
    assert "in the wallet: 200 credits" in (await house.say("/server", server="discord:new")).text
    reply = await house.say("/imagine a red fox", server="discord:new")
    assert reply.job is not None
    assert reply.job.payer == wallet_of(SERVER)
    await house.say("/server fund 50", server="discord:new")
    balance = await house.app.ledger.balance(wallet_of(SERVER))
    assert balance.available + balance.held == 250


async def test_a_cap_of_0_is_none_and_then_everybody_pays_themselves(house: House) -> None:
    await house.set("wallet on")
    await house.set("cap 50")
    await house.set("cap 0")
    assert (await house.app.servers.get(SERVER)).cap is None


async def test_a_workspace_does_not_pay_for_direct_messages(house: House) -> None:
    """Slack says of which workspace a direct message is; the wallet is for its channels."""
    await house.app.ledger.execute(Grant(wallet_of(SERVER), "fund", 100, Origin.PROMO))
    await house.set("wallet on")
    await house.set("cap 50")
    where = ReplyTo(platform="playground", channel="1")
    payers = []
    for number, is_direct in enumerate((False, True)):
        message = Incoming(f"d:{number}", ANNE, "/imagine a fox", where, server=SERVER, is_direct=is_direct)
        job = (await house.service.say(message)).job
        assert job is not None
        payers.append(job.payer)
    assert payers == [wallet_of(SERVER), None]

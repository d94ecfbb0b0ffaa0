"""What the admins of a workspace have set: where, by whom, and who sees the results."""

import pytest

from bots.slack.mrkdwn import render
from bots.slack.places import Place
from bots.slack.standing import REMEMBERED_SECONDS, Standings
from tests.bots.slack.running import Easel, everything, texts_of
from tests.bots.slack.test_messenger import place_in
from tests.bots.slack.test_pictures import client_of
from tests.fakes.slack import Message


async def set_by(easel: Easel, words: str, user: str = "alice") -> None:
    await easel.fake.command(f"/server {words}", user=user)


async def told(easel: Easel, user: str, words: str) -> Message:
    message = await easel.reply(words)
    assert message.only_for == easel.fake.team.user(user).id
    return message


async def test_admins_name_channels_as_slack_does_and_elsewhere_nothing_is_made(easel: Easel) -> None:
    general = easel.fake.team.channel("general").id
    art = easel.fake.team.add_channel("art").id
    await set_by(easel, f"channels <#{art}|art>", "bob")
    await told(easel, "bob", "Ask one of them to type it")
    await set_by(easel, f"channels <#{art}|art>")
    message = await told(easel, "alice", "How I behave")
    assert f"I make things in <#{art}>" in texts_of(message)[0]
    await easel.fake.command("/imagine a red fox", user="bob")
    await told(easel, "bob", "do not want that in this channel")
    assert not [each for each in easel.fake.replies_of_app if each.channel == general and not each.ephemeral]
    await easel.fake.command("/imagine a red fox", user="bob", channel="art")
    await easel.fake.message("/imagine a cat", user="bob")
    await easel.finished("bob", 2)


async def test_people_and_groups_that_admins_name_may_use_a_command_and_admins_always_may(easel: Easel) -> None:
    team = easel.fake.team
    carol, group = team.add_user("carol"), team.add_group("bob")
    await set_by(easel, f"who imagine <@{carol.id}|carol> <!subteam^{group}|@painters>")
    message = await told(easel, "alice", "How I behave")
    assert f"/imagine is for <@{carol.id}>, <!subteam^{group}>" in texts_of(message)[0]
    team.add_user("dave")
    await easel.fake.command("/imagine a red fox", user="dave")
    await told(easel, "dave", "have not given /imagine to you")
    for user in ("alice", "bob", "carol"):
        await easel.fake.command("/imagine a red fox", user=user)
        await easel.finished(user)


async def test_a_rule_holds_for_buttons_too(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox", user="bob")
    await easel.finished("bob")
    await set_by(easel, "who imagine admins")
    await told(easel, "alice", "How I behave")
    shown = await easel.reply("easel.reroll")
    await easel.fake.press("easel.reroll", shown, "bob")
    await told(easel, "bob", "have not given /imagine to you")
    assert len(await easel.jobs("bob")) == 1


async def test_private_results_come_by_direct_message_and_whoever_asked_is_told_so(easel: Easel) -> None:
    await set_by(easel, "private on")
    await told(easel, "alice", "results are seen only by who asked")
    await easel.fake.command("/imagine a red fox", user="bob")
    await easel.finished("bob")
    await told(easel, "bob", "in our direct message")
    shown = await easel.reply("easel.reroll")
    assert shown.channel == easel.fake.team.dm("bob").id
    await easel.fake.command("/recover", user="bob")
    assert (await easel.reply("easel.reroll", count=2)).channel == easel.fake.team.dm("bob").id
    await easel.fake.mention("hello", user="bob")
    await easel.finished("bob", 2)
    public = [each for each in easel.fake.replies_of_app if each.channel[0] != "D" and not each.ephemeral]
    assert public == []


async def test_rules_about_channels_hold_where_it_was_asked_and_not_where_it_is_answered(easel: Easel) -> None:
    await easel.app.servers.set_private(f"slack:{easel.fake.team.id}", private=True)
    await easel.app.servers.set_channels(f"slack:{easel.fake.team.id}", [easel.fake.team.add_channel("art").id])
    await easel.fake.command("/imagine a red fox", user="bob")
    await told(easel, "bob", "do not want that in this channel")
    await easel.fake.command("/imagine a red fox", user="bob", channel="art")
    await easel.finished("bob")


async def test_what_cannot_be_said_privately_is_not_said(easel: Easel) -> None:
    await set_by(easel, "private on")
    await told(easel, "alice", "results are seen only by who asked")
    easel.fake.troubles.refuse("conversations.open", "internal_error")
    await easel.fake.command("/imagine a red fox", user="bob")
    await told(easel, "bob", "did not open our direct message")
    assert not await easel.jobs("bob")


async def test_a_refusal_is_told_where_it_was_asked(easel: Easel) -> None:
    await set_by(easel, "private on")
    await told(easel, "alice", "results are seen only by who asked")
    await easel.fake.command("/imagine a red fox --model nothing", user="bob")
    message = await easel.reply("nothing")
    assert message.channel == easel.fake.team.channel("general").id
    assert len([each for each in easel.fake.replies_of_app if each.channel[0] == "D"]) == 0


@pytest.mark.parametrize("rule", [(), ("user:U1", "admins", "group:S1")])
async def test_slack_is_asked_only_where_a_rule_needs_it(core: Easel, rule: tuple[str, ...]) -> None:
    standing = await Standings().under(rule, client_of(core), Place("T1", "C1", "U1"))
    assert not standing.is_admin
    assert core.fake.calls == []


async def test_what_slack_said_is_remembered_for_a_minute(core: Easel) -> None:
    now, client, place = [0.0], client_of(core), place_in(core)
    bob = Place(place.team, place.channel, core.fake.team.user("bob").id)
    group, standings = core.fake.team.add_group("bob"), Standings(lambda: now[0])
    for _ in range(3):
        assert (await standings.under([f"group:{group}"], client, bob)).groups == {group}
    assert len(core.fake.calls) == 2
    core.fake.team.groups[group] = []
    now[0] = REMEMBERED_SECONDS
    assert (await standings.under([f"group:{group}"], client, bob)).groups == frozenset()


async def test_whom_slack_does_not_know_is_nobody(core: Easel) -> None:
    client, place = client_of(core), place_in(core)
    core.fake.troubles.refuse("users.info", "internal_error")
    assert not await Standings().administers(client, place)
    bob = Place(place.team, place.channel, core.fake.team.user("bob").id)
    assert not (await Standings().under(["group:S9"], client, bob)).groups


async def test_a_reference_in_any_other_answer_calls_nobody(easel: Easel) -> None:
    bob = easel.fake.team.user("bob").id
    await easel.fake.command(f"/help <@{bob}|bob>")
    message = await easel.reply("bob")
    assert f"<@{bob}" not in everything(message)
    assert render(f"<@{bob}>") == f"&lt;@{bob}&gt;"

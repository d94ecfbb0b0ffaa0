"""What the bot says about itself: getMe, commands, descriptions, the menu button, logOut and close."""

import re

from core.clock import MINUTE, SECOND
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.errors import ApiError, Json, bad, too_many
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.world import World

MAX_COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_DESCRIPTION = 256
CLOSE_AFTER = 10 * MINUTE
"""https://core.telegram.org/bots/api#close"""
SAID = {"MyName": ("name", 64), "MyDescription": ("description", 512), "MyShortDescription": ("short_description", 120)}

Scope = tuple[str, str, str, str]
"""Kind, chat, user, language."""


class Me:
    """The bot's profile. `commands` holds lists by scope and language, `said` texts by kind and language."""

    def __init__(self, world: World, *, privacy: bool, inline: bool) -> None:
        self._world = world
        self._privacy = privacy
        self._inline = inline
        self._since = world.clock.now()
        self.logged_out = False
        self.commands: dict[Scope, list[Json]] = {}
        self.said: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[str, Json] = {}

    def handlers(self) -> Handlers:
        texts: Handlers = {}
        for kind in SAID:
            texts |= {f"set{kind}": self.say, f"get{kind}": self.tell}
        return texts | {
            "getMe": self.get_me, "setMyCommands": self.set_commands, "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands, "setChatMenuButton": self.set_menu_button,
            "getChatMenuButton": self.get_menu_button, "logOut": self.log_out, "close": self.close,
        }  # fmt: skip

    def get_me(self, _call: Call) -> Json:
        return self._world.bot.json() | {
            "can_join_groups": True, "can_read_all_group_messages": not self._privacy,
            "supports_inline_queries": self._inline, "can_connect_to_business": False, "has_main_web_app": False,
            "has_topics_enabled": False, "allows_users_to_create_topics": False,
        }  # fmt: skip

    def set_commands(self, call: Call) -> bool:
        commands = call.json("commands") or []
        if len(commands) > MAX_COMMANDS:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not COMMAND.fullmatch(command["command"].removeprefix("/")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= MAX_DESCRIPTION:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(call)] = commands
        return True

    def get_commands(self, call: Call) -> list[Json]:
        return self.commands.get(self._scope(call), [])

    def delete_commands(self, call: Call) -> bool:
        self.commands.pop(self._scope(call), None)
        return True

    def _scope(self, call: Call) -> Scope:
        scope = call.json("scope") or {"type": "default"}
        chat = str(scope.get("chat_id", ""))
        if chat:
            self._world.chat(chat)
        return scope["type"], chat, str(scope.get("user_id", "")), language_of(call)

    def say(self, call: Call) -> bool:
        name, limit = SAID[call.method.removeprefix("set")]
        if len(call.text(name)) > limit:
            raise bad(f"{name.upper()}_TOO_LONG")
        self.said[name, language_of(call)] = call.text(name)
        return True

    def tell(self, call: Call) -> Json:
        name, _ = SAID[call.method.removeprefix("get")]
        usual = self._world.bot.first_name if name == "name" else ""
        return {name: self.said.get((name, language_of(call))) or self.said.get((name, ""), usual)}

    def set_menu_button(self, call: Call) -> bool:
        self.menu_buttons[call.text("chat_id")] = call.json("menu_button") or {"type": "default"}
        return True

    def get_menu_button(self, call: Call) -> Json:
        return self.menu_buttons.get(call.text("chat_id"), {"type": "commands"})

    def log_out(self, _call: Call) -> bool:
        self.logged_out = True
        return True

    def close(self, _call: Call) -> bool:
        left = self._since + CLOSE_AFTER - self._world.clock.now()
        if left > 0:
            raise too_many(-(-left // SECOND))
        return True

    def check_logged_in(self) -> None:
        """Raises ApiError 400 after logOut."""
        if self.logged_out:
            raise ApiError(400, "Logged out")


def language_of(call: Call) -> str:
    """Raises ApiError 400 for what is neither empty nor two letters."""
    language = call.text("language_code")
    if not re.fullmatch(r"([a-z]{2})?", language):
        raise bad("invalid language code specified")
    return language

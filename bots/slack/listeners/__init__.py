"""What Easel listens to in Slack. Each module registers its listeners with Bolt; each listener only translates."""

from slack_bolt.async_app import AsyncApp

from bots.slack.desk import Desk
from bots.slack.listeners import actions, assistant, commands, events, home, shortcuts, views


def register(bolt: AsyncApp, desk: Desk) -> None:
    """The order matters where one listener takes what others have left."""
    for part in (commands, shortcuts, views, home, assistant, events, actions):
        part.register(bolt, desk)

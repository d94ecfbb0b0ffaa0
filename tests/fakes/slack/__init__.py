"""A wire-level Slack for tests: Web API, Socket Mode, signed HTTP, response URLs, files and Block Kit's rules.

Start with `fake.py`. Where Slack's documentation is silent the behaviour follows what its own clients and users report.
"""

from tests.fakes.slack.deliveries import Attempt, Handle
from tests.fakes.slack.fake import SlackFake
from tests.fakes.slack.forms import NotPossible
from tests.fakes.slack.model import Channel, File, Json, Message, User, View
from tests.fakes.slack.people import EVENTS
from tests.fakes.slack.workspace import SCOPES, Team
from tests.fakes.slack.world import Call, SlackApp

__all__ = [
    "EVENTS", "SCOPES", "Attempt", "Call", "Channel", "File", "Handle", "Json", "Message", "NotPossible", "SlackApp",
    "SlackFake", "Team", "User", "View",
]  # fmt: skip

"""Every sentence that a person reads on Slack only. The others are in `bots.texts`."""

SLACK_BUTTON_UNREADABLE = "This button cannot be used any more. Type the command instead, such as /imagine a red fox."
SLACK_NOT_DELETED = "I cannot delete this message. You can delete it from its own menu, if you may."
SLACK_DELETE_CONFIRM = "The message goes for everybody here. /recover posts the result again."
SLACK_NO_WORDS = "Ask me anything, or type /imagine and what to draw, such as /imagine a red fox at dawn."
SLACK_FILE_IN_DM = "I have sent you the file in our direct message."
SLACK_FILE_LOST = "Slack did not take the file. Please try again in a moment."
SLACK_NOT_POSTED = "I could not post the result here just now. Please type /recover again in a moment."
SLACK_NO_PICTURE_IN_MESSAGE = "There is no picture in this message that I could change."
SLACK_THIS_PLACE = "this conversation"
SLACK_NOT_TAKEN = "I am being restarted and could not take this on. Nothing was charged. Please ask again in a minute."
SLACK_LOST = "This request was lost before it began. Nothing was charged. Please ask again."
SLACK_NO_MODAL = "Slack did not open the form in time. Please try once more."
SLACK_ONE_MOMENT = "One moment…"
SLACK_PRIVATELY = "Results are private in this workspace, so this one is in our direct message."
SLACK_NO_PRIVATE_PLACE = "Slack did not open our direct message for your result. Please try again in a moment."
SLACK_THINKING = "is thinking…"
SLACK_WELCOME = "Hello! I draw pictures from words and answer questions. What shall it be?"
SLACK_PROMPTS = (
    ("Draw something", "/imagine a red fox in a snowy forest at dawn"),
    ("Draw a wide landscape", "/imagine a lake between mountains, misty morning --aspect 16:9"),
    ("Ask a question", "Explain how a rainbow forms, in three sentences."),
    ("See my credits", "/balance"),
)
SLACK_NO_RECENT = "Your latest pictures will be shown here. Type /imagine and what to draw in any channel."


def slack_not_here(channel: str) -> str:
    """`channel` is how Slack refers to it."""
    return f"I am not in {channel}, so I answer in our direct message. Type `/invite @Easel` there to have me in place."


def slack_asked_by(user: str, what: str) -> str:
    """`user` is how Slack refers to a person, if that has to be said; `what` comes after it."""
    return " · ".join(filter(None, (user, what)))


def slack_asked(user: str, what: str) -> str:
    """`user` is how Slack refers to a person."""
    return f"{user} asked: {what}"

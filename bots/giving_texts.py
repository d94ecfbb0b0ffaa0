"""Every sentence that a person reads about gifts and invitations. The others are in `bots.texts`."""

from bots.texts import count

WHOM = {
    "discord": "Name the person as @name",
    "slack": "Name the person as @name",
    "telegram": "Reply to a message of theirs with /gift 50",
}
AMOUNT_MISSING = "is missing: type a whole number, such as /gift @name 50."


def not_known(platform: str) -> str:
    """How to name a person there; an invite code works everywhere."""
    how = f"{WHOM[platform]}, or type" if platform in WHOM else "I cannot look up names here. Type"
    return f"{how} the code that /invite shows them. It has to be somebody who has used Easel before."


def given(credits: int, available: int) -> str:
    return f"You gave {count(credits, 'credit')}. Your balance is **{available:,}**."


def invite(code: str, reward: int) -> str:
    """`reward` is 0 where inviting somebody earns nothing."""
    earns = f"\nWhen they buy something for the first time, you get {count(reward, 'credit')}." if reward else ""
    enter = f"A friend who has bought nothing yet types `/redeem {code}`.{earns}\n" if reward else ""
    return f"Your code is `{code}`.\n{enter}Others can give you credits with `/gift {code} 50`."


def accepted() -> str:
    return "Noted: whoever invited you gets credits when you first buy something. Type /buy for what there is."


NO_INVITATIONS = "Invitations earn nothing on this Easel, so there is no need to enter a code."

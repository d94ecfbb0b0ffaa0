"""Who somebody is in a chat. https://core.telegram.org/bots/api#chatmember"""

from tests.fakes.telegram.errors import Json
from tests.fakes.telegram.model import User

RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    "can_pin_messages",
)  # fmt: skip


def member(user: User, status: str) -> Json:
    """A ChatMember: member, administrator, left or kicked."""
    body: Json = {"status": status, "user": user.json()}
    match status:
        case "administrator":
            return body | {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(RIGHTS, True)
        case "kicked":
            return body | {"until_date": 0}
        case _:
            return body

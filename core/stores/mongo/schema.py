"""The collections' indexes and the version of their layout.

Collections have the columns of the SQLite tables as fields; what is nested is JSON in `doc`, so that no person's
words ever become a field's name. Unique indexes start with `account` where that can be the shard key.
An older database is brought to this version by its indexes, and by sums that it lacks (`summing.py`): whatever else its
documents lack has a default.
"""

from pymongo import ASCENDING, DESCENDING, IndexModel

SCHEMA_VERSION = 5


def _index(*fields: str, unique: bool = False) -> IndexModel:
    keys = [(field.removeprefix("-"), DESCENDING if field.startswith("-") else ASCENDING) for field in fields]
    return IndexModel(keys, unique=unique)


INDEXES = {
    "entries": [_index("account", "seq", unique=True), _index("account", "op", unique=True), _index("at", "kind")],
    "transfers": [_index("done", "at")],
    "orders": [
        _index("token", unique=True),
        _index("gateway_ref", unique=True),
        _index("account", "created_at"),
        _index("-created_at", "-_id"),
        _index("state", "-created_at", "-_id"),
        _index("look_at"),
    ],
    "codes": [_index("open_at")],
    "accounts": [_index("merged_into"), _index("closing_at"), _index("created_at")],
    "identities": [_index("account")],
    "link_codes": [_index("expires_at"), _index("claimed_by")],
    "takes": [_index("expires_at")],
    "jobs": [
        _index("state", "turn_at", "_id"),
        _index("account", "created_at"),
        _index("settle_at"),
        _index("next_delivery_at"),
        _index("kind", "state", "-finished_at"),
        _index("blanked", "finished_at"),
        _index("conversation", "created_at"),
        _index("reconcile_at"),
        _index("account", "reply_key", "finished_at"),
        _index("-created_at", "-_id"),
        _index("state", "-created_at", "-_id"),
    ],
    "usage": [_index("account", "at"), _index("at"), _index("counted", "at")],
    "rollups": [_index("day", "-cost", "account"), _index("account", "day")],
    "audit": [_index(*by, "-at", "-_id") for by in ((), ("actor",), ("action",), ("target",))],
    "events": [_index(*by, "at", "_id") for by in ((), ("kind",), ("account",))],
    "keys": [_index("kind", "name"), _index("expires_at"), _index("token", unique=True)],
    "feed": [_index("channel", "seq", unique=True), _index("channel", "prev", unique=True), _index("at")],
}

OUTDATED = {"rollups": ["day_1_cost_-1"], "keys": ["actor_1"]}
"""The names of indexes that older versions made, and nothing needs any more."""

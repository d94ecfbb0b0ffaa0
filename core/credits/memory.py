"""The states a process has seen last, so that an operation need not read what this process has just written.

What is remembered may be stale at any time: other processes write too. It is good for one thing only, for
making an entry that the store's unique keys then accept or turn down. A refusal or an answer never rests on it.
"""

from collections import OrderedDict

from core.credits.model import State

MAX_REMEMBERED = 4_096


class RecentStates:
    """The latest states of the accounts used last, so many at most."""

    def __init__(self, limit: int = MAX_REMEMBERED) -> None:
        self._limit = limit
        self._states: OrderedDict[str, State] = OrderedDict()

    def take(self, account: str) -> State | None:
        """The state, which is forgotten thereby: whoever used it knows whether it is still worth keeping."""
        return self._states.pop(account, None)

    def keep(self, state: State) -> None:
        self._states[state.account] = state
        if len(self._states) > self._limit:
            self._states.popitem(last=False)

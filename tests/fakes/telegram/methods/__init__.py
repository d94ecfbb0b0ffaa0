"""The methods of the Bot API, one module per kind. Each class names its methods in `handlers`."""

from collections.abc import Callable
from typing import Any

from tests.fakes.telegram.call import Call

Handler = Callable[[Call], Any]
"""Takes a call; gives its result, or an awaitable of it. Raises ApiError."""
Handlers = dict[str, Handler]

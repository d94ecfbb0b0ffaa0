"""Run tasks side by side and stop them for certain.

Until Python 3.12 `asyncio.wait_for` swallows a cancellation that arrives in the very moment its future is done
(https://github.com/python/cpython/issues/86296), and database drivers wait with it. A loop whose only way out is being
cancelled would then go on for ever, so whoever stops a task here cancels it until it has ended.
"""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any

AGAIN_SECONDS = 1.0
"""Long enough for what a task does when it is stopped, such as handing a job back."""


async def stopped(tasks: Collection[asyncio.Task[Any]]) -> list[BaseException]:
    """Cancel these tasks until each has ended; what any of them raised meanwhile, cancellations left out."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
    return [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]


async def together(*parts: Coroutine[Any, Any, Any]) -> None:
    """Run parts that never end by themselves. Raises what the first one to fail raised; the others are stopped."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        errors = await stopped(tasks)
    if errors:
        raise errors[0]

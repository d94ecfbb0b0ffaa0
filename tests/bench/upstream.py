"""A provider as a process of its own, so that the time it takes is not taken from whoever is measured."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.openai import OpenAIFake


@contextmanager
def upstream() -> Iterator[str]:
    """Its address, for OPENAI_BASE_URL. It answers each chat at once."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def serve() -> None:
    async with OpenAIFake() as fake:
        print(fake.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())

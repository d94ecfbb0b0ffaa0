"""OpenAI, and every server that speaks its language. Importing this loads the SDK: do it when configured."""

from core.providers.openai.provider import OpenAI

__all__ = ["OpenAI"]

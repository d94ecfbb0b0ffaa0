"""Easel's core: accounts, credits, jobs and generation. Knows no chat platform and no web framework."""

__version__ = "0.1.0"

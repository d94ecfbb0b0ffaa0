"""A book that is empty."""

import pytest

from tests.core.credits.book import Book


@pytest.fixture
def book() -> Book:
    return Book()

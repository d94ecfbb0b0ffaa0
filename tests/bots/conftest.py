"""Two people."""

import pytest

from core.app import App
from tests.bots.people import Person
from tests.support import BOB


@pytest.fixture
def alice(app: App) -> Person:
    return Person(app)


@pytest.fixture
def bob(app: App) -> Person:
    return Person(app, BOB)

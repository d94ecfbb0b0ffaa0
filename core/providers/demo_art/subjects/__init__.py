"""Lists every figure that a prompt can call for by name."""

from core.providers.demo_art.subjects.animals import ANIMALS
from core.providers.demo_art.subjects.buildings import BUILDINGS
from core.providers.demo_art.subjects.people import PEOPLE
from core.providers.demo_art.subjects.shape import Subject
from core.providers.demo_art.subjects.swimmers import SWIMMERS
from core.providers.demo_art.subjects.things import THINGS

SUBJECTS: dict[str, Subject] = ANIMALS | SWIMMERS | BUILDINGS | PEOPLE | THINGS

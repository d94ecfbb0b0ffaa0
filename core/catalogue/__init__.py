"""What `easel.toml` says: models with abilities and prices, packs, plans, styles, limits, blocklist."""

from core.catalogue.catalogue import Catalogue
from core.catalogue.loading import find_catalogue, load_catalogue
from core.catalogue.models import DEMO, KINDS, MOST_SOURCES, Cost, Model
from core.catalogue.rules import ChatTable, ProviderTable
from core.catalogue.selling import Money, Pack, Plan

__all__ = [
    "DEMO",
    "KINDS",
    "MOST_SOURCES",
    "Catalogue",
    "ChatTable",
    "Cost",
    "Model",
    "Money",
    "Pack",
    "Plan",
    "ProviderTable",
    "find_catalogue",
    "load_catalogue",
]

"""What a request may cost at most, before it is accepted."""

from core.catalogue import Catalogue
from core.jobs.specs import ChatSpec, ImageSpec, Quote


class Pricing:
    """Quotes from the prices in easel.toml."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def quote(self, spec: ImageSpec | ChatSpec) -> Quote:
        model = self._catalogue.model(spec.model, spec.kind)
        return Quote(each=model.price, count=spec.count if isinstance(spec, ImageSpec) else 1)

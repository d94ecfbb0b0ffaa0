"""Lists the places a picture can be set in, each as layers painted from back to front."""

from collections.abc import Callable
from dataclasses import dataclass

from core.providers.demo_art.scenes import (
    abstract,
    city,
    desert,
    forest,
    meadow,
    mountains,
    sea,
    sky,
    space,
    underwater,
    weather,
)
from core.providers.demo_art.stage import Stage

Layer = Callable[[Stage], None]


@dataclass(frozen=True)
class Scene:
    """The subject is painted after the layers and before the front."""

    layers: tuple[Layer, ...]
    front: tuple[Layer, ...] = ()
    footing: str = "ground"


_SKY: tuple[Layer, ...] = (sky.sky, sky.stars, sky.aurora, sky.sun, sky.clouds, weather.bolt)
_AIR: tuple[Layer, ...] = (weather.fog, weather.fireflies, weather.falling)

SCENES: dict[str, Scene] = {
    "mountains": Scene((*_SKY, mountains.hills, mountains.range_, mountains.shore, mountains.lake,
                        sky.birds, mountains.bank), _AIR),
    "forest": Scene((*_SKY, forest.depths, forest.beams, forest.trunks, forest.floor), (forest.frame, *_AIR)),
    "sea": Scene((*_SKY, sea.horizon, sea.water, sea.landmark, sky.birds, sea.swell), (sea.near, *_AIR),
                 "water"),
    "city": Scene((*_SKY, city.far, city.middle, city.near, city.street), _AIR),
    "space": Scene((space.deep, space.nebula, sky.stars, space.comet, space.planet, space.moons), (), "air"),
    "desert": Scene((*_SKY, desert.mesas, desert.dunes, sky.birds, desert.front),
                    (weather.falling,)),
    "meadow": Scene((*_SKY, mountains.hills, meadow.fields, meadow.trees, sky.birds, meadow.front), _AIR),
    "underwater": Scene((underwater.deep, underwater.rays, underwater.rocks, underwater.shoal),
                        (underwater.weeds, underwater.bubbles), "air"),
    "ribbons": Scene((abstract.backdrop, abstract.ribbons, abstract.halo), (), "air"),
    "mosaic": Scene((abstract.backdrop, abstract.mosaic, abstract.halo), (), "air"),
    "orbits": Scene((abstract.backdrop, abstract.orbits, abstract.halo), (), "air"),
}  # fmt: skip

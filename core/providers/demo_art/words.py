"""Finds the words of a prompt that a picture can show: places, times, weather, colours and subjects."""

import re

from core.providers.demo_art.colour import RGB, parse


def _table(text: str) -> dict[str, str]:
    """Read lines "meaning: word word" into word -> meaning."""
    table: dict[str, str] = {}
    for line in text.strip().splitlines():
        meaning, words = line.strip().split(":")
        for word in words.split():
            table[word] = meaning
    return table


def _groups(text: str) -> dict[str, frozenset[str]]:
    """Read the same lines into meaning -> words, for tables where one word may mean several things."""
    pairs = (line.split(":") for line in text.strip().splitlines())
    return {meaning.strip(): frozenset(words.split()) for meaning, words in pairs}


SCENES = _table("""
    mountains: mountain alps peak hill valley lake cliff canyon highland glacier fjord volcano himalaya
    forest: forest wood jungle pine grove rainforest woodland taiga bamboo
    sea: sea ocean beach wave harbor harbour coast island shore bay sailing surf seaside port
    city: city skyline town street skyscraper downtown metropolis tokyo york cyberpunk building urban paris
    space: space galaxy planet star cosmos nebula universe mars orbit saturn alien cosmic interstellar
    desert: desert dune sahara sand oasis egypt pyramid cactus arizona
    meadow: meadow field garden farm countryside prairie grass park village pasture hillside vineyard
    underwater: underwater reef coral aquarium seabed submarine deep diving
    ribbons: abstract flow ribbon swirl silk smoke music dream flowing energy paint
    mosaic: geometric mosaic pattern polygon crystal stained tile cubist lowpoly kaleidoscope
    orbits: orbits circles mandala concentric bauhaus zen spiral minimal minimalist logo icon circle
""")

MOODS = _table("""
    dawn: dawn sunrise morning daybreak
    sunset: sunset dusk evening sundown twilight golden
    night: night midnight moon moonlight moonlit dark starry nocturnal
    day: day noon sunny summer midday clear
    storm: storm rain rainy thunder thunderstorm lightning gloomy cloudy overcast fog foggy mist misty
    winter: snow snowy winter ice icy frozen frost arctic antarctic blizzard christmas
    autumn: autumn fall october leaves maple harvest halloween
    spring: spring blossom cherry pastel flower floral bloom
    neon: neon cyberpunk synthwave vaporwave futuristic retrowave hologram
    cosmic: space galaxy nebula cosmos universe cosmic interstellar
    mystic: magic magical fantasy mystic enchanted fairy wizard dragon dream dreamy
""")

TRAITS = _groups("""
    rain: rain rainy thunderstorm drizzle storm monsoon
    snow: snow snowy blizzard snowfall snowing winter christmas
    dull: rain rainy thunderstorm drizzle storm stormy monsoon cloudy overcast gloomy thunder lightning
    fog: fog foggy mist misty haze hazy
    bolt: lightning thunder thunderstorm
    aurora: aurora borealis northern
    flowers: flower floral blossom tulip rose daisy poppy bloom lavender sunflower wildflower garden
    moon: moon moonlight moonlit
    lighthouse: lighthouse
    fireflies: firefly fireflies magic magical fairy enchanted
""")

SUBJECTS = _table("""
    fox: fox
    wolf: wolf husky coyote
    cat: cat kitten kitty tiger lion
    dog: dog puppy corgi hound retriever
    rabbit: rabbit bunny hare
    bear: bear panda
    owl: owl
    bird: bird robin sparrow parrot raven crow eagle penguin duck
    whale: whale dolphin orca
    fish: fish goldfish koi shark salmon
    butterfly: butterfly moth
    bigtree: tree oak
    house: house cottage cabin home hut barn
    castle: castle palace fortress
    lighthouse: lighthouse
    boat: boat ship sailboat yacht sailing
    rocket: rocket spaceship shuttle
    balloon: balloon
    person: person man woman girl boy child human king queen knight traveler hiker samurai wizard witch
    astronaut: astronaut spaceman cosmonaut
    robot: robot android mech bot
    flower: flower rose tulip sunflower daisy poppy
    mushroom: mushroom toadstool
    teapot: tea coffee cup mug teapot
    car: car taxi truck van
""")

HOMES = _table("""
    meadow: fox cat dog rabbit bear bird house flower butterfly person balloon bigtree teapot
    mountains: castle
    forest: wolf owl mushroom
    sea: whale boat lighthouse
    underwater: fish
    space: rocket astronaut
    city: robot car
""")

_COLOURS = {
    "red": "#d63b2f", "crimson": "#b81d3c", "scarlet": "#e0321f", "orange": "#ee7b22", "amber": "#f0a024",
    "gold": "#e2b02e", "golden": "#e8b233", "yellow": "#f2c931", "green": "#3e9a4f", "emerald": "#149a6c",
    "lime": "#8bc834", "teal": "#1c9490", "turquoise": "#2cb9b4", "cyan": "#2fb5d6", "blue": "#2f6bd0",
    "navy": "#22407f", "indigo": "#4a3fb0", "purple": "#8240b4", "violet": "#7d55d2", "lavender": "#a58be0",
    "magenta": "#cc3a9c", "pink": "#ee7fa8", "brown": "#8a5a36", "black": "#2b2b33", "white": "#f1efe9",
    "grey": "#8b9098", "gray": "#8b9098", "silver": "#b4bcc6",
}  # fmt: skip
COLOURS: dict[str, RGB] = {word: parse(code) for word, code in _COLOURS.items()}

_COATS = {
    "tiger": "#e0852b", "lion": "#d9a441", "raven": "#2e2f3a", "crow": "#2b2c34", "penguin": "#2d3444",
    "robin": "#8a5f45", "parrot": "#2f9a58", "eagle": "#6a4a33", "duck": "#e0b83a", "panda": "#f1efe9",
    "corgi": "#d98f45", "dolphin": "#7f9db3", "shark": "#76838f", "salmon": "#e08a78", "moth": "#a8967c",
    "sunflower": "#f2c22e", "tulip": "#e0435a", "rose": "#cf2f4a", "poppy": "#dd3b2c", "daisy": "#f4efe2",
    "husky": "#5d6876", "taxi": "#f0bc2c", "deer": "#b07a48", "wizard": "#5a3f94", "king": "#8a2f4a",
    "queen": "#8a2f6a", "knight": "#7d8792", "samurai": "#7a2a2a", "witch": "#3a2f4a",
}  # fmt: skip
COATS: dict[str, RGB] = {word: parse(code) for word, code in _COATS.items()}

_NEARBY = 3
_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH = 400


def read(prompt: str) -> list[str]:
    """The prompt's words in order, plurals also in the singular."""
    words: list[str] = []
    for match in _WORD.finditer(prompt.lower()):
        word = match.group()
        words.append(word)
        if word.endswith("es"):
            words.append(word[:-2])
        if word.endswith("ies"):
            words.append(word[:-3] + "y")
        if word.endswith("s"):
            words.append(word[:-1])
        if len(words) > _ENOUGH:
            break
    return words


def first(words: list[str], table: dict[str, str]) -> str | None:
    """The meaning of the earliest word that the table knows."""
    return next((table[word] for word in words if word in table), None)


def every(words: list[str], groups: dict[str, frozenset[str]]) -> frozenset[str]:
    """All meanings of which at least one word is there."""
    said = set(words)
    return frozenset(meaning for meaning, members in groups.items() if members & said)


def colours(words: list[str]) -> tuple[RGB | None, list[RGB]]:
    """The subject's coat if the prompt names or implies one, and the colours left for the picture."""
    named = [(i, COLOURS[word]) for i, word in enumerate(words) if word in COLOURS]
    at = next((i for i, word in enumerate(words) if word in SUBJECTS), None)
    if at is None:
        return None, [colour for _, colour in named]
    # "A red boat on the blue sea": only a colour just before the subject is the subject's.
    worn = [(i, colour) for i, colour in named if 0 < at - i <= _NEARBY]
    rest = [colour for i, colour in named if not worn or i != worn[-1][0]]
    coat = worn[-1][1] if worn else COATS.get(words[at])
    return coat, rest

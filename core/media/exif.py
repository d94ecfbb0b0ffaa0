"""The two facts of EXIF data that matter before it is dropped: which side is up, and whether it tells a place."""

ORIENTATION = 0x0112
GPS = 0x8825
UPRIGHT = 1
MAX_TAGS = 512
TAG_SIZE = 12
SHORT = 3


def orientation(tiff: bytes) -> int:
    """1 to 8, as in the EXIF standard; 1 (upright) when it is not said, or not readable."""
    said = _tags(tiff).get(ORIENTATION, UPRIGHT)
    return said if said in range(1, 9) else UPRIGHT


def tells_place(tiff: bytes) -> bool:
    return GPS in _tags(tiff)


def _tags(tiff: bytes) -> dict[int, int]:
    """The tags of the first directory with their numbers. A slice beyond the end is empty and counts as 0."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return {}

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    first = number(4, 4)
    places = [first + 2 + TAG_SIZE * index for index in range(min(number(first, 2), MAX_TAGS))]
    return {number(at, 2): number(at + 8, 2 if number(at + 2, 2) == SHORT else 4) for at in places}

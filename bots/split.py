"""Cut a long text into pieces that a platform takes, without breaking a code fence."""

from collections.abc import Callable

FENCE = "```"
_CLOSING = f"\n{FENCE}"


def pieces(text: str, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """The text in pieces of at most `limit`, as `length` measures them; cut between lines, else words, else anywhere.

    A fence that a cut falls into is closed there, and opened again in the next piece. `limit` must be 64 or more.
    """
    made: list[str] = []
    now, fence = "", ""
    lines = text.strip("\n").split("\n")
    while lines:
        line = lines.pop(0)
        after = _fence_after(fence, line)
        longer = f"{now}\n{line}" if now else line
        if length(longer + (_CLOSING if after else "")) <= limit:
            now, fence = longer, after
        elif now not in {"", fence}:
            made.append(now + (_CLOSING if fence else ""))
            now = fence
            lines.insert(0, line)
        else:
            head, tail = _cut(f"{now}\n" if now else "", line, limit - length(_CLOSING), length)
            lines[0:0] = [head, tail]
    if now not in {"", fence}:
        made.append(now + (_CLOSING if fence else ""))
    return made


def _fence_after(fence: str, line: str) -> str:
    """The line that opened the fence we are in once this line is over, or nothing."""
    if not line.lstrip().startswith(FENCE):
        return fence
    if fence:
        return ""
    return "" if line.lstrip()[len(FENCE) :].rstrip().endswith(FENCE) else line.strip()[:20]


def _cut(before: str, line: str, limit: int, length: Callable[[str], int]) -> tuple[str, str]:
    """The longest beginning of the line that fits, ending between words if there are any, and the rest."""
    low, high = 1, len(line) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if length(before + line[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    space = line.rfind(" ", 1, low + 1)
    return (line[:space], line[space + 1 :]) if space > low // 2 else (line[:low], line[low:])

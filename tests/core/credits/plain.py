"""The plainest possible wallet: every single credit is an object. Slow, obvious, and independent of ours."""

from dataclasses import dataclass, field

from core.credits.model import Kind, Origin

GRACE = 60 * 60 * 1000


@dataclass
class Credit:
    """One credit of one lot."""

    lot: "Pile"
    where: str = "free"


@dataclass
class Pile:
    """Where credits came from."""

    name: str
    origin: Origin
    expires_at: int | None
    born: int
    credits: list[Credit] = field(default_factory=list)
    clawed: int = 0
    word: int = 0


class Refused(Exception):
    """The wallet says no. The message says why."""


class PlainWallet:
    """Does what the words say, one credit at a time."""

    def __init__(self) -> None:
        self.piles: dict[str, Pile] = {}
        self.jobs: dict[str, list[Credit]] = {}
        self.debt = 0

    def spendable(self, now: int) -> list[Credit]:
        """Free credits that have not expired, in the order they burn."""
        piles = sorted(
            self.piles.values(),
            key=lambda pile: (pile.origin, pile.expires_at if pile.expires_at is not None else 10**18, pile.born),
        )
        return [
            credit
            for pile in piles
            if pile.expires_at is None or pile.expires_at > now
            for credit in pile.credits
            if credit.where == "free"
        ]

    def held(self) -> int:
        return sum(len(credits) for credits in self.jobs.values())

    def lapse(self, now: int) -> None:
        for pile in self.piles.values():
            if pile.expires_at is not None and pile.expires_at <= now:
                for credit in pile.credits:
                    if credit.where == "free":
                        credit.where = "expired"

    def grant(self, name: str, amount: int, origin: Origin, expires_at: int | None, now: int) -> None:
        self.lapse(now)
        pile = Pile(name, origin, expires_at, len(self.piles))
        pile.credits = [Credit(pile) for _ in range(amount)]
        self.piles[name] = pile
        self.repay(now)

    def hold(self, job: str, amount: int, most: int, now: int) -> None:
        self.lapse(now)
        if len(self.jobs) >= most:
            raise Refused("too many")
        free = self.spendable(now)
        if len(free) < amount:
            raise Refused("insufficient")
        self.jobs[job] = free[:amount]
        for credit in self.jobs[job]:
            credit.where = "held"

    def end(self, job: str, kind: Kind, amount: int, now: int) -> None:
        self.lapse(now)
        credits = self.jobs[job]
        charge = amount if kind is Kind.SETTLE else 0
        if charge > len(credits):
            raise Refused("more than held")
        del self.jobs[job]
        for number, credit in enumerate(credits):
            if number < charge:
                credit.where = "spent"
                continue
            credit.where = "free"
            if credit.lot.expires_at is not None and credit.lot.expires_at <= now:
                credit.lot.expires_at = now + GRACE
        self.repay(now)

    def reverse(self, name: str, total: int, word: int, op: str, now: int, *, spares: bool = False) -> None:
        self.lapse(now)
        pile = self.piles[name]
        if total > len(pile.credits):
            raise Refused("more than granted")
        if word <= pile.word:
            raise Refused("old news")
        missing, pile.word = total - pile.clawed, word
        if spares:
            missing = min(missing, len([credit for credit in pile.credits if credit.where == "free"]))
        pile.clawed += missing
        if missing < 0:
            self.restore(pile, -missing, op, now)
        else:
            there = [credit for where in ("free", "expired") for credit in pile.credits if credit.where == where]
            left = there[:missing]
            for credit in left:
                credit.where = "reversed"
            self.debt += missing - len(left)
        self.repay(now)

    def restore(self, pile: Pile, amount: int, op: str, now: int) -> None:
        taken = [credit for credit in pile.credits if credit.where == "reversed"]
        is_past = pile.expires_at is not None and pile.expires_at <= now
        owed = max(0, pile.clawed + amount - len(taken)) if is_past else 0
        back = taken[: max(0, amount - owed)]
        for credit in back:
            credit.where = "free"
        forgiven = min(self.debt, amount - len(back))
        self.debt -= forgiven
        if rest := amount - len(back) - forgiven:
            new = Pile(op, pile.origin, None if is_past else pile.expires_at, len(self.piles))
            new.credits = [Credit(new) for _ in range(rest)]
            self.piles[op] = new

    def adjust(self, name: str, amount: int, now: int) -> None:
        if amount > 0:
            self.grant(name, amount, Origin.PROMO, None, now)
            return
        self.lapse(now)
        free = self.spendable(now)
        if len(free) < -amount:
            raise Refused("insufficient")
        for credit in free[:-amount]:
            credit.where = "reversed"

    def give(self, amount: int, now: int) -> None:
        self.lapse(now)
        mine = [credit for credit in self.spendable(now) if credit.lot.origin is Origin.PAID]
        if self.debt or len(mine) < amount:
            raise Refused("not to give")
        for credit in mine[:amount]:
            credit.where = "given"

    def repay(self, now: int) -> None:
        for credit in self.spendable(now)[: self.debt]:
            credit.where = "spent"
            self.debt -= 1

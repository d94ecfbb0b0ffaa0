"""What people are told without having asked. The other sentences are in `bots.texts`."""

from bots import error_texts, texts
from core.news import Adjusted, Announced, Gifted, News, PaidBack, Rewarded, RoleChanged, SuspensionChanged, TakenBack


def news(news: News) -> str:
    """What somebody is told without having asked."""
    match news:
        case Announced():
            return f"{news.text}\n\nType `/announcements off` to get no more of these."
        case Adjusted(credits=credits) if credits > 0:
            return (
                f"**+{texts.count(credits, 'credit')}** from the operator{_why(news.why)}. {_balance(news.available)}"
            )
        case Adjusted():
            return (
                f"The operator has taken {texts.count(-news.credits, 'credit')} from you{_why(news.why)}. "
                f"{_balance(news.available)}"
            )
        case PaidBack():
            money = "What was left" if news.amount is None else texts.money(news.amount, news.currency)
            verb = "is" if news.amount is None else "are"
            return f"{money} of order `{news.order}` ({news.goods}) {verb} paid back to you. {_balance(news.available)}"
        case TakenBack(credits=credits) if credits < 0:
            return (
                f"**+{texts.count(-credits, 'credit')}** are yours again: the payment of order `{news.order}` "
                f"({news.goods}) stands. {_balance(news.available)}"
            )
        case TakenBack():
            why = "is disputed" if news.is_disputed else "went back"
            until = " until that is decided" if news.is_disputed else ""
            return (
                f"The payment of order `{news.order}` ({news.goods}) {why}, so {texts.count(news.credits, 'credit')} "
                f"of it {texts.verb(news.credits)} taken back{until}. {_balance(news.available)} /orders shows it."
            )
        case RoleChanged():
            return f"Your role here is **{news.role}** now."
        case SuspensionChanged(reason=None):
            return "Your account is not suspended any more. Welcome back."
        case SuspensionChanged():
            return f"Your account is suspended: {news.reason}. {error_texts.appeal(news.contact)}"
        case Gifted():
            return f"**+{texts.count(news.credits, 'credit')}**: a gift for you. Balance **{news.available:,}**."
        case Rewarded():
            return (
                f"**+{texts.count(news.credits, 'credit')}**: a friend whom you invited has bought something. "
                f"Balance **{news.available:,}**."
            )
    until = f", for use until {texts.day(news.until)}" if news.until is not None else ""
    demo = "Demo: no real money was paid. " if news.is_demo else ""
    price = texts.money(news.amount, news.currency)
    return (
        f"**+{texts.count(news.credits, 'credit')}**, balance **{news.available:,}**{until}.\n"
        f"{demo}Receipt: {news.goods}, {price}, {texts.day(news.at)}, order `{news.order}`."
    )


def _balance(available: int) -> str:
    return f"Balance **{available:,}**."


def _why(why: str) -> str:
    return f": {why}" if why else ""

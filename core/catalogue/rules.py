"""Limits, order of models, and manners."""

from core.catalogue.fields import Count, Credits, Name, Table


class PerDay(Table):
    user: Count = 20
    subscriber: Count = 200
    admin: Count = 1000


class LinkLimits(Table):
    minutes: Count = 10
    codes_per_hour: Count = 5
    tries_per_hour: Count = 5


class ProviderTable(Table):
    """`concurrency`: the most calls in flight over all workers; none: as many as there are.

    `output_hosts`: from where its finished pictures may be fetched, besides its own hosts.
    """

    concurrency: Count | None = None
    output_hosts: tuple[str, ...] = ()


class Chains(Table):
    """The models to ask, in order, when nobody names one: if the first cannot serve, the next may."""

    image: tuple[Name, ...] = ()
    chat: tuple[Name, ...] = ()


class ChatTable(Table):
    """How conversations go. `memory_tokens`: how much of what was said before is sent along, by a rough count.

    `cache`: whether the same question within a day gets the same answer; `cached_price` is what that costs.
    """

    cache: bool = True
    cached_price: Credits = 0
    memory_tokens: Credits = 3000
    memory_hours: Count = 24
    answer_tokens: Count = 2000
    persona: Name = "default"


class Limits(Table):
    prompt_characters: Count = 2000
    history_shown: Count = 10
    job_seconds: Count = 3600
    subscriber_head_start: Credits = 30
    free_credits_days: Count = 7
    free_credits_after_days: Credits = 0
    requests_per_day: PerDay = PerDay()
    link: LinkLimits = LinkLimits()


class Moderation(Table):
    blocklist: tuple[str, ...] = ()

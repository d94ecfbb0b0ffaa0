"""Each database keeps the contract of every port."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.stores.mongo import open_mongo
from core.stores.sqlite import open_sqlite
from tests.core.stores.contract import Handles, LedgerContract, LimitContract, LinkContract
from tests.core.stores.contract_accounts import AccountContract
from tests.core.stores.contract_admin import (
    AuditContract,
    BookContract,
    EventContract,
    KeyContract,
    PageContract,
    SumContract,
    SummaryContract,
)
from tests.core.stores.contract_asked import AskedContract, SettingContract
from tests.core.stores.contract_deliveries import DeliveryContract, EndContract, SettlementContract
from tests.core.stores.contract_history import BlankContract, ListContract
from tests.core.stores.contract_jobs import QueueContract, WorkerContract
from tests.core.stores.contract_leases import LeaseContract
from tests.core.stores.contract_processes import FenceContract, InstallationContract, SlotContract
from tests.core.stores.contract_reports import FeedContract, UsageContract
from tests.core.stores.contract_trade import CodeContract, OrderContract, SubscriberContract
from tests.core.stores.contract_transfers import TransferContract
from tests.core.stores.contract_turns import AgeContract, ClosingContract, TurnContract


@pytest.fixture(params=["sqlite", "mongodb"])
async def handles(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Handles]:
    opening = on_sqlite(tmp_path / "easel.db") if request.param == "sqlite" else on_mongo(request)
    async with opening as handles:
        yield handles


@asynccontextmanager
async def on_sqlite(path: Path) -> AsyncIterator[Handles]:
    one, stores = await open_sqlite(path)
    two, others = await open_sqlite(path)
    yield stores, others
    await one.close()
    await two.close()


@asynccontextmanager
async def on_mongo(request: pytest.FixtureRequest) -> AsyncIterator[Handles]:
    """The server is started only for whoever asks for it."""
    url = request.getfixturevalue("mongo").url(f"easel_test_{secrets.token_hex(6)}")
    one, stores = await open_mongo(url)
    two, others = await open_mongo(url)
    yield stores, others
    await one.drop()
    await one.close()
    await two.close()


class TestAsked(AskedContract): ...


class TestSettings(SettingContract): ...


class TestOrders(OrderContract): ...


class TestCodes(CodeContract): ...


class TestSubscribers(SubscriberContract): ...


class TestLedger(LedgerContract): ...


class TestTransfers(TransferContract): ...


class TestLinks(LinkContract): ...


class TestLimits(LimitContract): ...


class TestAccounts(AccountContract): ...


class TestQueue(QueueContract): ...


class TestWorkers(WorkerContract): ...


class TestLeases(LeaseContract): ...


class TestEnds(EndContract): ...


class TestSettlements(SettlementContract): ...


class TestDeliveries(DeliveryContract): ...


class TestLists(ListContract): ...


class TestBlanking(BlankContract): ...


class TestUsage(UsageContract): ...


class TestFeed(FeedContract): ...


class TestSlots(SlotContract): ...


class TestFences(FenceContract): ...


class TestInstallation(InstallationContract): ...


class TestTurns(TurnContract): ...


class TestAge(AgeContract): ...


class TestClosing(ClosingContract): ...


class TestAudit(AuditContract): ...


class TestBooks(BookContract): ...


class TestEvents(EventContract): ...


class TestKeys(KeyContract): ...


class TestPages(PageContract): ...


class TestSums(SumContract): ...


class TestSummaries(SummaryContract): ...

"""The library's store, and two people."""

from __future__ import annotations

import pytest
from tests.stores.records import Worker, add_account

from safelight.identity.account import Account
from safelight.library.ports import LibraryStore
from safelight.stores.sql.library import SqlLibrary


@pytest.fixture
def store(here: Worker) -> LibraryStore:
    return SqlLibrary(here.database)


@pytest.fixture
async def ada(here: Worker) -> Account:
    return await add_account(here, "ada")


@pytest.fixture
async def bob(here: Worker) -> Account:
    return await add_account(here, "bob")

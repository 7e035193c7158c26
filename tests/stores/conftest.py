"""Two workers over one database file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores.records import Worker, open_worker


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "safelight" / "safelight.db"


@pytest.fixture
def here(path: Path) -> Iterator[Worker]:
    worker = open_worker(path)
    yield worker
    worker.database.close()


@pytest.fixture
def there(path: Path) -> Iterator[Worker]:
    """Another worker process's view, as far as the file can tell."""
    worker = open_worker(path)
    yield worker
    worker.database.close()

"""A library, two people, and nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.library.branch import Branch, as_caller

from safelight.identity.principal import Caller


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    folder = tmp_path / "library"
    folder.mkdir(mode=0o700)
    branch = Branch(folder)
    yield branch
    branch.close()


@pytest.fixture
async def ada(branch: Branch) -> Caller:
    return as_caller(await branch.add_person("ada"))


@pytest.fixture
async def bob(branch: Branch) -> Caller:
    return as_caller(await branch.add_person("bob"))

"""The librarian answers everything that can be asked."""

from __future__ import annotations

from typing import get_args

from tests.library.branch import Branch

from safelight.library.questions import AddChunk, CompleteUpload, Question


async def test_every_question_has_an_answer(branch: Branch) -> None:
    uploads_in_parts = {AddChunk, CompleteUpload}  # `chunks.py` answers those
    assert set(branch.here.librarian.handlers()) | uploads_in_parts == set(get_args(Question))

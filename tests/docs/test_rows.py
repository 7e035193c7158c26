"""`dev.py rows` misses a row that nothing shows, and believes only the client about the client."""

from pathlib import Path

import pytest
from tools import rows

PAGE = """\
| id | row | mark | source |
|---|---|---|---|
| PX-1 | The server does this | documented | somewhere |
| PX-2 | The client does that | client | somewhere |
| PX-3 | Nobody does this | out | somewhere |
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("docs/protocols", "tests/client", "tests/protocols"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "docs/protocols/pixieset.md").write_text(PAGE)
    monkeypatch.setattr(rows, "ROOT", tmp_path)
    return tmp_path


def show(place: Path, folder: str, row: str) -> None:
    file = place / "tests" / folder / "test_it.py"
    text = f'@pytest.mark.covers("{row}")\ndef test_it(): ...\n'
    file.write_text((file.read_text() if file.exists() else "") + text)


def test_every_row_needs_a_test_of_its_own_side(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rows.main() == 1
    assert capsys.readouterr().out.endswith("PX-1 PX-2\n")
    show(place, "protocols", "PX-1")
    show(place, "protocols", "PX-2")
    assert rows.main() == 1
    assert capsys.readouterr().out.endswith("  PX-2\n")
    show(place, "client", "PX-2")
    assert rows.main() == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        *("pixieset", "1", "1", "1", "1", "1", "none"),
    ]


def test_a_marker_that_names_no_row_is_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, row in (("protocols", "PX-1"), ("client", "PX-2"), ("client", "PX-9")):
        show(place, folder, row)
    assert rows.main() == 1
    assert "PX-9 is no row, but is named by tests/client/test_it.py:" in capsys.readouterr().out

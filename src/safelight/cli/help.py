"""How `--help` looks: two columns without frames, so that it reads the same in a pipe."""

from __future__ import annotations

import textwrap

from cyclopts.help import HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions
from rich.text import Text

_WIDEST_NAME = 26
_GAP = 2
_NO_DEFAULT = frozenset({"None", '""', "()"})
"""That nothing stands in the place of what is left out goes without saying."""


class Columns:
    """A `cyclopts` help formatter. Names to the left, what they do to the right."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one panel: commands, arguments, or options."""
        if not panel.entries:
            return
        names = [" ".join(entry.display_labels_with_metavar) for entry in panel.entries]
        left = min(max(map(len, names)), _WIDEST_NAME) + 2 * _GAP
        console.print()
        console.print(Text(str(panel.title), style="bold"))
        for name, entry in zip(names, panel.entries, strict=True):
            lines = textwrap.wrap(_text(entry), max(console.width - left, 20)) or [""]
            if len(name) > _WIDEST_NAME:
                lines.insert(0, "")
            head = Text(" " * _GAP).append(name, style="cyan")
            head.append(" " * (left - len(name) - _GAP)).append(lines[0]).rstrip()
            console.print(head, soft_wrap=True)
            for line in lines[1:]:
                console.print(Text(" " * left + line), soft_wrap=True)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: object) -> None:
        """Print the first line."""
        if usage:
            console.print(Text(f"Usage: {str(usage).strip()}", style="bold"))

    def render_description(
        self, console: Console, options: ConsoleOptions, description: object
    ) -> None:
        """Print what the command does."""
        for paragraph in _plain(description).strip().split("\n\n"):
            if paragraph:
                lines = textwrap.fill(paragraph, console.width)
                console.print()
                console.print(Text(lines), soft_wrap=True)


def _text(entry: HelpEntry) -> str:
    parts = [_plain(entry.description)]
    if entry.choices:
        parts.append(f"One of {', '.join(entry.choices)}.")
    if str(entry.default) not in _NO_DEFAULT:
        parts.append(f"[{entry.default}]")
    return " ".join(part.strip() for part in parts if part.strip())


def _plain(description: object) -> str:
    """The words of whatever cyclopts has made of a docstring."""
    if description is None:
        return ""
    if isinstance(description, str):
        return description
    if isinstance(description, Text):
        return description.plain
    console = Console(width=10_000, color_system=None, markup=False)
    with console.capture() as capture:
        console.print(description, end="")
    return "\n".join(line.rstrip() for line in capture.get().splitlines())

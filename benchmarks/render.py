"""`python -m benchmarks.render`: writes the pages of `docs/` that hold figures or commands, from what was measured and what there is.

`benchmarks/pages/NAME.md` is the template of `docs/NAME.md` (Jinja2).  It knows `results.NAME`, the figures of `benchmarks/results/NAME.json`,
and `commands`, every `hub` command with its sentence; a name that is not there is an error.  `tests/test_docs.py` holds the pages to it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import typer
from typer.core import TyperGroup

HERE = Path(__file__).parent
PAGES, RESULTS, DOCS = HERE / "pages", HERE / "results", HERE.parent / "docs"


def main() -> int:
    """Write every page anew; say which changed."""
    for path, text in pages():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(HERE.parent)}: written anew")
    return 0


def pages() -> Iterator[tuple[Path, str]]:
    """Give every page and its text; a page says itself what it does without a result (`is defined`)."""
    values: dict[str, Any] = {"results": results(), "commands": list(commands())}
    loader = jinja2.FileSystemLoader(PAGES)
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True)  # noqa: S701 - Markdown
    environment.filters |= {"count": lambda number: f"{number:,.0f}", "mib": lambda size: f"{size / (1 << 20):,.0f} MiB"}
    for template in sorted(PAGES.glob("*.md")):
        yield DOCS / template.name, environment.get_template(template.name).render(values)


def results() -> dict[str, Any]:
    """Give the figures of every result file by its name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("*.json"))}


def commands() -> Iterator[tuple[str, str]]:
    """Give every `hub` command with its arguments, and its first sentence."""
    from hub.cli import app

    yield from _commands(typer.main.get_command(app), "hub")


def _commands(command: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(command, TyperGroup):
        for part in sorted(command.commands):
            yield from _commands(command.commands[part], f"{name} {part}")
        return
    arguments = [f"[{one.name.upper()}]" if not one.required else one.name.upper() for one in command.params if one.param_type_name == "argument"]
    yield " ".join([name, *arguments]), str(command.help or "").strip().partition("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())

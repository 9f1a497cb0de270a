"""No sentence of the console is without its Chinese, and none stands in a template or a route without being translated."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from console import access, words

CONSOLE = Path(access.__file__).parent
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
CODE = sorted(CONSOLE.rglob("*.py"))
OWN = {"中文", "English", "Esc", "PgDn", "Alt", "Enter"}
"""Words that are the same in both languages."""
SPOKEN = ("aria-label", "placeholder", "title", "alt")


def in_templates(path: Path) -> set[str]:
    """Sentences a template translates."""
    return {text for _, text in re.findall(r"""\b_\(\s*(["'])((?:(?!\1).)+)\1""", path.read_text(encoding="utf-8"))}


def in_code(path: Path) -> set[str]:
    """Sentences code marks or translates."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("_", "N_") and call.args]
    return {str(call.args[0].value) for call in named if isinstance(call.args[0], ast.Constant)}


@pytest.mark.parametrize("path", [*TEMPLATES, *CODE], ids=lambda path: path.name)
def test_every_sentence_has_its_chinese(path: Path) -> None:
    found = in_templates(path) if path.suffix == ".html" else in_code(path)
    assert sorted(text for text in found if text not in words.chinese()) == []


def test_the_search_for_sentences_finds_them() -> None:
    assert len(set().union(*map(in_templates, TEMPLATES))) > 60
    assert "find a person" in in_code(CONSOLE / "page.py")


class Bare(HTMLParser):
    """Collects text and spoken attributes of a template once everything of Jinja is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN:
                self._add(value or "")

    def _add(self, text: str) -> None:
        self.found += [word for word in re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", text) if word not in OWN]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_word_stands_bare_in_a_template(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", "0", text, flags=re.DOTALL)
    bare = Bare()
    bare.feed(text)
    assert bare.found == []


def test_catalogues_agree_and_keep_their_placeholders() -> None:
    for english, chinese in words.chinese().items():
        assert sorted(re.findall(r"%\(\w+\)[sd]", english)) == sorted(re.findall(r"%\(\w+\)[sd]", chinese)), english

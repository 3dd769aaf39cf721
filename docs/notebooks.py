"""The first chapters of the course as notebooks: text, sessions as cells, pictures inside the file.

``python -m docs.notebooks`` makes them and runs them; the build of the site does the same. Text becomes cells of
Markdown, a session becomes cells of code, each of which ends where the session shows an output.
"""

from __future__ import annotations

import argparse
import base64
import doctest
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docs.course_pictures import marked

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "_build" / "notebooks"
CHAPTERS = 3

SESSION = re.compile(r"^```(?:pycon|python)\n(>>> .*?)^```\n", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+\.(png|svg))\)(?:\{[^}]*\})?")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)")
KINDS = {"png": "image/png", "svg": "image/svg+xml"}


def chapters() -> list[Path]:
    """The files of the chapters that are notebooks as well."""
    return sorted((HERE / "course").glob("[0-9]*.md"))[:CHAPTERS]


def notebook_of(chapter: Path) -> dict[str, Any]:
    """A chapter as a notebook, not yet run.

    Raises
    ------
    FileNotFoundError
        A picture of the chapter has not been drawn.
    """
    text = marked(chapter.read_text(encoding="utf-8"))
    cells = list(cells_of(text, chapter.parent))
    for k, cell in enumerate(cells):
        cell["id"] = f"cell-{k}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def cells_of(text: str, folder: Path) -> Iterator[dict[str, Any]]:
    """The cells of a text, by turns of Markdown and of code."""
    parts = SESSION.split(text)
    for k, part in enumerate(parts):
        if k % 2:
            yield from code_cells(part)
        elif part.strip():
            yield text_cell(part.strip("\n"), folder)


def text_cell(text: str, folder: Path) -> dict[str, Any]:
    """A cell of Markdown with its pictures attached; folded text as HTML folds it; links inside the site as text."""
    attached = {}

    def attach(found: re.Match[str]) -> str:
        picture = (folder / found[2]).resolve()
        data = base64.b64encode(picture.read_bytes()).decode("ascii")
        attached[picture.name] = {KINDS[found[3]]: data}
        return f"![{found[1]}](attachment:{picture.name})"

    source = folded(LINK.sub(r"\1", PICTURE.sub(attach, text)))
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    return {**cell, "attachments": attached} if attached else cell


def folded(text: str) -> str:
    """A text with its dropdowns, at any indentation, as HTML folds text.

    Raises
    ------
    ValueError
        The text has another directive, which a notebook would show as it stands.
    """
    text = re.sub(r"^( *):::\{dropdown\} *(.*)$", r"\1<details><summary>\2</summary>\n", text, flags=re.MULTILINE)
    text = re.sub(r"^( *):::$", r"\n\1</details>", text, flags=re.MULTILINE)
    if ":::" in text or "```{" in text:
        raise ValueError("a chapter that is a notebook has a directive other than dropdown")
    return text


def code_cells(session: str) -> Iterator[dict[str, Any]]:
    """The cells of a session; one that is to raise an error is marked, so that a run goes on after it."""
    lines: list[str] = []
    for example in doctest.DocTestParser().get_examples(session):
        lines.append(re.sub(r"  # doctest:.*", "", example.source).rstrip("\n"))
        if example.want:
            yield code_cell(lines, ["raises-exception"] if example.exc_msg else [])
            lines = []
    if lines:
        yield code_cell(lines, [])


def code_cell(lines: list[str], tags: list[str]) -> dict[str, Any]:
    """A cell of code that has not run."""
    metadata = {"tags": tags} if tags else {}
    source = "\n".join(lines)
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": [], "execution_count": None}


def run(notebook: dict[str, Any], folder: Path = HERE.parent) -> dict[str, Any]:
    """Run all cells of a notebook in a folder, and give the notebook with its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised an error that its session does not show.
    """
    try:
        import nbclient
        import nbformat
    except ImportError as missing:
        raise ImportError('running notebooks needs nbclient and ipykernel: pip install -e ".[docs]"') from missing

    node = nbformat.from_dict(notebook)
    nbformat.validate(node)
    quiet = ["--IPKernelApp.log_level=ERROR"]
    place = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(node, timeout=120, resources=place, extra_arguments=quiet).execute()
    return dict(node)


def write(folder: Path = FOLDER) -> list[Path]:
    """Make the notebooks of the first chapters in a folder, run them, and give their files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for chapter in chapters():
        files.append(folder / f"{chapter.stem}.ipynb")
        files[-1].write_text(json.dumps(run(notebook_of(chapter)), indent=1, ensure_ascii=False), encoding="utf-8")
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the notebooks, and print their files."""
    parser = argparse.ArgumentParser(prog="python -m docs.notebooks", description="Chapters as notebooks.")
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="FOLDER", help="default: docs/_build/notebooks")
    print(*write(parser.parse_args(arguments).output), sep="\n")


if __name__ == "__main__":
    main()

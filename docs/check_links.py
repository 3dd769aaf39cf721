"""A check of the built site: every link inside it leads to a page, a file or a heading that is there.

``python -m docs.check_links FOLDER`` names those that do not, and pages that load anything from elsewhere.
"""

from __future__ import annotations

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = ("src", "srcset", "data", "poster")  # what a browser fetches without being asked


class Links(HTMLParser):
    """The links of a page, what it loads, and the places in it that links may lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value for key, value in attrs if value}
        self.places.update(given[key] for key in ("id", "name") if key in given)
        self.loaded += [given[key] for key in LOADED if key in given]
        if "href" in given:
            loads = tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "modulepreload")
            (self.loaded if loads else self.links).append(given["href"])


@cache
def read(path: Path) -> Links:
    """The links, the loaded files and the anchors of a page."""
    return Links(path.read_text(encoding="utf-8"))


def broken(folder: Path) -> list[str]:
    """A line for each link that leads nowhere, and for each thing that a page loads from another host."""
    found = []
    for page in sorted(folder.rglob("*.html")):
        for link in [*read(page).links, *read(page).loaded]:
            if reason := wrong(link, page, loaded=link in read(page).loaded):
                found.append(f"{page.relative_to(folder)}: {link!r} {reason}")
    return found


def wrong(link: str, page: Path, loaded: bool) -> str:
    """The defect of a link in a page; an empty text, if it has none."""
    parts = urlsplit(link)
    if parts.scheme == "data" or (parts.scheme and not loaded):
        return ""
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "leads to no file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read(target).places:
        return "leads to no place in that page"
    return ""


def main(arguments: list[str]) -> int:
    """Check the site in a folder; 1, if anything is wrong."""
    folder = Path(arguments[0] if arguments else "docs/_build/html")
    pages = len(list(folder.rglob("*.html")))
    found = broken(folder)
    print(*found, f"{pages} pages, {len(found)} links that are wrong", sep="\n")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

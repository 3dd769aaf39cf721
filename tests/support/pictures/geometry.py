"""The geometry of pictures as a browser draws them: which text leaves its shape, and which texts lie over another.

All pictures stand in one page, which is opened once; then each font is set in turn, and each text and shape measured.
The fonts are those that readers have: what this machine takes for Helvetica, DejaVu Sans, which is wide, DejaVu Serif,
which is wider, and Computer Modern, as narrow as Times. matplotlib brings the last three, so every machine has them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib

from tests.support.pages import launched

FONTS = {
    "Helvetica": "",
    "DejaVu Sans": "DejaVuSans.ttf",
    "DejaVu Serif": "DejaVuSerif.ttf",
    "Computer Modern": "cmr10.ttf",
}
SLACK = 0.6  # pixels; a browser rounds the height of a font

# For each picture: the texts, each with its box, that of its group, and the corners that lie outside of the group's
# shape; and the shapes that no other text may lie on.
MEASURE = """font => {
  document.body.style.setProperty("--font", `"${font}"`);
  const inside = (outer, x, y) => {
    const point = outer.ownerSVGElement.createSVGPoint();
    Object.assign(point, { x, y });
    return outer.isPointInFill(point) || outer.isPointInStroke(point);
  };
  const rectangle = each => {
    const { x, y, width, height } = each.getBBox();
    return [x, y, x + width, y + height];
  };
  const written = text => {  // the bounding box of slanted letters is wider than where they are set
    const [, top, , bottom] = rectangle(text), last = text.getNumberOfChars() - 1;
    const left = Math.min(text.getStartPositionOfChar(0).x, text.getEndPositionOfChar(last).x);  // right to left, too
    return [left, top, left + text.getComputedTextLength(), bottom];
  };
  return [...document.querySelectorAll("section > svg")].map(picture => {
    const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
    const kind = each => each.closest(".node, .edge, .cluster");
    const shape = group => group?.querySelector("path, rect, ellipse");
    const texts = [...picture.querySelectorAll("text")].map(text => {
      const box = written(text), group = kind(text), [left, top, right, bottom] = box, middle = (left + right) / 2;
      const node = group?.matches(".node") && shape(group) ? group : null;
      const round = node && shape(node).matches("ellipse");
      const reach = round
        ? [[left, (top + bottom) / 2], [right, (top + bottom) / 2], [middle, top], [middle, bottom]]
        : [[left, top], [right, top], [left, bottom], [right, bottom]];
      const within = (z, low, high) => z === low ? z + SLACK : z === high ? z - SLACK : z;
      const inner = ([x, y]) => [within(x, left, right), within(y, top, bottom)];
      return {
        text: text.textContent, box, group: group?.id ?? "", node: Boolean(node),
        leaves: node ? reach.map(inner).filter(([x, y]) => !inside(shape(node), x, y)).length : 0,
      };
    });
    const nodes = [...picture.querySelectorAll(".node")].filter(shape);
    const boxes = nodes.map(each => ({ group: each.id, box: rectangle(shape(each)) }));
    return { width, height, texts, boxes };
  });
}""".replace("SLACK", str(SLACK))


class Fault(NamedTuple):
    """A place where a picture cannot be read well."""

    picture: str
    font: str
    what: str


def faults(pictures: Mapping[str, str], folder: Path) -> list[Fault]:
    """Return all that is wrong with pictures, given as SVG by name, in any of the fonts."""
    from playwright.sync_api import sync_playwright

    page = folder / "gallery.html"
    page.write_text(_page(pictures), encoding="utf-8")
    found = []
    with sync_playwright() as playwright:
        browser = launched(playwright)
        tab = browser.new_page()
        tab.goto(page.as_uri())
        tab.evaluate("Promise.all([...document.fonts].map(font => font.load()))")
        for font in FONTS:
            measured = tab.evaluate(MEASURE, font)
            for name, each in zip(pictures, measured, strict=True):
                found += [Fault(name, font, what) for what in wrong(each)]
        browser.close()
    return found


def wrong(measured: Mapping[str, Any]) -> Iterator[str]:
    """The sentences about one picture, from what was measured."""
    texts = measured["texts"]
    for text in texts:
        if text["leaves"]:
            yield f"{text['text']!r} leaves the shape of {text['group']}"
        left, top, right, bottom = text["box"]
        if left < -SLACK or top < -SLACK or right > measured["width"] + SLACK or bottom > measured["height"] + SLACK:
            yield f"{text['text']!r} leaves the picture"
    for text, other in _over(texts, texts):
        yield f"{text['text']!r} of {text['group']} and {other['text']!r} of {other['group']} overlap"
    for text, box in _over(texts, measured["boxes"]):
        if text["group"] != box["group"]:
            yield f"{text['text']!r} of {text['group']} lies on {box['group']}"


def _over(some: list[Any], others: list[Any]) -> Iterator[tuple[Any, Any]]:
    """The pairs that overlap; each pair of one list once."""
    ordered = sorted(others, key=lambda each: each["box"][0])
    widest = max((each["box"][2] - each["box"][0] for each in others), default=0.0)
    for k, each in enumerate(sorted(some, key=lambda each: each["box"][0])):
        left, top, right, bottom = each["box"]
        for other in ordered[k + 1 :] if some is others else ordered:
            x, y, ends, below = other["box"]
            if x >= right - SLACK:
                break
            if x > left - widest and ends > left + SLACK and y < bottom - SLACK and below > top + SLACK:
                yield each, other


def _page(pictures: Mapping[str, str]) -> str:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = {name: base64.b64encode((folder / file).read_bytes()).decode() for name, file in FONTS.items() if file}
    faces = (f'@font-face{{font-family:"{name}";src:url(data:font/ttf;base64,{data})}}' for name, data in files.items())
    rule = "svg text { font-family: var(--font), Arial, 'Liberation Sans', sans-serif !important }"
    style = f"<style>{''.join(faces)}{rule}</style>"
    body = "".join(f"<section>{svg}</section>" for svg in pictures.values())
    return f"<!doctype html><meta charset=utf-8>{style}<body style='--font: Helvetica'>{body}"

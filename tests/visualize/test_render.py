"""From text to picture: by the program dot, by pygraphviz, and what happens where neither does it."""

import io
import os
import sys
from xml.etree import ElementTree

import pypdf
import pytest

import visualize
from autograd import AutogradError, InputTypeError, InputValueError, Value, scope
from visualize import RenderError
from visualize.picture.render import render

from .test_draw import HOSTILE, marked

SVG = "{http://www.w3.org/2000/svg}"


def drawing():
    y = Value(3.0, name="x") * Value(2.0, name="w")
    y.name = "y"
    return visualize.draw(y)


def lines_of(svg):
    """The texts of each box, edge and frame of an SVG picture, line by line."""
    lines = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        heights = {}
        for text in group.findall(f"{SVG}text"):
            heights.setdefault(text.get("y"), []).append(text.text.replace("\xa0", " "))
        lines += ["".join(texts).strip() for texts in heights.values()]
    return lines


@pytest.fixture
def program_dot(without_dot, without_pygraphviz):
    """Put a program of that name on the path, with what it does given in Python."""
    if os.name == "nt":
        pytest.skip("a script with #! is not a program on Windows")

    def write(does, first_line=f"#!{sys.executable}"):
        path = without_dot / "dot"
        path.write_text(f"{first_line}\n{does}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def no_renderer(without_dot, without_pygraphviz):
    """A machine without Graphviz."""


# --- The pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "begins"), [("svg", b"<svg "), ("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF-")])
def test_the_ending_of_the_file_says_what_is_written(renderer, tmp_path, format, begins):
    for name in (f"y.{format}", f"Y.{format.upper()}"):
        assert drawing().save(tmp_path / name) == tmp_path / name
        assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_path_may_be_text(renderer, tmp_path):
    assert drawing().save(str(tmp_path / "y.svg")).read_text(encoding="utf-8") == drawing().svg()


@pytest.mark.smoke
def test_svg_is_one_element_that_can_stand_in_a_page(renderer):
    svg = drawing().svg()
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>\n")
    assert "<!" not in svg
    assert "<?" not in svg


def test_svg_shows_boxes_edges_and_a_dashed_frame(renderer):
    with scope("outer"):
        y = Value(3.0, name="x") ** 2
    svg = visualize.draw(y).svg()
    classes = [group.get("class").split()[0] for group in ElementTree.fromstring(svg).iter(f"{SVG}g")]
    assert [classes.count(kind) for kind in ("cluster", "node", "edge")] == [1, 2, 1]
    assert svg.count("stroke-dasharray") == 1
    assert {"outer", "x input", "%1 = x ** 2", "6.0"} <= set(lines_of(svg))


def hostile():
    with scope("<frame> \\G &amp; \\N"):
        return sum((Value(1.0, name=name) for name in HOSTILE[1:]), Value(1.0, name=HOSTILE[0]))


def test_hostile_names_come_out_as_themselves_in_svg(renderer):
    written = lines_of(visualize.draw(hostile()).svg())
    assert {f"{marked(name)} input" for name in HOSTILE} <= set(written)
    assert "<frame> \\G &amp; \\N" in written
    for name in HOSTILE[1:]:
        assert any(line.endswith(f" + {marked(name)}") for line in written)


def test_hostile_names_come_out_as_themselves_in_pdf(renderer, tmp_path):
    page = pypdf.PdfReader(visualize.draw(hostile()).save(tmp_path / "y.pdf")).pages[0].extract_text()
    for name in HOSTILE:
        if name.isascii():  # what a font lacks has no text in a PDF
            assert name in page


def test_hostile_names_do_no_harm_in_png(renderer):
    assert render(visualize.draw(hostile()).dot, "png", 60).startswith(b"\x89PNG")


def test_a_bitmap_has_two_pixels_for_each_point(renderer):
    box = ElementTree.fromstring(drawing().svg()).get("viewBox")
    wide, high = (float(number) for number in box.split()[2:])
    png = render(drawing().dot, "png", 60)
    pixels = [int.from_bytes(png[k : k + 4], "big") for k in (16, 20)]
    assert pixels == [pytest.approx(2 * wide, abs=4), pytest.approx(2 * high, abs=4)]


def test_a_notebook_gets_the_picture(renderer):
    shown = drawing()._repr_mimebundle_(include=None, exclude=None)
    assert set(shown) == {"text/html", "image/svg+xml", "text/plain"}
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag == f"{SVG}svg"
    assert shown["text/plain"] == "<drawing of 3 values>"
    picture = shown["text/html"].removeprefix('<div style="overflow-x:auto">').removesuffix("</div>")
    assert ElementTree.fromstring(picture).tag == f"{SVG}svg"
    assert lines_of(picture) == lines_of(drawing().svg())


# --- Which renderer ---------------------------------------------------------------------------------------------------


def test_the_program_comes_first(program_dot, monkeypatch):
    monkeypatch.delitem(sys.modules, "pygraphviz")
    program_dot("print('<svg>by the program</svg>')")
    assert "by the program</svg>\n" in drawing().svg()


def test_the_program_reads_the_text_and_is_told_the_format(program_dot):
    program_dot("import sys; print(sys.argv[1:], sys.stdin.buffer.read().decode('utf-8'), end='')")
    assert render("digraph { é }", "png", 60).decode() == "['-Tpng', '-Gdpi=144'] digraph { é }"
    assert render("digraph { é }", "pdf", 60).decode() == "['-Tpdf'] digraph { é }"


def test_pygraphviz_that_cannot_be_imported_is_quoted(without_dot, tmp_path, monkeypatch):
    (tmp_path / "pygraphviz.py").write_text("raise ImportError('a library is missing')", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "pygraphviz", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RenderError, match=r"(?s)\(pygraphviz\) failed with code 1.*Error: a library is missing"):
        drawing().svg()


def test_an_interpreter_that_does_not_know_itself_cannot_use_pygraphviz(without_dot, monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(RenderError, match="no Graphviz was found"):
        drawing().svg()


# --- Failures ---------------------------------------------------------------------------------------------------------


def test_without_a_renderer_the_error_gives_three_ways(no_renderer, tmp_path):
    with pytest.raises(RenderError) as refused:
        drawing().save(tmp_path / "y.svg")
    message = str(refused.value)
    for way in ("apt install graphviz", "brew install graphviz", "winget install graphviz"):
        assert way in message
    assert "pip install pygraphviz" in message
    assert '.save("picture.dot")' in message
    assert isinstance(refused.value, AutogradError)
    assert isinstance(refused.value, RuntimeError)
    assert not (tmp_path / "y.svg").exists()


def test_without_a_renderer_there_is_still_the_text(no_renderer, tmp_path):
    path = drawing().save(tmp_path / "y.dot")
    assert path.read_text(encoding="utf-8") == drawing().dot


def test_a_notebook_without_a_renderer_gets_words(no_renderer):
    shown = drawing()._repr_mimebundle_(include=None, exclude=None)
    assert list(shown) == ["text/plain"]
    assert shown["text/plain"].startswith("<drawing of 3 values>: no Graphviz was found")
    assert "pip install pygraphviz" in shown["text/plain"]


FAILURES = [
    (
        "import sys; sys.stderr.write('no such layout'); sys.exit(3)",
        "(?s)failed with code 3, saying:\nno such layout\n",
    ),
    ("import sys; sys.exit(2)", "(?s)failed with code 2, saying:\nnothing\n"),
    ("", "failed with code 0, saying:\nnothing\n"),
    ("print('not a picture')", "something other than SVG, beginning with 'not a picture"),
    ("import sys; sys.stdout.buffer.write(b'\\xff')", "something other than SVG"),
]


@pytest.mark.parametrize(("does", "words"), FAILURES)
def test_a_program_that_fails_is_quoted_and_a_notebook_survives_it(program_dot, does, words):
    program_dot(does)
    with pytest.raises(RenderError, match=words):
        drawing().svg()
    assert list(drawing()._repr_mimebundle_()) == ["text/plain"]


def test_a_program_that_does_not_read_is_no_reason_to_hang(program_dot):
    program_dot("print('<svg></svg>')")
    y = x = Value(0.5)
    for _ in range(2000):
        y = y + x
    assert visualize.draw(y, theme="light", fold=False).svg() == "<svg></svg>\n"


def test_a_program_that_takes_too_long_is_stopped(program_dot, tmp_path):
    program_dot("import time; time.sleep(60)")
    with pytest.raises(RenderError, match=r"not drawn this graph within 0\.2 seconds; .*timeout="):
        drawing().svg(timeout=0.2)
    with pytest.raises(RenderError, match="not drawn"):
        drawing().save(tmp_path / "y.png", timeout=0.2)
    assert not (tmp_path / "y.png").exists()


def test_a_file_that_is_no_program_is_named(program_dot):
    path = program_dot("", first_line="\0")
    with pytest.raises(RenderError, match=f"could not be started as '{path}'"):
        drawing().svg()


def test_a_graph_that_is_none_is_refused_with_graphviz_own_words(renderer):
    with pytest.raises(RenderError, match=r"(?s)failed with code [1-9].*syntax error"):
        render("digraph { ->", "svg", 60)


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("y.jpg", InputValueError, "saved as .svg, .png, .pdf or .dot, not as 'y.jpg'"),
        ("y", InputValueError, "not as 'y'; give it one of these endings"),
        ("", InputValueError, "give it one of these endings"),
        (os.path.join("nowhere", "y.svg"), InputValueError, "there is no folder 'nowhere' to save 'y.svg' in; make it"),
        (3, InputTypeError, "the path of a file, not int 3"),
        (None, InputTypeError, "not NoneType None"),
        (io.BytesIO(), InputTypeError, "not BytesIO"),
    ],
)
def test_a_path_that_does_not_do_is_refused_before_anything_is_drawn(no_renderer, path, error, words):
    with pytest.raises(error, match=words):
        drawing().save(path)

"""The site: no public name is missing in its reference, no link leads nowhere, and the course has its pictures."""

import inspect
import re
from types import ModuleType

import pytest

import autograd
import nn
import visualize
from autograd import linalg
from docs import check_links, course_pictures, docstrings, notebooks, reference_pages
from docs.drawn_diagrams import dot_of

DEFINED = {"autograd": autograd, "autograd.linalg": linalg, "nn": nn, "nn.sklearn": nn.sklearn, "visualize": visualize}


def public(module, path):
    """Every name below a public module, by the path that a user writes."""
    for name in getattr(module, "__all__", ()) if module is not autograd else dir(autograd):
        if not name.startswith("_"):
            what = getattr(module, name)
            yield from public(what, f"{path}.{name}") if isinstance(what, ModuleType) else [f"{path}.{name}"]


def listed():
    for page in reference_pages.PAGES:
        for line in reference_pages.text_of(page).splitlines():
            if line.startswith(".. auto"):
                yield line.split(":: ")[1].split("(")[0]


def test_every_public_name_is_in_the_reference_once():
    names = list(listed())
    assert len(names) == len(set(names))
    assert {name for path, module in DEFINED.items() for name in public(module, path)} <= set(names)


def test_every_public_module_of_nn_has_a_page():
    modules = {f"nn.{name}" for name, what in inspect.getmembers(nn, inspect.ismodule) if name in nn.__all__}
    assert modules <= {module for page in reference_pages.PAGES for module in page.modules}


def test_every_page_is_in_the_index_once_and_has_names(tmp_path):
    files = [file for part in reference_pages.PARTS.values() for file in part]
    assert sorted(files) == sorted(page.file for page in reference_pages.PAGES)
    reference_pages.write(tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    reference_pages.write(tmp_path)  # again: nothing changes
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {path.stem for path in written} == {"index", *files}
    with pytest.raises(LookupError, match=r"'none' of docs/reference_pages\.py has no name on it"):
        reference_pages.text_of(reference_pages.Page("none", "None", ("autograd",), ("autograd.nowhere",)))


def test_all_that_the_reference_is_told_to_leave_out_or_to_rewrite_exists():
    bases = {base.__name__: base for what in reference_pages.public_classes().values() for base in what.__mro__}
    for name, members in {**docstrings.INTERNAL, **docstrings.FOR_AUTHORS}.items():
        annotated = getattr(bases[name], "__annotations__", {})
        assert [each for each in members.split() if not hasattr(bases[name], each) and each not in annotated] == []
    assert set(reference_pages.SIGNATURES) <= set(listed())


def test_an_entry_has_its_own_members_those_of_private_bases_and_public_bases():
    entry = reference_pages.entry("nn", "Conv2d", nn.Conv2d)
    assert ":inherited-members: Module, object" in entry
    assert list(docstrings.ancestors(nn.Conv2d, {nn.Module})) == [nn.Module]
    assert "rule" in reference_pages.entry("nn.optim", "SGD", nn.optim.SGD)
    assert ":exclude-members:" not in reference_pages.entry("nn.optim", "Optimizer", nn.optim.Optimizer)
    assert docstrings.skip(None, "class", "first", autograd.Pair.first) is True
    assert docstrings.skip(None, "class", "pool", nn.MaxPool1d.pool) is True
    assert docstrings.skip(None, "class", "save", visualize.Page.save) is None


PAGE = """<html><head><link rel="stylesheet" href="a.css"><script src="https://there.example/x.js"></script></head>
<body><h1 id="top">A</h1><a href="#top">1</a><a href="b.html#end">2</a><a href="b.html#start">3</a>
<a href="c.html">4</a><a href="https://elsewhere.example">5</a>
<img src="data:image/png;base64,AA"><a href="folder/">6</a></body></html>"""


def test_links_that_lead_nowhere_and_files_from_elsewhere_are_named(tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    for name, text in {"a.html": PAGE, "b.html": "<p id='start'>", "folder/index.html": "", "a.css": ""}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert check_links.broken(tmp_path) == [
        "a.html: 'b.html#end' leads to no place in that page",
        "a.html: 'c.html' leads to no file",
        "a.html: 'https://there.example/x.js' is loaded from elsewhere",
    ]
    assert check_links.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.endswith("3 pages, 3 links that are wrong\n")


def test_a_diagram_that_would_lose_something_is_refused():
    with pytest.raises(ValueError, match="cannot draw the line 'a --o b'"):
        dot_of(["flowchart TD", "a --o b"])


def test_the_scripts_of_the_course_are_there_and_share_no_picture():
    files = [file for _, _, files in course_pictures.SCRIPTS for file in files]
    assert len(files) == len(set(files))
    for row in course_pictures.SCRIPTS:
        course_pictures.is_stale(row, course_pictures.FOLDER)


def test_pictures_count_as_full_only_with_the_record_of_a_full_run(tmp_path, monkeypatch):
    text = "def main(arguments):\n    (pathlib.Path(arguments[-1]) / 'a.png').write_text(' '.join(arguments))\n"
    (tmp_path / "of_two_sizes.py").write_text(
        f"import pathlib  # --quick is the smaller size\n{text}", encoding="utf-8"
    )
    (tmp_path / "of_one_size.py").write_text(f"import pathlib\n{text}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    of_one, of_two = [(f"of_{size}", [], ["a.png"]) for size in ("one_size", "two_sizes")]
    monkeypatch.setattr(course_pictures, "SCRIPTS", [of_two])
    chapter = "# A\n\n![](../pictures/course/a.png)\n"
    note = "# A\n\n> **A quick build.** The pictures of `of_two_sizes` on this page"
    assert course_pictures.is_full(of_one, tmp_path)
    for quick in (True, False, True):  # the last picture is newer than the record, and than the script
        course_pictures.draw(of_two, tmp_path, quick)
        assert not course_pictures.is_stale(of_two, tmp_path)
        assert course_pictures.is_full(of_two, tmp_path) is not quick
        assert course_pictures.marked(chapter, tmp_path).startswith(note if quick else chapter)


def test_a_script_that_breaks_its_promise_or_is_not_there_is_named(tmp_path, monkeypatch):
    (tmp_path / "drawn_by_nobody.py").write_text("def main(arguments):\n    return {}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"^drawn_by_nobody saved no a\.png in "):
        course_pictures.draw(("drawn_by_nobody", [], ["a.png"]), tmp_path, True)
    with pytest.raises(ModuleNotFoundError, match="names the script examples_of_old, which is not there"):
        course_pictures.is_stale(("examples_of_old", [], []), tmp_path)


def test_every_picture_of_the_course_that_a_chapter_shows_is_drawn_by_a_script():
    drawn = {file for _, _, files in course_pictures.SCRIPTS for file in files}
    for chapter in (course_pictures.HERE / "course").glob("*.md"):
        text = chapter.read_text(encoding="utf-8")
        shown = {part.split(")")[0].split("}")[0] for part in text.split("pictures/course/")[1:]}
        assert shown <= drawn, chapter.name


def test_a_line_of_a_session_or_an_output_fits_into_the_column():
    for path in sorted(course_pictures.HERE.glob("[!_]*/*.md")):
        blocks = path.read_text(encoding="utf-8").split("```")[1::2]
        lines = [re.sub(r"  # doctest:.*", "", line) for block in blocks for line in block.splitlines()]
        assert [line for line in lines if len(line) > 90] == [], path


def test_a_line_of_an_example_of_the_reference_fits_into_the_column():
    for page in reference_pages.PAGES:
        for _, name, what in reference_pages.names_of(page):
            parts = [what, *vars(what).values()] if inspect.isclass(what) else [what]
            lines = [line for part in parts for line in (inspect.getdoc(part) or "").splitlines()]
            assert [line for line in lines if line.startswith((">>> ", "... ")) and len(line) > 92] == [], name


def test_the_answers_of_exercises_are_folded_in_notebooks():
    text = "1. How many?\n\n   :::{dropdown} Answer\n   16\n   :::\n"
    assert notebooks.folded(text) == (
        "1. How many?\n\n   <details><summary>Answer</summary>\n\n   16\n\n   </details>\n"
    )
    for chapter in notebooks.chapters():
        chapter_folded = notebooks.folded(chapter.read_text(encoding="utf-8"))
        assert chapter_folded.count("<details>") == chapter_folded.count("</details>") == 4
    with pytest.raises(ValueError, match="a directive other than dropdown"):
        notebooks.folded(":::{card} A\n:::\n")

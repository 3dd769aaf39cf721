"""A build installs the whole package, and never mixes it with another one of its name."""

import email
import importlib.metadata
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import types
import zipfile
from timeit import repeat

import pytest

import autograd
from autograd.errors import THEIRS, refuse_a_mixture
from tests.benchmarks.tensor import EXTRAS
from tests.conftest import need
from tests.support import installed
from tests.support.processes import ROOT

PACKAGES = ("autograd", "nn", "visualize")


def files(folder):
    """The files of the packages in a folder, by their paths, without what Python keeps for itself."""
    found = (path for package in PACKAGES for path in (folder / package).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found if path.suffix != ".pyc"}


def copied(folder):
    """The files that a build reads, in a folder of their own, since a build leaves things behind."""
    folder.mkdir(exist_ok=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def run_in(folder, path, *arguments):
    """The end of a Python process in a folder, which finds the packages in ``path`` first."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")


# --- The wheel --------------------------------------------------------------------------------------------------------


def built(what, source, folder):
    """The product of a build of copied sources, unpacked into a folder: "wheel", or "editable" for an editable one."""
    version = importlib.metadata.version("setuptools") if importlib.util.find_spec("setuptools") else "0"
    need(int(version.split(".")[0]) >= 77, f"building takes setuptools 77 or newer, and here is {version}")
    build = [sys.executable, "-c", f"from setuptools import build_meta; build_meta.build_{what}('.')"]
    ended = subprocess.run(build, cwd=source, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "deprecat" not in (ended.stdout + ended.stderr).lower()
    (wheel,) = source.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with all that a wheel of the package installs."""
    return built("wheel", copied(tmp_path_factory.mktemp("source")), tmp_path_factory.mktemp("site"))


@pytest.mark.long
def test_a_wheel_holds_every_file_of_the_packages_and_says_what_it_needs(site):
    assert files(site) == files(ROOT)
    (folder,) = site.glob("*.dist-info")
    metadata = email.message_from_string((folder / "METADATA").read_text(encoding="utf-8"))
    assert metadata["Version"] == autograd.__version__
    assert metadata["License-Expression"] == "MIT"
    assert not [line for line in metadata.get_all("Classifier") if line.startswith("License")]
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert [re.match(r"[\w-]+", line)[0] for line in needed] == ["numpy", "graphviz"]


def test_the_version_is_that_of_the_changelog_and_of_the_citation():
    changelog, citation = ((ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "CITATION.cff"))
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == autograd.__version__
    assert f"\nversion: {autograd.__version__}\n" in citation


@pytest.mark.long
def test_an_editable_install_is_a_path_which_type_checkers_follow(tmp_path):
    source = copied(tmp_path / "source")
    site = built("editable", source, tmp_path / "site")
    (path,) = [file for file in site.iterdir() if file.is_file()]
    assert path.suffix == ".pth"
    assert path.read_text(encoding="utf-8").split() == [str(source)]


def test_a_run_through_the_package_notices_the_clone(tmp_path):
    ended = run_in(tmp_path, ROOT, installed.__file__, tmp_path)
    assert ended.returncode == 1
    assert "is of the clone" in ended.stderr


# --- Advice -----------------------------------------------------------------------------------------------------------

ADVICE = re.compile(r"pip install (?:(?:-e )?[\"']+\.\[([\w,-]+)\]|(\w[\w-]*))")


def test_advice_names_what_can_be_installed_today():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = set(re.findall(r"^([\w-]+) = \[", project.split("[project.optional-dependencies]")[1], re.MULTILINE))
    packages = set(re.findall(r'"([\w-]+)(?:>=|==)', project))
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("[!_]*/*.md"), *(ROOT / "tests" / "benchmarks").glob("*.py")]
    texts += [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    advice = [found for path in texts for found in ADVICE.findall(path.read_text(encoding="utf-8"))]
    assert len(advice) >= 7
    advice += [(extra, "") for extra in EXTRAS.values()]
    for wanted, package in advice:
        assert package in packages if package else set(wanted.split(",")) <= extras, (wanted, package)


# --- Another package of that name -------------------------------------------------------------------------------------

THEIR_INIT = "from autograd.core import primitive_with_deprecation_warnings as primitive\n"  # as HIPS autograd begins


def hips(folder):
    """A package like that of HIPS autograd, in a folder where ours may be."""
    for name in ("core.py", "tracer.py", "numpy/__init__.py", "__init__.py"):
        path = folder / "autograd" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("primitive_with_deprecation_warnings = 1\n" if name == "core.py" else "", encoding="utf-8")
    (folder / "autograd" / "__init__.py").write_text(THEIR_INIT, encoding="utf-8")
    return folder


@pytest.mark.parametrize("last", ["ours", "theirs"])
@pytest.mark.parametrize("package", ["autograd", "autograd.numpy", "nn", "visualize"])
def test_two_packages_in_one_folder_are_refused_whichever_came_last(package, last, tmp_path):
    hips(copied(tmp_path))
    if last == "ours":
        shutil.copy(ROOT / "autograd" / "__init__.py", tmp_path / "autograd")
    ended = run_in(tmp_path, tmp_path, "-c", f"import {package}")
    assert ended.returncode == 1
    message = ended.stderr.splitlines()[-1]
    assert message.startswith("ImportError: stepgrad and HIPS autograd both have a package `autograd`, and ")
    assert f"{tmp_path / 'autograd'} holds files of both: core.py, numpy, tracer.py belong to HIPS autograd" in message


@pytest.mark.parametrize("package", ["nn", "visualize"])
def test_a_package_of_that_name_that_is_found_first_is_named(package, tmp_path, monkeypatch):
    theirs = types.ModuleType("autograd")
    theirs.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "autograd", theirs)
    with pytest.raises(ImportError, match=rf"^`{package}` needs stepgrad's package `autograd`, but one in ") as refused:
        runpy.run_path(str(ROOT / package / "__init__.py"), run_name=package)
    assert f" {tmp_path} is found before it" in str(refused.value)


def test_a_package_of_that_name_that_is_hidden_is_announced(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(hips(tmp_path)))
    ours = str(ROOT / "autograd")
    with pytest.warns(UserWarning, match="both have a package `autograd`: the one imported here is stepgrad's") as said:
        refuse_a_mixture(ours)
    assert f"in {ours}, and it hides HIPS autograd's, in {tmp_path / 'autograd'};" in str(said[0].message)


def test_files_of_both_are_told_apart(tmp_path):
    for name in (*THEIRS.split(), "errors.py"):
        (tmp_path / name).touch()
    with pytest.raises(ImportError, match=f"holds files of both: {', '.join(THEIRS.split())} belong to HIPS"):
        refuse_a_mixture(str(tmp_path))


def test_looking_for_another_package_takes_less_than_a_millisecond():
    assert min(repeat(lambda: refuse_a_mixture(str(ROOT / "autograd")), number=1, repeat=20)) < 1e-3

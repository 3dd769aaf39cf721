"""The paper that text is written on: its width, its colours, its signs."""

import io
import os

import pytest

from autograd.text.paper import Paper, paper


class Screen(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True

    def fileno(self):
        return 7


@pytest.fixture
def screen(monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((123, 40)))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return Screen()


@pytest.mark.smoke
def test_a_terminal_has_its_own_width_and_colours(screen):
    assert paper(screen) == Paper(123, True, True)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(screen, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert paper(screen) == Paper(123, False, True)


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("0", 123), ("wide", 123), ("", 123)])
def test_the_environment_says_how_wide_it_is(screen, monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    assert paper(screen).width == width


def test_a_terminal_that_does_not_know_its_width_is_taken_for_80_columns(screen, monkeypatch):
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    assert paper(screen).width == 80


def test_what_is_not_a_terminal_has_80_columns_and_no_colours():
    class Closed(io.StringIO):
        def isatty(self):
            raise ValueError("closed")

    assert paper(io.StringIO()) == paper(object()) == paper(Closed()) == Paper(80, False, True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no such encoding"])
def test_signs_are_spelled_where_the_encoding_has_none(encoding):
    stream = Screen()
    stream.encoding = encoding
    sheet = paper(stream)
    assert not sheet.unicode
    assert sheet.plain("1 - y² · 2 × √x … ä") == "1 - y**2 * 2 * sqrtx ... \\xe4"


def test_where_the_encoding_has_them_signs_stay():
    assert Paper().plain("1 - y²") == "1 - y²"
    assert Paper(unicode=False).plain("plain") == "plain"


def test_paint_is_for_papers_with_colours():
    assert Paper(colour=True).paint("y", "bold") == "\033[1my\033[0m"
    assert Paper().paint("y", "bold") == "y"


def test_standard_output_is_meant_where_nothing_is_said(capsys):
    assert paper().width == 80

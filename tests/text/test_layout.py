"""Text in lines and columns: cut, painted, side by side, in a table, in a listing."""

import pytest

from autograd import InputValueError
from autograd.text.layout import Listing, clipped, columns, elided, ends, folded, painted, side_by_side, table
from autograd.text.paper import Paper

# --- Lines ------------------------------------------------------------------------------------------------------------


def test_a_long_line_loses_its_middle_and_keeps_its_colours():
    line = [("red apples", "red"), (" and green pears", "green")]
    assert "".join(text for text, _ in elided(line, 11)) == "red a…pears"
    assert painted(line, Paper(width=21, colour=True)) == ("\033[31mred apples\033[0m…\033[32mreen pears\033[0m")
    assert painted(line, Paper(width=20, unicode=False)) == "red appl...een pears"
    assert painted(line, Paper(width=20), whole=True) == "red apples and green pears"
    assert elided(line, 26) == line


def test_a_clipped_line_loses_its_end():
    line = [("red apples", "red"), (" and green pears", "green")]
    assert clipped(line, 12) == [("red apples", "red"), (" ", "green"), ("…", "")]
    assert clipped(line, 12, "...") == [("red apple", "red"), ("...", "")]
    assert clipped(line, 26) == line


# --- Columns ----------------------------------------------------------------------------------------------------------


def test_cells_stand_side_by_side_below_or_set_in_as_there_is_room():
    rows = [([("left" * 3, "")], [("right" * 3, "")]), ([("alone", "")], [])]
    assert side_by_side(rows, Paper(width=80))[0] == "leftleftleft" + " " * 24 + "rightrightright"
    assert side_by_side(rows, Paper(width=30))[0] == "leftleftleft   rightrightright"
    assert side_by_side(rows, Paper(width=24), indent=8) == ["leftleftleft", " " * 9 + "rightrightright", "alone"]
    assert side_by_side(rows, Paper(width=22), indent=8) == ["leftleftleft", " " * 7 + "rightrightright", "alone"]
    assert side_by_side([], Paper()) == []


@pytest.mark.smoke
def test_a_table_makes_its_widest_column_narrower():
    rows = [[("a name that is long, and longer", ""), ("1.5", "")], [("b", ""), ("", "")]]
    assert table(rows, Paper(width=24)) == ["a name th…nd longer  1.5", "b"]
    assert table(rows, Paper())[0] == "a name that is long, and longer  1.5"


def test_a_table_may_say_which_column_is_made_narrower_and_how():
    rows = [("short name", "a long text that stays"), ("x", "y")]
    assert table(rows, Paper(width=30), narrowed=0, least=4, cut=clipped) == [
        "short…  a long text that stays",
        "x       y",
    ]
    least = {"narrowed": 0, "least": 8, "cut": clipped}
    assert table(rows, Paper(width=24), **least) == ["short n…  a…t that stays", "x         y"]
    assert table(rows, Paper(width=24), whole=True, **least)[0] == "short n…  a long text that stays"


def test_columns_are_separated_and_aligned_as_is_said():
    rows = [("x", "1.0", "a"), ("long", "10.5", "")]
    assert table(rows, Paper(), between=" = ") == ["x    = 1.0  = a", "long = 10.5 ="]
    assert table(rows, Paper(), between=("/", " "), align=" >") == ["x   / 1.0 a", "long/10.5"]
    bar = [("│", "faint")]
    assert table([("x", "y")], Paper(colour=True), between=[bar]) == ["x\033[2m│\033[0my"]


def test_a_short_row_and_a_stray_cell_do_not_widen_a_column():
    rows = [("a", "1"), ("a remark that has the line for itself",), ("b", "2")]
    assert table(rows, Paper()) == ["a  1", "a remark that has the line for itself", "b  2"]
    stray = [("a", "1"), ("much longer", "2"), ("bcd", "3")]
    assert table(stray, Paper(), stray=5) == ["a    1", "much longer  2", "bcd  3"]
    assert table(stray, Paper(), stray=0) == ["a  1", "much longer  2", "bcd  3"]


def test_cells_are_text_spans_or_lines_and_columns_count_what_is_seen():
    rows = [("x", ("1", "green")), ([("y", "bold"), ("z", "")], "2")]
    assert columns(rows, Paper()) == [
        [("x", ""), (" ", ""), ("  ", ""), ("1", "green")],
        [("y", "bold"), ("z", ""), ("  ", ""), ("2", "")],
    ]
    coloured = table(rows, Paper(colour=True))
    assert coloured == ["x   \033[32m1\033[0m", "\033[1my\033[0mz  2"]


def test_without_unicode_cells_are_aligned_as_they_are_spelled():
    assert table([("é", "1"), ("ab", "2")], Paper(unicode=False)) == ["\\xe9  1", "ab    2"]


def test_no_rows_are_no_lines():
    assert table([], Paper()) == []
    assert table([()], Paper()) == [""]


# --- Sequences and paragraphs -----------------------------------------------------------------------------------------


class Squares(Listing[int]):
    def __init__(self, count):
        self._items = [k * k for k in range(count)]

    def _table(self, items, paper):
        return ["squares", *map(str, items)]


def test_a_listing_is_a_sequence():
    squares = Squares(5)
    assert list(squares) == [0, 1, 4, 9, 16]
    assert (len(squares), squares[2], squares[-1], squares[1:3], squares[::-2]) == (5, 4, 16, [1, 4], [16, 4, 0])
    assert (squares[5:], squares.index(9), 16 in squares, next(reversed(squares))) == ([], 3, True, 16)
    for k in (5, -6):
        with pytest.raises(IndexError):
            squares[k]


def test_a_long_listing_is_cut_in_the_middle_by_repr_only():
    assert repr(Squares(60)) == str(Squares(60))
    assert len(str(Squares(61)).splitlines()) == 1 + 61
    lines = repr(Squares(61)).splitlines()
    assert lines[30:33] == ["841", "… 11 more …", "1681"]
    assert len(lines) == 1 + 30 + 1 + 20


def test_a_word_that_is_longer_than_a_line_is_divided_or_sticks_out():
    text = "a word" + "s" * 20
    assert folded(text, Paper(width=10), least=1) == ["a wordssss", "ssssssssss", "ssssss"]
    assert folded(text, Paper(width=10), "> ", "  ", least=1, divide=False) == ["> a", "  word" + "s" * 20]
    assert folded("much " * 10, Paper(width=10)) == ["much much much much much much", "much much much much"]


def test_a_sequence_is_cut_only_where_more_than_one_item_is_left_out():
    assert ends("abcdefg", 4, 2) == ("abcdefg", [], [])
    assert ends("abcdefgh", 4, 2) == ("abcd", "ef", "gh")


def test_a_row_of_other_length_keeps_its_width_when_a_column_is_made_narrower():
    rows = [("a", "a long text", "c"), ("alone",)]
    assert table(rows, Paper(12), least=3) == ["a  a …ext  c", "alone"]


def test_a_step_of_a_slice_is_not_zero():
    with pytest.raises(InputValueError, match=r"the step of a slice is not 0, as in slice\(None, None, 0\)"):
        Squares(2)[::0]

"""Text in lines and columns: elided, painted, side by side, in a table."""

from autograd.text.layout import elided, painted, side_by_side, table
from autograd.text.paper import Paper


def test_cells_stand_side_by_side_below_or_set_in_as_there_is_room():
    rows = [([("left" * 3, "")], [("right" * 3, "")]), ([("alone", "")], [])]
    assert side_by_side(rows, Paper(width=80))[0] == "leftleftleft" + " " * 24 + "rightrightright"
    assert side_by_side(rows, Paper(width=30))[0] == "leftleftleft   rightrightright"
    assert side_by_side(rows, Paper(width=24), indent=8) == ["leftleftleft", " " * 9 + "rightrightright", "alone"]
    assert side_by_side(rows, Paper(width=22), indent=8) == ["leftleftleft", " " * 7 + "rightrightright", "alone"]
    assert side_by_side([], Paper()) == []


def test_a_long_line_loses_its_middle_and_keeps_its_colours():
    line = [("red apples", "red"), (" and green pears", "green")]
    assert "".join(text for text, _ in elided(line, 11)) == "red a…pears"
    assert painted(line, Paper(width=21, colour=True)) == ("\033[31mred apples\033[0m…\033[32mreen pears\033[0m")
    assert painted(line, Paper(width=20, unicode=False)) == "red appl...een pears"
    assert elided(line, 26) == line


def test_a_table_makes_its_widest_column_narrower():
    rows = [[("a name that is long, and longer", ""), ("1.5", "")], [("b", ""), ("", "")]]
    assert table(rows, Paper(width=24)) == ["a name th…nd longer  1.5", "b"]
    assert table(rows, Paper())[0] == "a name that is long, and longer  1.5"

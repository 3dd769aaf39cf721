"""The tree: every value once, what is shared pointed to, on any paper and to any depth."""

import re

import pytest
from hypothesis import HealthCheck, given, settings

import autograd
from autograd import InputTypeError, InputValueError, Value, program
from autograd.text.paper import Paper
from tests.support.processes import run_fresh
from tests.support.programs.effort import examples
from tests.support.programs.scalars import edge_programs, exact_programs, ours, programs, run


def shared():
    w, x = Value(5.0, name="w"), Value(0.5, name="x")
    n = w * x
    y = n * n
    n.name, y.name = "n", "y"
    return w, x, n, y


def chain(length):
    y = Value(1.0, name="x")
    for _ in range(length):
        y = -y
    return y


@pytest.mark.smoke
def test_a_shared_value_is_written_out_once_and_pointed_to_from_then_on():
    *_, y = shared()
    y.backward()
    assert str(program(y).tree()).splitlines() == [
        "                 value  gradient",
        "y = n * n        6.25   1.0",
        "├─ n = w * x     2.5    5.0",
        "│  ├─ w = input  5.0    2.5",
        "│  └─ x = input  0.5    25.0",
        "└─ n  ↑ see above",
    ]


def test_gradients_are_those_at_the_time_of_printing():
    *_, y = shared()
    tree = program(y).tree()
    assert str(tree).splitlines()[1] == "y = n * n        6.25   -"
    y.backward()
    assert str(tree).splitlines()[1] == "y = n * n        6.25   1.0"
    assert repr(tree) == str(tree)


def test_constants_stand_inside_the_operation():
    x = Value(1.0, name="x")
    assert str(program(autograd.dot([x, 2.0], [3.0, x])).tree()).splitlines()[1:] == [
        "%1 = dot([x, 2.0], [3.0, x])  5.0    -",
        "├─ x = input                  1.0    -",
        "└─ x  ↑ see above",
    ]


def test_depth_cuts_the_tree_and_says_how_much_is_left_out():
    *_, y = shared()
    assert str(program(y).tree(depth=1)).splitlines()[1:] == [
        "y = n * n        6.25   -",
        "├─ n = w * x  …  2.5    -",
        "└─ n  ↑ see above",
        "… 2 of 4 values are left out, by depth=1",
    ]
    assert str(program(y).tree(depth=0)).splitlines()[1:] == [
        "y = n * n  …  6.25   -",
        "… 3 of 4 values are left out, by depth=0",
    ]
    for depth in (2, 3, 100):
        assert str(program(y).tree(depth=depth)) == str(program(y).tree())


def test_depth_is_counted_by_the_shortest_way():
    x = Value(2.0, name="x")
    h = x * 3
    y = (h + 1) + h  # h is met first at depth 2, and is one step from y
    assert "│     └─ x = input" in str(program(y).tree(depth=2))


def test_lines_cut_the_tree_and_say_how_much_is_left_out():
    lines = str(program(chain(1000)).tree()).splitlines()
    assert len(lines) == 1 + 200 + 1
    assert re.fullmatch(r"… 81\d of 1,001 values are left out, by lines=200", lines[-1])
    assert str(program(chain(30)).tree(depth=20, lines=5)).splitlines()[-1] == (
        "… 26 of 31 values are left out, by lines=5"
    )
    assert "left out" not in str(program(chain(1000)).tree(lines=None))


def test_what_is_too_deep_for_the_paper_is_written_out_further_down():
    text = program(chain(5)).tree().on(Paper(44))
    assert text.splitlines()[1:] == [
        "%5 = -%4      -1.0   -",
        "└─ %4 = -%3   1.0    -",
        "   └─ %3  … continued below",
        "%3 = -%2      -1.0   -",
        "└─ %2 = -%1   1.0    -",
        "   └─ %1  … continued below",
        "%1 = -x       -1.0   -",
        "└─ x = input  1.0    -",
    ]


def test_what_is_postponed_is_pointed_to_from_everywhere():
    h = -(Value(2.0, name="x") * 3)
    text = program(-h - -h).tree().on(Paper(44))
    assert text.count("%2  … continued below") == 2
    assert text.count("%2 = -%1") == 1


def test_a_result_that_another_result_depends_on_is_not_written_twice():
    y = chain(5)
    inner = program(y)[3].node
    for results in ((y, inner), (inner, y)):
        text = program(*results).tree().on(Paper(44))
        assert text.count("%3 = -%2") == 1
        assert len(re.findall(r"^%3|^%5", text, re.MULTILINE)) == 2
    assert program(y, y).tree().on(Paper(80)).splitlines()[-1] == "%5  ↑ see above"


def test_a_leaf_is_a_tree_of_one_line():
    assert str(program(Value(2.0, name="x")).tree()).splitlines()[1:] == ["x = input  2.0    -"]


def test_long_expressions_are_cut_to_the_paper():
    y = autograd.sum([Value(1.0, name=f"something_long_{k}") for k in range(4)])
    lines = program(y).tree().on(Paper(60)).splitlines()
    assert max(map(len, lines)) == 60
    assert lines[1].startswith("%4 = sum([something_long_0, something_l")
    assert "…  4.0" in lines[1]


def test_as_many_digits_as_are_asked_for():
    y = Value(2.0).sqrt()
    assert "1.414214  -" in str(program(y).tree(digits=7))


def test_guides_are_faint_where_there_are_colours():
    *_, y = shared()
    tree = program(y).tree()
    colourful = tree.on(Paper(80, colour=True))
    assert "\033[2m├─ \033[0mn = w * x" in colourful
    assert re.sub(r"\033\[\dm", "", colourful) == tree.on(Paper(80))


def test_ascii_is_enough():
    script = 'from autograd import Value, program; x = Value(2.0, name="\\u03b8"); print(program((x + x) * x).tree(1))'
    assert run_fresh(script, PYTHONIOENCODING="ascii").splitlines() == [
        "value  gradient",
        r"%2 = %1 * \u03b8              8.0    -",
        r"|- %1 = \u03b8 + \u03b8  ...  4.0    -",
        r"`- \u03b8 = input             2.0    -",
    ]


def test_errors_say_what_is_expected():
    tree = program(Value(1.0)).tree
    for options, error, words in [
        ({"depth": -1}, InputValueError, "depth is 0 or more, not -1"),
        ({"depth": 1.5}, InputTypeError, "depth is a whole number, not float 1.5"),
        ({"lines": 0}, InputValueError, "lines is 1 or more, not 0"),
        ({"lines": True}, InputTypeError, "lines is a whole number, not bool True"),
        ({"digits": 0}, InputValueError, "digits is 1 or more, not 0"),
    ]:
        with pytest.raises(error, match=words):
            tree(**options)


# --- Any program ------------------------------------------------------------------------------------------------------

ONCE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def written_out(text):
    """The labels that begin a definition."""
    return sorted(re.findall(r"^[ │├└─|`-]*(%\d+) = ", text, re.MULTILINE))


def mentions_every_value_once(program_):
    listing = program(run(program_, ours, [Value(x) for x in program_.inputs])[-1])
    labels = sorted(entry.label for entry in listing)
    for paper in (Paper(80), Paper(44), Paper(50, unicode=False)):
        text = listing.tree(lines=None).on(paper)
        assert written_out(text) == labels
        assert max(map(len, text.splitlines())) <= paper.width
        assert paper.unicode or text.isascii()
    for depth in range(4):
        assert set(written_out(listing.tree(depth=depth, lines=None).on(Paper(80)))) == within(listing[-1], depth)


def within(entry, depth):
    """The labels of what lies at most so many operations below."""
    level = {entry}
    found = set(level)
    for _ in range(depth):
        level = {x for each in level for x in each.inputs if hasattr(x, "label")}
        found |= level
    return {each.label for each in found}


@pytest.mark.parametrize(("strategy", "count"), [(programs(), 300), (exact_programs(), 100), (edge_programs(), 100)])
@pytest.mark.long
def test_every_value_is_written_out_once(strategy, count):
    settings(ONCE, max_examples=examples(count))(given(strategy)(mentions_every_value_once))()


def test_a_tree_that_forgets_a_value_is_found_out():
    *_, y = shared()
    y.name = None
    whole = program(y).tree().on(Paper(80))
    assert written_out(whole) == ["%3"]
    assert written_out(whole.replace("%3 = ", "%3 ")) == []


@pytest.mark.long
def test_depth_is_no_limit():
    x = Value(1.0, name="x")
    y = x
    for _ in range(20_000):
        y = y * 1.00001 + x
    listing = program(y)
    assert len(str(listing.tree()).splitlines()) == 202
    everything = listing.tree(lines=None).on(Paper(80)).splitlines()
    assert sum(" = " in line for line in everything) == 40_001
    assert max(map(len, everything)) <= 80


def test_a_value_met_late_by_a_short_way_is_written_out_as_deep_as_that_way_reaches():
    x = Value(1.0, name="x")
    b = x * 2 * 3
    y = (b * 4) + b  # b is met first at depth 2, and is one step from y
    for depth, left_out in ((3, set()), (2, set()), (1, {"%1"})):
        shown = written_out(program(y).tree(depth=depth, lines=None).on(Paper(80)))
        assert set(shown) == {"%1", "%2", "%3", "%4"} - left_out


def test_a_depth_does_not_walk_every_path():
    y = Value(1.0)
    for _ in range(60):  # 2 ** 60 paths
        y = y + y
    assert str(program(y).tree(depth=60)) == str(program(y).tree())

"""Messages show any given object in one line of bounded length."""

import numpy as np
import pytest

from autograd.errors import described, shortened


class Mute:
    def __repr__(self):
        raise KeyError("no repr")


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (1.0, "float 1.0"),
        (None, "NoneType None"),
        ("it's", 'str "it\'s"'),
        ("a" * 100_000, f"str '{'a' * 38}…"),
        (b"a" * 100_000, f"bytes b'{'a' * 37}…"),
        ([0] * 10**7, f"list [{'0, ' * 12}0,…"),
        ({"b": 1, "a": 2}, "dict {'a': 2, 'b': 1}"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "ndarray array([[1., 2.], [3., 4.]])"),
        (10**6000, f"int {hex(10**6000)[:39]}…"),
        (-(10**6000), f"int -{hex(10**6000)[:38]}…"),
    ],
    ids=lambda given: "" if isinstance(given, str) else type(given).__name__,
)
def test_what_was_given_is_described_in_one_line_of_bounded_length(given, text):
    assert described(given) == text


def test_a_local_name_is_shown_without_its_path():
    def local():
        return lambda: None

    assert described(local).startswith("function <function local at 0x")
    assert described(local()).startswith("function <function <lambda> at 0x")
    assert described(type("A", (), {"__qualname__": "f.<locals>.g.<locals>.A"})) == "type <class 'A'>"


def test_an_object_whose_repr_fails_is_shown_by_its_type():
    assert shortened(Mute()).startswith("<Mute instance at 0x")
    impostor = type("list", (), {})()  # reprlib asks it for its length, by the name of its type
    assert shortened(impostor) == "<list without a repr>"


def test_a_repr_is_cut_to_the_length_that_is_wanted():
    assert shortened("x" * 100, 8) == "'xxxxxx…"
    assert shortened([10**6000]).startswith("[") or shortened([10**6000]) == "<list without a repr>"


def test_where_a_function_or_class_was_defined_is_left_out():
    class Inside:
        pass

    assert shortened(Inside) == "<class 'Inside'>"
    assert shortened(Inside()).startswith("<Inside object at 0x")
    assert shortened(lambda: lambda: 0).startswith("<function <lambda> at 0x")
    assert shortened((lambda: lambda: 0)()).startswith("<function <lambda> at 0x")

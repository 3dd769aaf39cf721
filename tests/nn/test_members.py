"""Members: the places in which parameters and modules are found, their paths, and the objects that are refused."""

import copy
import functools
import itertools
import pickle
import threading
import types
import weakref
from argparse import Namespace
from collections import OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, Tensor, Value, program, steps
from nn import MLP, Layer, Module, Neuron, losses, optim
from nn.members import walk

Pair = namedtuple("Pair", "first second")


@dataclass
class Data:
    w: Any
    more: list = field(default_factory=list)


class Slots(Module):
    __slots__ = ("__hidden", "b", "empty", "w")

    def __init__(self):
        self.w, self.b, self.late = Value(1.0), [Value(2.0)], Value(3.0)
        self.__hidden = Value(4.0)


class Classes(Module):
    w = Value(1.0)
    rows = (Value(2.0), Value(3.0))
    hidden = Value(9.0)
    __secret = Value(4.0)  # a private name is an attribute as well
    count = 3

    def __init__(self):
        self.hidden = Value(5.0)  # hides that of the class

    @property
    def computed(self):
        raise AssertionError("a property is code")

    @staticmethod
    def helper():
        return Value(0.0)


def structured():
    array = np.zeros(2, dtype=[("w", object), ("size", float)])
    array["w"] = [Value(1.0), Value(2.0)]
    return array


# An attribute, and the paths of the parameters that it holds.
PLACES = {
    "a value": (lambda: Value(1.0), [""]),
    "a tensor": (lambda: Tensor([1.0]), [""]),
    "a list in a tuple": (lambda: ([Value(1.0)], Value(2.0)), ["[0][0]", "[1]"]),
    "a named tuple": (lambda: Pair(Value(1.0), 2.0), ["[0]"]),
    "a deque": (lambda: deque([Value(1.0), Value(2.0)], maxlen=2), ["[0]", "[1]"]),
    "a UserList": (lambda: UserList([0.0, Value(1.0)]), ["[1]"]),
    "a dict": (lambda: {"a": Value(1.0), 3: [Value(2.0)]}, ["['a']", "[3][0]"]),
    "an OrderedDict": (lambda: OrderedDict(a=Value(1.0)), ["['a']"]),
    "a defaultdict": (lambda: defaultdict(list, a=[Value(1.0)]), ["['a'][0]"]),
    "a UserDict": (lambda: UserDict(a=Value(1.0)), ["['a']"]),
    "a mapping that is only read": (lambda: types.MappingProxyType({"a": Value(1.0)}), ["['a']"]),
    "keys": (lambda: {Value(1.0): 1.0, (Value(2.0), 1): "x"}, ["{0}", "{1}[0]"]),
    "a set": (lambda: {Value(1.0), Value(2.0)}, ["{0}", "{1}"]),
    "a frozenset": (lambda: frozenset([Value(1.0)]), ["{0}"]),
    "an array of objects": (
        lambda: np.array([[Value(1.0), 2.0], [Value(3.0), None]], dtype=object),
        ["[0, 0]", "[1, 0]"],
    ),
    "an array without axes": (lambda: np.array(Value(1.0)), ["[()]"]),
    "a masked array": (
        lambda: np.ma.masked_array([Value(1.0), Value(2.0)], [True, False], dtype=object),
        ["[0]", "[1]"],
    ),
    "an array of records": (structured, ["['w'][0]", "['w'][1]"]),
    "a SimpleNamespace": (lambda: types.SimpleNamespace(w=Value(1.0), b=[Value(2.0)]), [".w", ".b[0]"]),
    "a Namespace": (lambda: Namespace(w=Value(1.0), _unsearched=3), [".w"]),
    "a dataclass": (lambda: Data(Value(1.0), [Value(2.0)]), [".w", ".more[0]"]),
    "a partial": (lambda: functools.partial(pow, Value(1.0), exp=Value(2.0)), [".args[0]", ".keywords['exp']"]),
    "slots": (Slots, [".b[0]", ".w", "._Slots__hidden", ".late"]),
    "a class": (Classes, [".w", ".rows[0]", ".rows[1]", ".hidden", "._Classes__secret"]),
    "modules in an array": (lambda: np.array([Neuron(1), None]), ["[0].weights[0]", "[0].bias"]),
    "modules in a set": (lambda: {Neuron(1)}, ["{0}.weights[0]", "{0}.bias"]),
    "numbers": (lambda: [1.0, np.ones(3), None, "text", b"bytes", 1j, Value, len], []),
    "a computed value": (lambda: Value(1.0) * 2, []),
}


@pytest.mark.parametrize("place", PLACES)
def test_parameters_are_found_by_the_path_by_which_python_finds_them(place):
    make, paths = PLACES[place]
    module = Module()
    module.item = make()
    found = module.named_parameters()
    assert sorted(path for path, _ in found) == sorted(f"item{path}" for path in paths)
    for path, parameter in found:
        assert "{" in path or "masked" in place or eval(f"module.{path}") is parameter
    assert module.parameters() == [parameter for _, parameter in found]


@pytest.mark.parametrize("place", [place for place in PLACES if PLACES[place][1]])
def test_what_is_found_is_trained_and_forgets_its_gradient(place):
    module = Module()
    module.item = PLACES[place][0]()
    parameters = module.parameters()
    before = [np.copy(parameter.data) for parameter in parameters]
    for parameter in parameters:
        parameter.grad = 1.0
    optim.SGD(parameters, lr=0.5).step()
    assert all(np.all(p.data == data - 0.5) for p, data in zip(parameters, before, strict=True))
    module.zero_grad()
    assert all(parameter.grad is None for parameter in parameters)


@pytest.mark.parametrize("place", ["modules in an array", "modules in a set", "slots", "a class"])
def test_eval_reaches_modules_wherever_they_are(place):
    module = Module()
    module.item = PLACES[place][0]()
    modules = [item for _, item in walk(module) if isinstance(item, Module)]
    assert modules
    module.eval()
    assert [item.training for item in modules] == [False] * len(modules)


def test_a_parameter_held_in_several_places_counts_once_and_has_the_first_path():
    module, w = Module(), Value(1.0)
    module.w, module.array, module.data = w, np.array([w, w]), Data({w: w}, [Value(1.0)])
    assert [path for path, _ in module.named_parameters()] == ["w", "data.more[0]"]


def test_values_in_an_array_are_the_weights_of_a_line():
    class Line(Module):
        def __init__(self):
            self.w, self.b = np.array([Value(0.5), Value(-1.0)]), Value(0.25)

        def forward(self, x):
            return self.w @ np.array(x) + self.b

    line = Line()
    line([2.0, 3.0]).backward()
    assert {path: p.grad for path, p in line.named_parameters()} == {"w[0]": 2.0, "w[1]": 3.0, "b": 1.0}
    assert repr(line) == "Line(3 parameters)"
    assert all(entry.role == "parameter" for entry in program(line([1.0, 1.0])) if entry.op is None)


def test_tensors_are_parameters_and_each_of_their_numbers_is_counted():
    class Affine(Module):
        def __init__(self):
            self.W, self.b = Tensor(np.ones((2, 3))), Tensor(np.zeros(2))

        def forward(self, x):
            return self.W @ x + self.b

    model = Affine()
    y = model(np.array([1.0, 2.0, 3.0]))
    assert y.scope == "affine"
    y.sum().backward()
    assert [(path, p.grad.tolist()) for path, p in model.named_parameters()] == [
        ("W", [[1.0, 2.0, 3.0]] * 2),
        ("b", [1.0, 1.0]),
    ]
    assert repr(model) == "Affine(8 parameters)"
    assert {(e.role, e.scope) for e in program(y) if e.op is None} == {("parameter", "affine")}


def test_a_parameter_added_to_a_container_later_is_found():
    model = Module()
    model.layers = []
    model.layers.append(Neuron(1))
    assert len(model.parameters()) == 2


def test_members_of_a_set_are_numbered_by_age_also_in_a_copy():
    model = Module()
    neurons = [Neuron(1) for _ in range(20)]
    values = [Value(float(k)) for k in range(20)]
    model.neurons, model.values, model.other = set(neurons), set(values), {3.0, "x", Neuron}
    twins = [model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for twin in twins:
        found = twin.named_parameters()
        assert [path for path, _ in found][-20:] == [f"values{{{k}}}" for k in range(20)]
        assert [p.data for _, p in found] == [p.data for p in model.parameters()]
    assert model.parameters() == [p for neuron in neurons for p in neuron.parameters()] + values


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy])
def test_a_copy_keeps_slots_and_leaves_attributes_of_the_class_there(duplicate):
    model, own = Slots(), Classes()
    twin, other = duplicate(model), duplicate(own)
    assert [p.data for p in twin.parameters()] == [p.data for p in model.parameters()]
    assert (twin.w is model.w) is (duplicate is copy.copy)
    assert not hasattr(twin, "empty")
    assert other.w is Classes.w
    assert vars(other).keys() == {"hidden"}


def test_a_frozen_dataclass_may_be_a_module():
    @dataclass(frozen=True)
    class Line(Module):
        slope: Value
        shift: Value

        def forward(self, x):
            return self.slope * x + self.shift

    line = Line(Value(2.0), Value(1.0))
    assert line(3.0).data == 7.0
    assert [path for path, _ in line.named_parameters()] == ["slope", "shift"]
    assert copy.deepcopy(line)(3.0).data == 7.0


def test_members_of_any_object_can_be_walked():
    w = Value(1.0)
    assert list(walk({"a": [w, 2.0]})) == [("['a'][0]", w)]
    assert list(walk(Data(w))) == [("w", w)]
    assert list(walk(3.0)) == []


def test_a_ring_of_objects_is_walked_once():
    module, inner = Module(), Module()
    ring = [inner]
    ring.append(ring)
    module.ring, inner.outer, inner.w = ring, module, Value(1.0)
    assert [path for path, _ in walk(module)] == ["ring[0]", "ring[0].w"]
    assert [path for path, _ in walk(inner)] == ["outer", "w"]


# --- Opaque objects ---------------------------------------------------------------------------------------------------


class Weights:
    def __init__(self, *values):
        self.values = list(values)


class Narrow:
    __slots__ = ("w",)

    def __init__(self, w):
        self.w = w


class Bare:
    pass


def objects(*items):
    array = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        array[k] = item
    return array


# Objects that are not looked into, and hold a parameter.
HIDING = {
    "an object of a class": lambda: Weights(Value(1.0)),
    "an object with slots": lambda: Narrow(Value(1.0)),
    "objects in one another": lambda: Weights(Narrow(Weights({"a": Value(1.0)}))),
    "a module in an object": lambda: Weights(Neuron(1)),
    "a tensor in an array in an object": lambda: Weights(objects(Tensor([1.0]), None)),
    "an object in a list": lambda: [1.0, {"a": Weights(Value(1.0))}],
    "an object in a dataclass": lambda: Data(Weights(Value(1.0))),
    "an iterator": lambda: iter([Value(1.0)]),
    "a chain": lambda: itertools.chain([1.0], [Value(1.0)]),
    "a view of a dict": lambda: {"a": Value(1.0)}.values(),
}


@pytest.mark.parametrize("place", HIDING)
def test_a_parameter_that_would_not_be_found_is_refused_at_assignment(place):
    module = Module()
    with pytest.raises(InputTypeError, match=r"^Module\.item.* would neither be found nor trained; keep it in an attr"):
        module.item = HIDING[place]()
    assert not hasattr(module, "item")


def test_an_object_that_gets_a_parameter_later_is_refused_when_parameters_are_asked_for():
    module, late = Module(), Weights()
    module.late = late
    assert module.parameters() == []
    late.values.append(Value(1.0))
    for method in (module.parameters, module.named_parameters):
        with pytest.raises(InputTypeError, match=r"Module\.late is Weights <.*Value\(1\.0\) would neither be found"):
            method()


def test_an_opaque_attribute_of_a_class_is_refused_when_parameters_are_asked_for():
    class Net(Module):
        weights = Weights(Value(1.0))

    with pytest.raises(InputTypeError, match=r"Net\.weights is Weights"):
        Net().parameters()


def harmless():
    """Objects that a module may hold: they hold no parameters, or are the library's own, or code."""
    x = Value(1.0)
    y = x * x
    compiled = autograd.compile(lambda: x * x)
    compiled()
    return {
        "lock": threading.Lock(),
        "an empty object": Bare(),
        "records of ours": [program(y), steps(y), next(steps(y)), autograd.explain(x, of=y), compiled],
        "an optimizer": optim.SGD([x], lr=0.1),
        "a function": lambda z: x * z,
        "a method": Neuron(1).forward,
        "a class": Neuron,
        "a weak reference": weakref.ref(x),
        "a computed value in an object": Weights(y),
        "a module of Python": losses,
        "an object of great size": Weights(*map(Weights, range(20_000))),
    }


def test_objects_that_hold_no_parameters_may_be_attributes():
    module = Module()
    for name, item in harmless().items():
        setattr(module, name, item)
    assert module.parameters() == []
    module.forward = lambda x: x + 1.0
    assert module(Value(1.0)).scope == "module"


def test_an_object_may_refer_to_parameters_that_the_module_holds_itself():
    model = MLP(1, [1])
    model.trainer = Weights(model, model.layers[0], *model.parameters())
    model.activations = Weights(Layer)
    assert len(model.parameters()) == 2


def gated(slope, z):
    return autograd.prelu(z, slope)


def test_a_parameter_shared_by_an_activation_is_found_once():
    class Net(Module):
        def __init__(self):
            self.slope = Value(0.25)
            self.hidden = Layer(2, 3, activation=functools.partial(gated, self.slope))

        def forward(self, x):
            return sum(self.hidden(x))

    net = Net()
    assert [path for path, _ in net.named_parameters()].count("slope") == 1
    assert len(net.parameters()) == 10
    net([1.0, -1.0]).backward()
    optim.SGD(net.parameters(), lr=0.1).step()

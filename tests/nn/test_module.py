"""Modules: the parameters that they find, their copies, their scopes on the tape, and their descriptions."""

import copy
import dataclasses
import gc
import math
import pickle
import threading
import weakref

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, no_grad, program, scope
from autograd.core.context import current_scope
from nn import MLP, Layer, Module, Neuron
from nn.members import freezes, is_frozen
from nn.module import _callers
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

# --- Parameters -------------------------------------------------------------------------------------------------------


class Block(Module):
    """A module with parameters wherever they may be."""

    def __init__(self):
        self.scale = Value(2.0)
        self.shifts = [Value(0.5), (Value(0.5), [Value(0.25)])]
        self.named = {"a": Value(1.0), 3: Value(1.0)}
        self.computed = self.scale * 2
        self.neuron = Neuron(1)
        self.layers = {"last": [Layer(1, 1)]}
        self.numbers = [1.0, np.ones(2), None, "text"]

    def forward(self, x):
        return self.neuron([self.scale * x])


@pytest.mark.smoke
def test_parameters_are_the_leaf_values_in_attributes_lists_tuples_dicts_and_modules():
    block = Block()
    paths, found = zip(*block.named_parameters(), strict=True)
    assert paths == (
        "scale",
        "shifts[0]",
        "shifts[1][0]",
        "shifts[1][1][0]",
        "named['a']",
        "named[3]",
        "neuron.weights[0]",
        "neuron.bias",
        "layers['last'][0].neurons[0].weights[0]",
        "layers['last'][0].neurons[0].bias",
    )
    assert found[1] is block.shifts[0]
    assert found[-1] is block.layers["last"][0].neurons[0].bias
    assert all(a is b for a, b in zip(block.parameters(), found, strict=True))


def test_a_parameter_held_twice_counts_once_and_equal_ones_count_each():
    block = Block()
    block.again = [block.scale, block.neuron, block]
    block.again.append(block.again)
    block.equal = Value(2.0)
    assert [path for path, _ in block.named_parameters()].count("again[0]") == 0
    assert len(block.parameters()) == 11
    assert block.parameters()[-1] is block.equal


def test_paths_of_a_network_are_those_by_which_python_finds_the_parameters():
    model = MLP(3, [4, 2])
    for path, parameter in model.named_parameters():
        assert eval(f"model.{path}") is parameter
    assert "layers[0].neurons[3].weights[1]" in dict(model.named_parameters())


def test_a_subclass_of_value_is_a_parameter():
    class Weight(Value):
        pass

    module = Module()
    module.weight = Weight(1.0)
    assert module.parameters() == [module.weight]


def test_zero_grad_makes_every_gradient_none():
    model = MLP(2, [2, 1])
    model([1.0, 2.0]).backward()
    assert any(p.grad is not None for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [None] * 9


def test_train_and_eval_reach_every_module():
    block = Block()
    modules = [block, block.neuron, block.layers["last"][0], block.layers["last"][0].neurons[0]]
    assert all(module.training for module in modules)
    assert block.eval() is block
    assert not any(module.training for module in modules)
    block.train()
    assert all(module.training for module in modules)


# --- Buffers and frozen parameters ------------------------------------------------------------------------------------


def test_buffers_are_the_arrays_of_numbers_where_parameters_would_be_found():
    module, inner, shared = Module(), Module(), np.ones(2)
    module.w, module.mean, module.state = Value(1.0), np.zeros(3), {"a": [np.array(True)], "text": np.array("a")}
    module.inner, inner.count, inner.mean, inner.mask = inner, np.array(0), shared, np.ma.ones(2)
    module.again, module.data = shared, dataclasses.make_dataclass("Data", ["rows"])(np.ones((1, 2), np.float32))
    found = module.named_buffers()
    assert [path for path, _ in found] == ["mean", "state['a'][0]", "inner.count", "inner.mean", "data.rows"]
    assert found[0][1] is module.mean
    assert module.parameters() == [module.w]
    assert [path for path, _ in copy.deepcopy(module).named_buffers()] == [path for path, _ in found]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, 2], np.array([1, 2])),
        (3.0, np.array(3.0)),
        (np.float32(2), np.array(2, np.float32)),
        (Tensor([1.0, 2.0]), np.array([1.0, 2.0])),
        ([[True]], np.array([[True]])),
    ],
)
def test_a_registered_buffer_is_an_array_that_is_not_trained(given, expected):
    module = Module()
    module.register_buffer("held", expected)
    assert module.held is expected
    module.register_buffer("held", given)
    assert (module.held.tolist(), module.held.dtype) == (expected.tolist(), expected.dtype)
    assert module.parameters() == []


@pytest.mark.parametrize(
    ("name", "array", "error", "message"),
    [
        (1, 1.0, InputTypeError, "a name and an array, not int 1 for a name"),
        ("a.b", 1.0, InputValueError, r"the name of a buffer is that of an attribute, not 'a\.b'"),
        ("weights", 1.0, InputValueError, r"Neuron\.weights exists and is no buffer; choose another name"),
        ("mean", "text", InputTypeError, "an array of real numbers or truth values, not str 'text'"),
        ("mean", [[1.0], [1.0, 2.0]], InputTypeError, "an array of real numbers or truth values, not list"),
        ("mean", [Value(1.0)], InputTypeError, "an array of real numbers or truth values, not list"),
    ],
)
def test_what_is_no_buffer_is_refused(name, array, error, message):
    neuron = Neuron(1)
    with pytest.raises(error, match=message):
        neuron.register_buffer(name, array)
    assert neuron.named_buffers() == []


def test_freezing_holds_for_all_parameters_within_and_survives_calls_copies_and_compiling():
    model = MLP(2, [2, 1])
    before = freezes()
    assert model.layers[0].freeze() is model.layers[0]
    assert freezes() != before
    model([1.0, 2.0]).backward()
    autograd.compile(model)(np.ones((3, 2)))
    for twin in [model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))]:
        assert [is_frozen(p) for p in twin.parameters()] == [True] * 6 + [False] * 3
        assert (twin.frozen, twin.layers[0].frozen, twin.layers[1].frozen) == (False, True, False)
    assert {p.note.role for p in model.parameters()} == {"parameter"}
    assert None not in [p.grad for p in model.layers[1].parameters()]
    model.freeze()
    assert model.frozen
    assert not any(map(is_frozen, model.unfreeze().parameters()))
    assert not Module().frozen


def test_a_comparison_of_a_frozen_parameter_leaves_it_frozen():
    neuron = Neuron(1).freeze()
    autograd.where(neuron.weights[0] > 0, 1.0, 2.0)
    assert neuron.weights[0] > -2.0
    assert neuron.frozen


# --- Copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_has_equal_parameters_of_its_own(duplicate):
    model = MLP(2, [3, 1], activation="tanh")
    y = model([1.0, 2.0])
    twin = duplicate(model)
    assert [p.data for p in twin.parameters()] == [p.data for p in model.parameters()]
    assert [p.name for p in twin.parameters()] == [p.name for p in model.parameters()]
    assert not {id(p) for p in twin.parameters()} & {id(p) for p in model.parameters()}
    again = twin([1.0, 2.0])
    assert (again.data, again.scope) == (y.data, y.scope)


def test_a_shallow_copy_shares_the_parameters():
    model = MLP(2, [1])
    assert all(a is b for a, b in zip(copy.copy(model).parameters(), model.parameters(), strict=True))


def test_a_copied_layer_gets_its_scope_from_where_it_is_put():
    model = MLP(2, [2, 2])
    model([1.0, 2.0])
    model.layers.append(copy.deepcopy(model.layers[0]))
    assert model([1.0, 2.0])[1].scope == "mlp.layers[2].neurons[1]"


# --- Scope ------------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_every_record_of_a_network_carries_the_path_of_its_neuron():
    model = MLP(2, [2, 1])
    entries = [entry for entry in program(model([1.0, 2.0])) if entry.op]
    assert [(entry.op.name, entry.scope) for entry in entries] == [
        ("dot", "mlp.layers[0].neurons[0]"),
        ("relu", "mlp.layers[0].neurons[0]"),
        ("dot", "mlp.layers[0].neurons[1]"),
        ("relu", "mlp.layers[0].neurons[1]"),
        ("dot", "mlp.layers[1].neurons[0]"),
    ]
    assert current_scope() == ""


def test_parameters_carry_their_role_and_the_scope_of_their_module():
    model = MLP(1, [2, 1])
    assert all(p._note.role == "parameter" for p in model.parameters())
    listing = program(model([1.0]))
    assert {(e.scope, e.name) for e in listing if e.role == "parameter"} == {
        ("mlp.layers[0].neurons[0]", "w[0]"),
        ("mlp.layers[0].neurons[0]", "b"),
        ("mlp.layers[0].neurons[1]", "w[0]"),
        ("mlp.layers[0].neurons[1]", "b"),
        ("mlp.layers[1].neurons[0]", "w[0]"),
        ("mlp.layers[1].neurons[0]", "w[1]"),
        ("mlp.layers[1].neurons[0]", "b"),
    }


def test_parameters_of_a_users_own_module_get_their_role_when_it_is_called():
    block = Block()
    named = {entry.node: entry for entry in program(block(3.0))}
    assert named[block.scale].role == "parameter"
    assert named[block.scale].scope == "block"


def test_a_scope_around_a_network_begins_the_path_each_time_it_is_opened():
    model = MLP(2, [1])
    scopes = []
    for around in ["", "generator", "generator", "", "critic"]:
        if around:
            with scope(around):
                scopes.append(model([1.0, 2.0]).scope)
        else:
            scopes.append(model([1.0, 2.0]).scope)
    assert scopes == [
        "mlp.layers[0].neurons[0]",
        "generator.mlp.layers[0].neurons[0]",
        "generator.mlp.layers[0].neurons[0]",
        "mlp.layers[0].neurons[0]",
        "critic.mlp.layers[0].neurons[0]",
    ]


def test_a_module_is_called_what_its_caller_calls_it():
    class Net(Module):
        def __init__(self):
            self.blocks = {"a": Neuron(1)}
            self.deep = MLP(1, [1])

        def forward(self, x):
            with scope("tail"):
                tail = self.blocks["a"]([x])
            return [self.blocks["a"]([x]), self.deep.layers[0]([x])[0], tail, self.late([x])]

    net = Net()
    net.late = Neuron(1)
    assert [y.scope for y in net(1.0)] == [
        "net.blocks['a']",
        "net.deep.layers[0].neurons[0]",
        "net.tail.neuron",  # a scope of the user's own belongs to no module, so nobody knows an attribute
        "net.late",
    ]


def test_a_module_of_two_networks_carries_the_path_of_the_one_that_calls_it():
    shared = Neuron(1)

    class First(Module):
        def __init__(self):
            self.own = shared

        def forward(self, x):
            return self.own(x)

    class Second(First):
        def __init__(self):
            self.borrowed = [shared]

        def forward(self, x):
            return self.borrowed[0](x)

    first, second = First(), Second()
    assert [net([1.0]).scope for net in [first, second, first]] == ["first.own", "second.borrowed[0]", "first.own"]


def test_an_error_inside_a_module_closes_its_scope():
    model = MLP(2, [2, 1])
    with pytest.raises(InputTypeError):
        model([1.0, None])
    assert current_scope() == ""
    assert (Value(1.0) + 1).scope == ""


LEFT_OPEN = """
from autograd.core.context import current_scope
from autograd.core.modes import active
from nn import MLP

model = MLP(2, [4, 4, 1])
work = lambda: model([1.0, 2.0])
print(sum(bool(current_scope() or active) for _ in interruptions(work, times=2000, longest=5e-4)))
"""


@needs_timer
def test_an_interrupt_inside_a_module_closes_its_scope():
    assert run_fresh(INTERRUPTIONS + LEFT_OPEN) == "0"


def test_threads_keep_their_scopes_apart():
    model = MLP(2, [4, 1])
    seen = {}

    def work(name):
        with scope(name):
            seen[name] = {model([1.0, 2.0]).scope for _ in range(200)}

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {name: {f"{name}.mlp.layers[1].neurons[0]"} for name in "ab"}


def test_a_network_is_released_at_once_when_nobody_holds_it():
    gc.collect()
    known = len(_callers)
    gc.disable()
    try:
        model = MLP(2, [2, 1])
        model([1.0, 2.0]).backward()
        watched = [weakref.ref(item) for item in [model, model.layers[0], model.layers[0].neurons[1].weights[0]]]
        del model
        assert [reference() for reference in watched] == [None] * 3
        assert len(_callers) == known
    finally:
        gc.enable()


def test_without_recording_a_network_gives_a_leaf():
    with no_grad():
        assert len(program(MLP(2, [2, 1])([1.0, 2.0]))) == 1


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Module does not say what it computes; .*forward\(self, x\)"):
        Module()(1.0)


# --- What a module says of itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (Neuron(2), "Neuron(2 -> 1 linear, 3 parameters)"),
        (Layer(2, 3, activation="tanh"), "Layer(2 -> 3 tanh, 9 parameters)"),
        (MLP(2, [16, 16, 1]), "MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)"),
        (MLP(40, [40], output=math.floor), "MLP(40 -> 40 floor, 1,640 parameters)"),
        (MLP(1, [1], output=type("Scale", (), {"__call__": 0})()), "MLP(1 -> 1 Scale, 2 parameters)"),
        (Module(), "Module(0 parameters)"),
        (Layer(2, 3).freeze(), "Layer(2 -> 3 linear, 9 parameters, 9 frozen)"),
        (
            Block(),
            (
                "Block(10 parameters)\n"
                "  neuron: Neuron(1 -> 1 linear, 2 parameters)\n"
                "  layers['last'][0]: Layer(1 -> 1 linear, 2 parameters)"
            ),
        ),
    ],
    ids=lambda given: "" if isinstance(given, str) else type(given).__name__,
)
def test_repr_tells_the_structure_and_counts_the_parameters(module, text):
    assert repr(module) == text


def test_repr_of_modules_in_modules_is_indented_and_ends_where_they_refer_back():
    outer, inner = Module(), Module()
    outer.inner, inner.weight, inner.outer = inner, Value(1.0), outer
    assert repr(outer) == "Module(1 parameter)\n  inner: Module(1 parameter)\n    outer: ..."


def test_a_mode_is_true_or_false():
    with pytest.raises(InputTypeError, match="train takes True or False, not str 'no'"):
        Module().train("no")

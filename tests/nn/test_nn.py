"""Modules, layers and initialisers: what they find, what they compute, and what they leave on the tape."""

import copy
import gc
import math
import pickle
import random
import statistics
import threading
import weakref

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, no_grad, program, scope
from autograd.core.context import current_scope
from nn import MLP, Layer, Module, Neuron, init
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


# --- Neurons, layers, networks ----------------------------------------------------------------------------------------


def test_a_neuron_is_its_activation_of_bias_and_weighted_inputs():
    neuron = Neuron(2, activation="tanh")
    for parameter, number in zip(neuron.parameters(), [0.5, -0.25, 0.125], strict=True):
        parameter.data = number
    x = [Value(2.0), Value(3.0)]
    y = neuron(x)
    y.backward()
    slope = 1 - math.tanh(0.375) ** 2  # 0.5 * 2 - 0.25 * 3 + 0.125 = 0.375
    assert y.data == math.tanh(0.375)
    assert [p.grad for p in neuron.parameters()] == pytest.approx([2 * slope, 3 * slope, slope], rel=1e-15)
    assert [each.grad for each in x] == pytest.approx([0.5 * slope, -0.25 * slope], rel=1e-15)


@pytest.mark.parametrize(
    "name", "relu sigmoid softplus logsigmoid silu gelu elu leaky_relu tanh sin exp abs sign erf sqrt".split()
)
def test_an_activation_is_the_function_of_that_name(name):
    neuron = Neuron(1, activation=name, init=init.constant(1.0))
    assert neuron([0.5]).data == getattr(autograd, name)(0.5)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        *[(each, "relu") for each in ["ReLU", "RELU", "Relu", "re_lu", "re-lu"]],
        *[(each, "leaky_relu") for each in ["LeakyReLU", "leakyrelu", "leaky relu", "LEAKY_RELU"]],
        *[(each, "silu") for each in ["SiLU", "swish", "Swish"]],
        *[(each, "linear") for each in ["Linear", "identity", "none", None]],
        *[
            ("Tanh", "tanh"),
            ("Sigmoid", "sigmoid"),
            ("logistic", "sigmoid"),
            ("GELU", "gelu"),
            ("LogSigmoid", "logsigmoid"),
        ],
        *[("Softplus", "softplus"), ("ELU", "elu"), ("SELU", "selu"), ("HardTanh", "hardtanh"), ("log_1p", "log1p")],
    ],
)
def test_the_usual_spellings_of_an_activation_are_one(given, name):
    model = MLP(2, [1], output=given)
    assert repr(model) == f"MLP(2 -> 1 {name}, 3 parameters)"
    assert [entry.op.name for entry in program(model([1.0, 2.0])) if entry.op][1:] == [name] * (name != "linear")


def test_an_activation_may_be_any_function():
    layer = Layer(1, 2, activation=lambda z: z * z, init=init.constant(3.0))
    y = layer([2.0])
    assert [each.data for each in y] == [36.0, 36.0]
    assert y[0].scope == "layer.neurons[0]"


@pytest.mark.parametrize(
    ("widths", "kind", "count"), [([1], Value, None), ([3, 1], Value, None), ([2], list, 2), ([1, 3], list, 3)]
)
def test_a_network_that_ends_in_one_neuron_gives_its_value_and_any_other_a_list(widths, kind, count):
    y = MLP(2, widths)([1.0, 2.0])
    assert type(y) is kind
    assert count is None or len(y) == count
    assert len(Layer(2, 1)([1.0, 2.0])) == 1


def test_a_network_applies_one_activation_inside_and_the_other_at_its_end():
    model = MLP(1, [2, 2, 1], activation="tanh", output="sigmoid")
    used = [entry.op.name for entry in program(model([1.0])) if entry.op and entry.op.name != "dot"]
    assert used == ["tanh"] * 4 + ["sigmoid"]


@pytest.mark.parametrize(
    "given",
    [
        lambda: (0.5, 2.0),
        lambda: np.array([0.5, 2.0]),
        lambda: map(float, ["0.5", "2"]),
        lambda: [Value(0.5), 2],
        lambda: np.array([Value(0.5), 2], dtype=object),
        lambda: Tensor([0.5, 2.0]),
    ],
    ids=["tuple", "array", "iterator", "mixed", "objects", "tensor"],
)
@pytest.mark.parametrize("model", [Neuron(2, init=init.constant(3.0)), MLP(2, [2, 1], init=init.constant(1.5))])
def test_inputs_may_be_any_sequence_of_numbers_and_values(model, given):
    assert model(given()).data == 7.5 * (1 if isinstance(model, Neuron) else 1.5)


def test_a_tensor_of_inputs_gets_its_gradient():
    x = Tensor([0.5, 2.0])
    Neuron(2, init=init.constant(3.0))(x).backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("make", "given", "error", "message"),
    [
        (lambda: Neuron(2), [1.0], InputValueError, "neuron takes 2 inputs, not 1"),
        (lambda: MLP(3, [2, 1]), [1.0] * 4, InputValueError, r"mlp\.layers\[0\]\.neurons\[0\] takes 3 inputs, not 4"),
        (lambda: MLP(3, [2, 1]), [], InputValueError, "takes 3 inputs, not 0"),
        (
            lambda: MLP(2, [1]),
            np.ones((3, 2)),
            InputValueError,
            r"one sample at a time.*\(3, 2\); write \[model\(row\)",
        ),
        (lambda: MLP(2, [1]), Tensor(np.ones((3, 2))), InputValueError, r"one sample .*\(3, 2\); write \[model\(row\)"),
        (lambda: MLP(2, [1]), [[1.0, 2.0], [3.0, 4.0]], InputTypeError, r"one sample at a time, .* \[model\(row\) for"),
        (
            lambda: MLP(2, [1]),
            [[1.0, 2.0]] * 3,
            InputTypeError,
            r"is list \[1\.0, 2\.0\]; .*autograd\.compile\(model\)\(rows",
        ),
        (lambda: Neuron(2), [np.ones(2)] * 2, InputTypeError, r"one sample at a time, .* \[model\(row\) for"),
        (lambda: Neuron(2), ([1.0], 2.0), InputTypeError, "one sample at a time"),
        (lambda: MLP(2, [1]), np.array(1.0), InputTypeError, "a sequence of numbers, not ndarray"),
        (lambda: MLP(2, [1]), {1.0, 2.0}, InputTypeError, "a sequence of numbers, not set"),
        (lambda: MLP(2, [1]), 1.0, InputTypeError, "a sequence of numbers, not float 1.0"),
        (lambda: MLP(1, [1]), Value(1.0), InputTypeError, r"a sequence of numbers, not Value .*write \[x\]"),
        (lambda: MLP(2, [1]), "12", InputTypeError, "not str '12'"),
        (lambda: MLP(2, [1]), [1.0, "2"], InputTypeError, "not str '2'"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(make, given, error, message):
    with pytest.raises(error, match=message):
        make()(given)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Neuron(0), InputValueError, "n_in must be at least 1, not 0"),
        (lambda: Neuron(2.0), InputTypeError, "n_in takes a whole number, not float 2.0"),
        (lambda: Neuron(True), InputTypeError, "whole number, not bool"),
        (lambda: Layer(2, -1), InputValueError, "n_out must be at least 1, not -1"),
        (lambda: MLP(2, 3), InputTypeError, r"widths takes a list.*write MLP\(2, \[16, 16, 1\]\)"),
        (lambda: MLP(2, "33"), InputTypeError, "widths takes a list"),
        (lambda: MLP(2, []), InputValueError, "at least one layer"),
        (lambda: MLP(2, [3, None]), InputTypeError, "widths takes a whole number, not NoneType"),
        (lambda: MLP(2, [1], activation="rleu"), InputValueError, "'rleu'; did you mean 'relu'"),
        (
            lambda: MLP(2, [1], output="Sigmod"),
            InputValueError,
            "no activation is called 'Sigmod'; did you mean 'sigmoid'",
        ),
        (lambda: MLP(2, [1], output="swich"), InputValueError, "did you mean 'silu'"),
        (
            lambda: MLP(2, [1], output=Neuron),
            InputTypeError,
            "a name or a function, not type <class 'nn.layers.Neuron'>",
        ),
        (lambda: MLP(2, {3, 1}), InputTypeError, "widths takes a list"),
        (lambda: Neuron(10**9), InputValueError, "n_in must be at most 100,000,000, not 1000000000"),
        (lambda: Layer(10**5, 10**5), InputValueError, "10,000,000,000 weights, .*; take at most 100,000,000"),
        (lambda: Neuron(2, init=dict), InputTypeError, "not type <class 'dict'>"),
        (lambda: init.uniform(5, 1), InputValueError, "uniform needs low <= high, not low=5.0 and high=1.0; swap them"),
        (lambda: init.uniform(math.nan, 1), InputValueError, "low is finite, not nan"),
        (lambda: init.uniform(0, math.inf), InputValueError, "high is finite, not inf"),
        (lambda: init.normal(-1.0), InputValueError, r"std is finite and not negative, not -1\.0"),
        (lambda: init.xavier_uniform(-1.0), InputValueError, "gain is finite and not negative"),
        (lambda: init.xavier_normal("1"), InputTypeError, "gain takes a real number, not str '1'"),
        (lambda: init.constant(math.inf), InputValueError, "value is finite, not inf"),
        (lambda: init.he_normal(rng=42), InputTypeError, r"a generator such as random\.Random\(42\), not int 42"),
        (lambda: MLP(2, [1]).train("no"), InputTypeError, "train takes True or False, not str 'no'"),
        (lambda: MLP(2, [1], output="softmax"), InputValueError, "no activation is called 'softmax'"),
        (lambda: MLP(2, [1], output="sum"), InputValueError, "there are linear, "),
        (lambda: Neuron(2, activation=3), InputTypeError, 'not int 3; write activation="relu"'),
        (lambda: Neuron(2, init="he_norml"), InputValueError, "'he_norml'; did you mean 'he_normal'"),
        (lambda: Neuron(2, init="q"), InputValueError, "there are uniform, normal, "),
        (lambda: Neuron(2, init=0.1), InputTypeError, r"not float 0\.1; .*init\.constant\(0\.1\)"),
        (lambda: Neuron(2, init=lambda fan_in, fan_out: "1"), InputTypeError, "not str '1'"),
    ],
)
def test_arguments_that_make_no_network_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# --- Initialisers -----------------------------------------------------------------------------------------------------


def test_weights_are_drawn_neuron_by_neuron_from_pythons_random():
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    random.seed(1337)
    expected = []
    for fan_in, width in [(2, 16), (16, 16), (16, 1)]:
        for _ in range(width):
            expected += [random.uniform(-1, 1) for _ in range(fan_in)] + [0.0]
    assert [p.data for p in model.parameters()] == expected


# For fan_in 6 and fan_out 18: the half-width of a uniform distribution, the standard deviation of a normal one.
SPREAD = {
    "uniform": 1.0,
    "normal": 1.0,
    "xavier_uniform": 0.5,  # √(6/24)
    "glorot_uniform": 0.5,
    "xavier_normal": 0.288675,  # √(2/24)
    "glorot_normal": 0.288675,
    "he_uniform": 1.0,  # √(6/6)
    "kaiming_uniform": 1.0,
    "he_normal": 0.577350,  # √(2/6)
    "kaiming_normal": 0.577350,
    "lecun_uniform": 0.707107,  # √(3/6)
    "lecun_normal": 0.408248,  # √(1/6)
}


@pytest.mark.parametrize("name", SPREAD)
def test_an_initialiser_draws_with_the_published_spread(name):
    draw = getattr(init, name)(rng=random.Random(0))
    drawn = [draw(6, 18) for _ in range(20_000)]
    assert statistics.fmean(drawn) == pytest.approx(0.0, abs=0.03)
    if name.endswith("uniform"):
        assert -SPREAD[name] <= min(drawn) < -0.99 * SPREAD[name]
        assert 0.99 * SPREAD[name] < max(drawn) <= SPREAD[name]
        assert statistics.stdev(drawn) == pytest.approx(SPREAD[name] / math.sqrt(3), rel=0.02)
    else:
        assert statistics.stdev(drawn) == pytest.approx(SPREAD[name], rel=0.02)
        assert max(drawn) > 3 * SPREAD[name]  # the tail of a normal distribution


@pytest.mark.parametrize("name", [*SPREAD, "zeros"])
def test_the_name_of_an_initialiser_stands_for_its_defaults(name):
    random.seed(3)
    by_name = [p.data for p in MLP(6, [18], init=name).parameters()]
    random.seed(3)
    assert by_name == [p.data for p in MLP(6, [18], init=getattr(init, name)()).parameters()]


@pytest.mark.parametrize("given", ["He_Normal", "he normal", "heNormal", init.he_normal])
def test_an_initialiser_is_found_by_any_spelling_and_by_its_function(given):
    random.seed(3)
    drawn = [p.data for p in Neuron(4, init=given).parameters()]
    random.seed(3)
    assert drawn == [p.data for p in Neuron(4, init=init.he_normal()).parameters()]


def test_initialisers_take_their_parameters():
    rng = random.Random(0)
    assert all(2.0 <= init.uniform(2.0, 3.0, rng)(1, 1) <= 3.0 for _ in range(100))
    assert init.normal(0.0, rng)(1, 1) == 0.0
    assert max(abs(init.xavier_uniform(4.0, rng)(6, 18)) for _ in range(100)) > 1.5
    assert init.xavier_normal(0.0, rng)(6, 18) == 0.0
    assert {p.data for p in Neuron(3, init=init.constant(0.5)).weights} == {0.5}


def test_an_initialiser_with_its_own_generator_leaves_the_common_one_alone():
    random.seed(5)
    state = random.getstate()
    first = [p.data for p in MLP(2, [3], init=init.he_normal(rng=random.Random(1))).parameters()]
    second = [p.data for p in MLP(2, [3], init=init.he_normal(rng=random.Random(1))).parameters()]
    assert random.getstate() == state
    assert first == second


def test_an_initialiser_is_told_the_size_of_the_layer():
    sizes = []

    def note_size(fan_in, fan_out):
        sizes.append((fan_in, fan_out))
        return 0.0

    MLP(2, [3, 1], init=note_size)
    Neuron(4, init=note_size)
    assert sizes == [(2, 3)] * 6 + [(3, 1)] * 3 + [(4, 1)] * 4

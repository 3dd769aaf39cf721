"""Files: what is saved is loaded bit for bit, and a damaged or foreign file changes nothing."""

import json
import os
import random
import stat
import struct
from collections.abc import Hashable

import numpy as np
import pytest

import nn
from autograd import InputTypeError, InputValueError, Tensor, Value
from nn.saving import files
from nn.saving.formats import FORMATS
from tests.support.odd import unanswered
from tests.support.processes import needs_timer, run_fresh
from tests.support.programs.effort import PROGRAMS

ENDINGS = sorted(FORMATS)


class Noisy(nn.Module):
    """Scalars, tensors of both precisions, buffers and random generators of three kinds."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.neurons = [nn.Neuron(2), nn.Neuron(2)]
        self.weight = Tensor(rng.normal(size=(2, 3)))
        self.bias = Tensor(rng.normal(size=3).astype(np.float32))
        self.register_buffer("seen", rng.normal(size=3) > 0)
        self.counts = {"steps": np.array(seed)}
        self.rng = rng
        self.parts = [random.Random(seed), np.random.RandomState(seed), np.random.Generator(np.random.MT19937(seed))]

    def draw(self):
        return [self.rng.random(), self.parts[0].gauss(0, 1), *self.parts[1].rand(2), self.parts[2].random()]


class Slow:
    """An optimizer with the state that such objects have, and with a check of its own."""

    def __init__(self):
        self.steps, self.moments = 0, [np.zeros(2), np.zeros((2, 3), np.float32)]

    def state_dict(self):
        return {"steps": self.steps, "moments": self.moments, "kind": "slow", "groups": [{"lr": 0.1}]}

    def load_state_dict(self, state):
        if len(state["moments"]) != len(self.moments):
            raise InputValueError("another optimizer")
        self.steps, self.moments = state["steps"], state["moments"]


@pytest.fixture(params=ENDINGS)
def path(request, tmp_path):
    return tmp_path / f"model{request.param}"


@pytest.mark.smoke
def test_a_file_gives_back_every_bit_and_the_generators_go_on(path):
    one, other, slow, fresh = Noisy(1), Noisy(2), Slow(), Slow()
    one.weight.data = [[np.nan, np.inf, -0.0], [5e-324, 0.1, 1e308]]
    slow.steps, slow.moments[0][1] = 7, 1 / 3
    one.draw()
    nn.save(path, one, slow, epoch=3)
    expected = one.draw()
    assert nn.load(str(path), other, optimizer=fresh) == {"epoch": 3}
    assert repr(other.state_dict()) == repr(one.state_dict())
    assert np.signbit(other.weight.data[0, 2])
    assert other.draw() == expected
    assert repr(fresh.state_dict()) == repr(slow.state_dict())
    assert fresh.moments[1].dtype == np.float32


def test_extra_things_come_back_as_they_were(path):
    extra = {
        "text": 'é"\n\0',
        "nothing": None,
        "numbers": [True, 3, -(10**40), 0.1, float("inf"), np.float64(1 / 3), np.int64(4), np.bool_(False)],
        "pair": (1, (2.0, [])),
        "by": {1: "one", (2, None): {"": "empty"}, "a": {}},
        "arrays": [np.arange(3, dtype=np.uint8), np.array(2.5), np.zeros((0, 4)), np.array([[True, False]])],
        "a/b": {"c": np.ones(1)},
        "a": {"b/c": np.zeros(1)},
    }
    nn.save(path, nn.Neuron(1), **extra)
    loaded = nn.load(path, nn.Neuron(1))
    assert repr(loaded) == repr(extra).replace("np.float64(0.3333333333333333)", repr(1 / 3)).replace(
        "np.int64(4), np.False_", "4, False"
    )
    loaded["arrays"][0][:] = 7  # they may be written to


def test_arrays_under_any_key_come_back(path):
    keys = ["\ud800", "\0", "x" * 100_000, "a.npy", "..", "__metadata__", "stepgrad/sha256", "", 3]
    nn.save(path, nn.Neuron(1), by={key: np.array(k) for k, key in enumerate(keys)})
    assert nn.load(path, nn.Neuron(1))["by"] == dict(zip(keys, range(len(keys)), strict=True))


def test_the_history_of_a_run_is_kept_as_a_dict(path):
    model = nn.Linear(1, 1)
    history = nn.fit(
        model,
        nn.losses.mse,
        ([[1.0], [2.0]], [[2.0], [4.0]]),
        nn.optim.SGD(model.parameters(), lr=0.1),
        epochs=3,
        progress=False,
    )
    nn.save(path, model, history=history)
    assert nn.load(path, model)["history"] == dict(history)


@pytest.mark.parametrize("seed", [0, 1])
def test_generators_among_the_extra_things_are_made_anew(path, seed):
    kinds = [np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox, np.random.SFC64]
    given = [np.random.Generator(kind(seed)) for kind in kinds] + [np.random.RandomState(seed)]
    for rng in given:
        rng.normal(size=3), rng.integers(5) if hasattr(rng, "integers") else rng.randint(5)
    python = random.Random(seed)
    python.gauss(0, 1)  # which keeps a second number for later
    nn.save(path, nn.Neuron(1), given=given, python=python)
    loaded = nn.load(path, nn.Neuron(1))
    assert [rng.normal() for rng in loaded["given"]] == [rng.normal() for rng in given]
    assert loaded["python"].gauss(0, 1) == python.gauss(0, 1)


def test_a_file_of_arrays_is_read_by_numpy_alone(tmp_path):
    model = nn.MLP(2, [3, 1])
    nn.save(tmp_path / "m.npz", model, Slow(), losses=np.array([0.5, 0.25]))
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        arrays = dict(file)
    rows = [[w.data for w in neuron.weights] for neuron in model.layers[0].neurons]
    assert arrays["layers[0].neurons[:].weights[:]"].tolist() == rows
    assert arrays["layers[1].neurons[:].bias"].tolist() == [model.layers[1].neurons[0].bias.data]
    assert arrays["optimizer/moments/1"].shape == (2, 3)
    assert arrays["extra/losses"].tolist() == [0.5, 0.25]
    contents = json.loads(arrays["stepgrad/contents"].item())
    assert contents["format"] == 1
    assert contents["optimizer"]["groups"] == [{"lr": 0.1}]


def test_a_safetensors_file_has_the_layout_of_its_specification(tmp_path):
    """The header is JSON between a length of eight bytes and numbers without gaps; each dtype has its name there."""
    model = nn.Module()
    model.weight = Tensor([[1.0, 2.0]])
    model.half = np.array([1, 2], np.float16)
    nn.save(tmp_path / "m.safetensors", model)
    data = (tmp_path / "m.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    assert length % 8 == 0
    assert all(isinstance(text, str) for text in header.pop("__metadata__").values())
    assert header == {
        "weight": {"dtype": "F64", "shape": [1, 2], "data_offsets": [0, 16]},
        "half": {"dtype": "F16", "shape": [2], "data_offsets": [16, 20]},
    }
    assert data[8 + length :] == struct.pack("<2d2e", 1.0, 2.0, 1.0, 2.0)


def test_the_same_contents_give_the_same_file(path):
    model = Noisy(1)
    nn.save(path, model)
    before = path.read_bytes()
    nn.save(path, model)
    assert path.read_bytes() == before


# --- Damage -----------------------------------------------------------------------------------------------------------


def small(path):
    """A small file that has something of everything, and the contents that are read from it."""
    model = nn.Module()
    model.weight, model.more = Tensor([[1.0, 2.0], [3.0, 4.0]]), [Value(5.0), Value(6.0)]
    model.rng = np.random.default_rng(0)
    nn.save(path, model, epoch=3, name="é", array=np.array([7, 8], np.int8))
    data = path.read_bytes()
    form = FORMATS[path.suffix]
    return data, lambda damaged: repr(files._read(path.name, form, damaged))


def answers(data, read, damaged):
    """The number of damaged files that are refused, after a check that all others are read as the whole one is."""
    whole, refused = read(data), 0
    for each in damaged:
        try:
            assert read(each) == whole
        except InputValueError:  # and nothing else
            refused += 1
    return refused


def flipped(data, bits):
    for bit in bits:
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        yield bytes(damaged)


def test_some_flipped_bits_are_refused_or_harmless(path):
    data, read = small(path)
    bits = random.Random(0).sample(range(8 * len(data)), 300)
    assert answers(data, read, flipped(data, bits)) > 200


@pytest.mark.long
def test_every_flipped_bit_is_refused_or_harmless(path):
    data, read = small(path)
    bits = range(0, 8 * len(data), 1 if PROGRAMS >= 500 else 7)  # each one before a release
    assert answers(data, read, flipped(data, bits)) > len(bits) * 0.8


def test_every_truncation_and_every_addition_is_refused_or_harmless(path):
    data, read = small(path)
    lengths = {0, 1, 7, 8, 9, len(data) - 1, *random.Random(0).sample(range(len(data)), 300)}
    assert answers(data, read, (data[:length] for length in lengths)) == len(lengths)
    answers(data, read, [data + b"\0", data + data, b"\0" + data, data[:50] + data[51:], b""])


def test_damage_that_a_zip_archive_does_not_notice_is_refused(tmp_path):
    """Arrays that are exchanged, and written with checksums of their own."""
    path = tmp_path / "m.npz"
    small(path)
    with np.load(path) as file:
        arrays = dict(file)
    for change in ({"weight": arrays["weight"].T}, {"weight": np.zeros(4)}, {"more": np.zeros(1)}):
        np.savez(path, **{**arrays, **change})
        with pytest.raises(InputValueError, match=r"^m\.npz is damaged: its checksum is that of other contents"):
            nn.load(path, nn.Module())
    np.savez(path, **arrays)
    assert "weight" in repr(files._read("m", FORMATS[".npz"], path.read_bytes()))


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_a_file_that_does_not_fit_changes_nothing(path):
    nn.save(path, Noisy(1), Slow(), epoch=1)
    model, slow = Noisy(2), Slow()
    before = repr(model.state_dict())
    slow.moments = []
    with pytest.raises(InputValueError, match="another optimizer"):
        nn.load(path, model, slow)
    model.parts[0], model.more = np.random.default_rng(0), random.Random(0)
    del model.parts[1:]
    with pytest.raises(
        InputValueError, match=r"the generators of .* do not fit this Noisy, and nothing was loaded"
    ) as e:
        nn.load(path, model, Slow())
    assert str(e.value).endswith(
        ": parts[0] is a Generator(PCG64) in the model and a Random in the file; more is a random generator in the "
        "model only; parts[1] is a random generator in the file only; parts[2] is a random generator in the file only"
    )
    assert repr(model.state_dict()) == before
    model.weight = Tensor([1.0])
    with pytest.raises(InputValueError, match=r"fit this Noisy, .*: weight has shape \(1,\) in the model"):
        nn.load(path, model)


def test_an_optimizer_is_loaded_from_a_file_that_has_one(path):
    nn.save(path, nn.Neuron(1))
    with pytest.raises(InputValueError, match="has no state of an optimizer; save it with"):
        nn.load(path, nn.Neuron(1), Slow())
    nn.save(path, nn.Neuron(1), Slow())
    assert nn.load(path, nn.Neuron(1)) == {}


def test_files_of_others_and_of_later_versions_are_told_from_damaged_ones(tmp_path, monkeypatch):
    model = nn.Neuron(1)
    np.savez(tmp_path / "theirs.npz", weight=np.ones(2))
    with pytest.raises(InputValueError, match=r"theirs\.npz was not written by nn\.save; read it with its own"):
        nn.load(tmp_path / "theirs.npz", model)
    monkeypatch.setattr(files, "VERSION", 2)
    nn.save(tmp_path / "later.npz", model)
    monkeypatch.undo()
    with pytest.raises(InputValueError, match=r"has format 2, of a later version of stepgrad, and this one reads"):
        nn.load(tmp_path / "later.npz", model)


class Keyed(nn.Module):
    def __init__(self, name):
        setattr(self, name, Value(1.0))


@pytest.mark.parametrize("name", ["stepgrad/contents", "__metadata__", "a\0", "\ud800", "x" * 100_000])
def test_a_name_that_a_file_cannot_have_is_refused(tmp_path, name):
    with pytest.raises(InputValueError, match="cannot be a name in a file; give the attribute another one"):
        nn.save(tmp_path / "m.npz", Keyed(name))
    assert os.listdir(tmp_path) == []


def test_names_of_any_text_keys_come_back(path):
    keys = ["a/b", "a\\b", "é", "a[0]", "a[1]", "a:b[0]", "a[:]", "", " ", "'", "[0", "0]", "\ud800", "\0"]
    one, other = nn.Module(), nn.Module()
    for model, shift in ((one, 0.0), (other, 5.0)):
        model.parts = {key: Value(k + shift) for k, key in enumerate(keys)}
        model.more = {key: Tensor([k + shift]) for k, key in enumerate(keys)}
    nn.save(path, one)
    nn.load(path, other)
    assert repr(other.state_dict()) == repr(one.state_dict())


@pytest.mark.parametrize(
    ("extra", "error", "message"),
    [
        (Value(1.0), InputTypeError, r"extra/it is Value Value\(1\.0\), which cannot be stored; .* give its \.data"),
        (nn.Neuron(1), InputTypeError, "extra/it is Neuron Neuron"),
        ({"deep": [1j]}, InputTypeError, "extra/it/deep/0 is complex 1j"),
        ({1j: 0}, InputTypeError, "a key of extra/it is complex 1j"),
        ({1, 2}, InputTypeError, "extra/it is set"),
        (np.array([None]), InputTypeError, "extra/it is ndarray"),
        (np.ma.masked_array([1.0], [True]), InputTypeError, "extra/it is MaskedArray"),
        (np.datetime64("2020-01-01"), InputTypeError, "extra/it is datetime64"),
        (
            random.SystemRandom(),
            InputTypeError,
            "extra/it is SystemRandom .*, whose state cannot be kept; take random",
        ),
        (2**20_000, InputValueError, "extra/it is an integer of 20,001 bits; at most 10,000 are stored"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_cannot_be_stored_is_refused_and_the_file_stays(path, extra, error, message):
    path.write_bytes(b"before")
    with pytest.raises(error, match=message):
        nn.save(path, nn.Neuron(1), it=extra)
    assert path.read_bytes() == b"before"
    assert os.listdir(path.parent) == [path.name]


def test_a_generator_of_an_unknown_kind_is_refused(tmp_path):
    class Own(np.random.PCG64):
        @property
        def state(self):
            return {"bit_generator": "Own"}

    with pytest.raises(InputTypeError, match="whose state cannot be kept"):
        nn.save(tmp_path / "m.npz", nn.Neuron(1), rng=np.random.Generator(Own()))


def test_a_list_in_itself_is_refused(path):
    inside = []
    inside.append(inside)
    with pytest.raises(InputValueError, match="stands in more than 50 containers; does one of them contain itself"):
        nn.save(path, nn.Neuron(1), inside=inside)


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([b"a"]), np.array([1], np.complex128)])
def test_a_safetensors_file_refuses_arrays_that_an_npz_file_takes(tmp_path, array):
    nn.save(tmp_path / "m.npz", nn.Neuron(1), array=array)
    assert repr(nn.load(tmp_path / "m.npz", nn.Neuron(1))["array"]) == repr(array)
    with pytest.raises(InputTypeError, match=r"extra/array is an array of .*, which a \.safetensors file cannot hold"):
        nn.save(tmp_path / "m.safetensors", nn.Neuron(1), array=array)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("model.pt", InputValueError, r"saved as \.npz or \.safetensors, not as 'model\.pt'; give it one of these"),
        ("model", InputValueError, "saved as"),
        ("a\0.npz", InputValueError, "has a character that cannot be in the name of a file"),
        ("\ud800.npz", InputValueError, "has a character that cannot be in the name of a file"),
        (b"model.npz", InputTypeError, r'path of a file, such as "model\.npz", not bytes'),
        (3, InputTypeError, "path of a file"),
    ],
)
def test_a_path_is_the_name_of_a_file_of_a_known_kind(given, error, message):
    for call in (nn.save, nn.load):
        with pytest.raises(error, match=message):
            call(given, nn.Neuron(1))


def test_other_arguments_are_refused_by_name(path):
    with pytest.raises(InputTypeError, match="save takes a Module after the path, not dict"):
        nn.save(path, {})
    with pytest.raises(InputTypeError, match=r"optimizer takes an optimizer of nn\.optim, not float 0\.1"):
        nn.load(path, nn.Neuron(1), 0.1)


def test_odd_arguments_are_answered_in_sentences(tmp_path):
    path = tmp_path / "m.npz"
    calls = {
        "path": lambda odd: nn.save(odd, nn.Neuron(1)),
        "model": lambda odd: nn.save(path, odd),
        "optimizer": lambda odd: nn.save(path, nn.Neuron(1), odd),
        "extra": lambda odd: nn.save(path, nn.Neuron(1), odd=odd) or nn.load(path, nn.Neuron(1)),
        "key": lambda odd: nn.save(path, nn.Neuron(1), by={odd if isinstance(odd, Hashable) else 0: np.ones(1)}),
        "load": lambda odd: nn.load(odd, nn.Neuron(1)),
        "into": lambda odd: nn.load(path, odd),
        "state": lambda odd: nn.Neuron(1).load_state_dict(odd),
        "number": lambda odd: nn.Neuron(1).load_state_dict({"weights[0]": odd, "bias": 1.0}),
    }
    assert {name: answers for name, call in calls.items() if (answers := unanswered(call))} == {}


# --- The file on the disk ---------------------------------------------------------------------------------------------


def test_a_missing_file_or_folder_is_the_error_that_python_has_for_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        nn.load(tmp_path / "none.npz", nn.Neuron(1))
    with pytest.raises(FileNotFoundError, match=r"none/m\.npz"):
        nn.save(tmp_path / "none" / "m.npz", nn.Neuron(1))


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path):
    file, link = tmp_path / "m.npz", tmp_path / "link.npz"
    nn.save(file, nn.Neuron(1))
    file.chmod(0o640)
    link.symlink_to(file)
    nn.save(link, nn.Neuron(2))
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    nn.load(file, nn.Neuron(2))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_write_that_fails_leaves_the_file_that_was_there(path, monkeypatch, error):
    nn.save(path, nn.Neuron(1), epoch=1)

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((KeyboardInterrupt, OSError)) as caught:
        nn.save(path, nn.Neuron(1), epoch=2)
    assert isinstance(error, type) or caught.value.filename == str(path)
    assert os.listdir(path.parent) == [path.name]
    assert nn.load(path, nn.Neuron(1)) == {"epoch": 1}


KILLED = """
import itertools, os, random, signal, tempfile
import numpy as np
import nn
from autograd import Tensor

model = nn.Module()
model.weight = Tensor(np.zeros((100, 100)))
folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "m.npz")
nn.save(path, model, epoch=0)
seen = set()
for k in itertools.count():  # until a child has saved something, which takes longer on a busy machine
    if k >= 20 and len(seen) > 1:
        break
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.005, 0.05 + 0.01 * k))  # kills it
        for epoch in range(max(seen, default=0), 10**9):
            model.weight.data = np.full((100, 100), float(epoch))
            nn.save(path, model, epoch=epoch)
    os.waitpid(child, 0)
    seen.add(nn.load(path, model)["epoch"])
    assert (model.weight.data == max(seen)).all(), seen
print(sorted(seen) != [0])
folder.cleanup()
"""


@pytest.mark.long
@needs_timer
def test_a_process_that_is_killed_leaves_a_whole_file():
    assert run_fresh(KILLED) == "True"

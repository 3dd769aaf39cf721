"""Logs of a training: what is in the files, and what is refused."""

import sys
from types import ModuleType

import pytest

import nn
from autograd.errors import InputTypeError, InputValueError
from tests.support.odd import unanswered

DATA = ([[1.0]], [[2.0]])


def train(log, epochs=3, model=None, **options):
    model = model or nn.Linear(1, 1, init=nn.init.constant(0.0))
    optimizer = nn.optim.SGD(model.parameters(), lr=0.125)
    nn.fit(model, nn.losses.mse, DATA, optimizer, epochs=epochs, callbacks=log, progress=False, **options)
    return model


def test_a_table_has_a_row_for_each_epoch_and_goes_on_when_training_is_resumed(tmp_path):
    path = tmp_path / "log.csv"
    model = train(nn.CSVLog(path), epochs=2)
    assert path.read_text(encoding="utf-8") == "epoch,loss\n1,4.0\n2,1.0\n"  # the error 2 is halved by each step
    train(nn.CSVLog(str(path)), epochs=4, model=model, start_epoch=2)
    assert path.read_text(encoding="utf-8").splitlines()[3:] == ["3,0.25", "4,0.0625"]
    train(nn.CSVLog(path), epochs=1)  # from the beginning
    assert path.read_text(encoding="utf-8") == "epoch,loss\n1,4.0\n"


def test_a_table_of_other_columns_is_not_continued(tmp_path):
    path = tmp_path / "log.csv"
    model = train(nn.CSVLog(path), epochs=1)
    with pytest.raises(InputValueError, match=r"^log\.csv has the columns epoch, loss, and this training has epoch, "):
        train(nn.CSVLog(path), epochs=2, model=model, start_epoch=1, validation=DATA)
    assert path.read_text(encoding="utf-8") == "epoch,loss\n1,4.0\n"


@pytest.mark.parametrize("log", [nn.CSVLog, nn.TensorBoardLog])
def test_a_path_is_a_path(log):
    with pytest.raises(InputTypeError, match=r"^path takes the name of a file or folder, such as .*, not int 3"):
        log(3)


class Writer:
    """A writer as that of TensorBoard is called."""

    def __init__(self, folder):
        self.folder, self.written, self.flushed = folder, [], 0
        Writer.last = self

    def add_scalar(self, name, value, step):
        self.written.append((name, value, step))

    def flush(self):
        self.flushed += 1


@pytest.mark.parametrize("package", ["tensorboardX", "torch.utils.tensorboard"])
def test_tensorboard_gets_the_numbers_of_each_epoch(package, monkeypatch):
    hide(monkeypatch)
    for part in ("torch", "torch.utils", package):
        monkeypatch.setitem(sys.modules, part, ModuleType(part))
    sys.modules[package].SummaryWriter = Writer
    train(nn.TensorBoardLog("runs/first"), epochs=2)
    assert Writer.last.folder == "runs/first"
    assert Writer.last.written == [("loss", 4.0, 1), ("loss", 1.0, 2)]
    assert Writer.last.flushed == 2


def hide(monkeypatch):
    for name in ("tensorboardX", "torch", "torch.utils", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)


def test_without_tensorboard_a_message_says_what_to_install(monkeypatch):
    hide(monkeypatch)
    with pytest.raises(ImportError, match="pip install tensorboardX"):
        nn.TensorBoardLog("runs")


def test_odd_names_of_files_and_odd_runs_are_taken_or_refused(monkeypatch, tmp_path):
    hide(monkeypatch)
    monkeypatch.setitem(sys.modules, "tensorboardX", ModuleType("tensorboardX"))
    sys.modules["tensorboardX"].SummaryWriter = Writer
    path = tmp_path / "log.csv"
    assert unanswered(nn.CSVLog) == unanswered(nn.TensorBoardLog) == {}
    assert unanswered(nn.CSVLog(path)) == unanswered(nn.TensorBoardLog("runs")) == {}
    assert not path.exists()
    assert not Writer.last.written
    with pytest.raises(InputTypeError, match=r"^CSVLog is a callback of fit, .* not with int 3; give it to fit as cal"):
        nn.CSVLog(path)(3)

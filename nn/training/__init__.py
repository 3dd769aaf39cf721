"""Training: the loop, its history and metrics, and the selection of models on held-out samples.

fitting       fit: the loop over epochs and batches, with validation, early stopping and callbacks
objective     the loss of a batch: compiled, sample by sample, or of arrays
evaluating    evaluate and predict, without recording
searching     cross_validate and grid_search
binary        several classes by models of two classes
ensembles     averages and votes of several models
logs          callbacks that write a table, or for TensorBoard
"""

from . import binary, ensembles
from .evaluating import evaluate, predict
from .fitting import Run, fit
from .history import History
from .logs import CSVLog, TensorBoardLog
from .metrics import accuracy, confusion_matrix, r2
from .searching import CrossValidation, Search, cross_validate, grid_search
from .stopping import EarlyStopping

__all__ = [
    "CSVLog",
    "CrossValidation",
    "EarlyStopping",
    "History",
    "Run",
    "Search",
    "TensorBoardLog",
    "accuracy",
    "binary",
    "confusion_matrix",
    "cross_validate",
    "ensembles",
    "evaluate",
    "fit",
    "grid_search",
    "predict",
    "r2",
]

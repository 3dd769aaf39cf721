"""Arguments of the command line, and messages of one line about invalid ones.

A script parses its arguments by `argument_parser` and `parse`, and is started by `run`:

    def main(arguments=None):
        parser = argument_parser(__doc__, seed=0, steps=200)
        options = parse(parser, arguments, quick={"steps": 20})
        ...

    if __name__ == "__main__":
        run(main)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from autograd.errors import AutogradError

LARGEST = 1_000_000  # of counts and amounts; no script is made for more, and larger ones would run for ever


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, without the list of all arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}; --help lists the arguments\n")


def argument_parser(
    documentation: str | None, *, seed: int | None = None, steps: int | None = None, epochs: int | None = None
) -> argparse.ArgumentParser:
    """Make a parser of the arguments that scripts share.

    Parameters
    ----------
    documentation : str
        The docstring of the script; ``--help`` begins with its first sentences, up to an empty line.
    seed, steps, epochs : int, optional
        The defaults of ``--seed``, ``--steps`` and ``--epochs``. Without a default there is no such argument.

    Returns
    -------
    ArgumentParser
        It also takes ``--output`` and ``--quick``; a script adds arguments of its own.
    """
    parser = _Parser(
        description=(documentation or "").partition("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    if steps is not None:
        parser.add_argument("--steps", type=count, default=steps, help="how many steps of gradient descent to take")
    if epochs is not None:
        parser.add_argument("--epochs", type=count, default=epochs, help="how often to go through the data")
    if seed is not None:
        parser.add_argument("--seed", type=_seed, default=seed, help="where the random numbers begin")
    parser.add_argument("--output", type=_folder, default=Path("output"), help="the folder for the pictures")
    parser.add_argument("--quick", action="store_true", help="a smaller run that takes two seconds or less")
    return parser


def parse(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, quick: dict[str, Any] | None = None
) -> argparse.Namespace:
    """Parse the arguments of a script.

    Parameters
    ----------
    parser : ArgumentParser
        From `argument_parser`.
    arguments : sequence of str, or None
        The arguments of ``main``; None stands for those of the command line.
    quick : dict, optional
        The defaults that ``--quick`` puts in the place of the usual ones. Arguments given explicitly stay.

    Returns
    -------
    Namespace
        The options by name.
    """
    options = parser.parse_args(arguments)
    if options.quick and quick:
        parser.set_defaults(**quick)
        options = parser.parse_args(arguments)
    return options


def run(main: Callable[[], object]) -> None:
    """Run a script; say in one line what is wrong with its input, and exit with status 2.

    Parameters
    ----------
    main : callable
        The script. Its errors of `autograd`, of missing packages, of files and of memory are taken to be the input's;
        any other error is a fault of the script, and keeps its traceback.
    """
    try:
        main()
    except MemoryError:
        _end("not enough memory; give smaller numbers")
    except (AutogradError, ImportError, OSError) as error:
        _end(" ".join(str(error).split()))


def _end(message: str) -> NoReturn:
    """Say in one line what is wrong, and exit with status 2."""
    print(f"{Path(sys.argv[0]).name}: error: {message}", file=sys.stderr)
    sys.exit(2)


# --- Kinds of arguments -----------------------------------------------------------------------------------------------


def count(text: str) -> int:
    """Read a whole number from 1 to a million."""
    number = int(text)
    if not 1 <= number <= LARGEST:
        raise argparse.ArgumentTypeError(f"must be from 1 to {LARGEST:,}, not {number}")
    return number


def amount(text: str) -> float:
    """Read a number from 0 to a million."""
    number = float(text)
    if not 0 <= number <= LARGEST:
        raise argparse.ArgumentTypeError(f"must be from 0 to {LARGEST:,}, not {number}")
    return number


def _seed(text: str) -> int:
    """Read a seed that both Python's and numpy's generators take."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"must be from 0 to {2**32 - 1}, not {number}")
    return number


def _folder(text: str) -> Path:
    """Read a folder; it must be possible to write to it, or to make it, which is checked before the work begins."""
    folder = Path(text)
    there = nearest(folder)
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot write to {there}: {error.strerror}") from error
    return folder


def nearest(folder: Path) -> Path:
    """Return the folder itself if it is there, else the nearest one above it that is."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


_seed.__name__, _folder.__name__ = "seed", "folder"  # as argparse names them: "invalid seed value"

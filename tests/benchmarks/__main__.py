"""The command line: ``python -m tests.benchmarks {eager,tensor,compiled,nn} [--quick] [--markdown] [--peers …]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.benchmarks import __doc__ as about

from . import eager, tensor, training
from .compiled import report as compiled
from .measure import GradientsDifferError, deep, one_core


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subjects = parser.add_subparsers(dest="subject", required=True)
    hips = "hips (HIPS autograd; pip installs it into an environment of its own, for this run only)"
    everybody = " ".join(compiled.PEERS)
    for name, what, peers, default in [
        ("eager", "scalars, recorded and swept: chains and the moons step", "micrograd hips", "micrograd"),
        ("tensor", "tensors: a network, a convolution, numbers without axes", "hips torch", "hips torch"),
        (
            "compiled",
            "scalars run as matrices: networks, a convolution, functions of many points",
            everybody,
            everybody,
        ),
        (
            "nn",
            "training: fit, Adam, linear layers and convolutions beside numpy and PyTorch",
            "torch",
            "torch",
        ),
    ]:
        subject = subjects.add_parser(name, help=what)
        subject.add_argument("--quick", action="store_true", help="small works, to see that all runs; not judged")
        subject.add_argument("--markdown", action="store_true", help="print the tables for a README")
        subject.add_argument("--repetitions", type=int, metavar="N", help="runs of each engine (default 7; quick: 3)")
        subject.add_argument(
            "--peers",
            nargs="*",
            choices=peers.split(),
            default=default.split(),
            metavar="PEER",
            help=f"whom to measure against: {peers.replace('hips', hips)}. Default: {default}",
        )
    return parser


SUBJECTS = {"eager": eager.report, "tensor": tensor.report, "compiled": compiled.report, "nn": training.report}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark; 0 unless the engines disagree about a gradient."""
    given = parser().parse_args(arguments)
    if given.repetitions is not None and given.repetitions < 1:
        parser().error(f"--repetitions takes a number from 1 up, not {given.repetitions}")
    repetitions = given.repetitions or (3 if given.quick else 7)
    report = SUBJECTS[given.subject]
    try:
        with one_core():
            print(deep(lambda: report(given.peers, repetitions, given.quick, given.markdown)))
    except GradientsDifferError as difference:
        print(f"benchmark stopped: {difference}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

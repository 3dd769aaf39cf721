"""The effort of the tests: little at each commit, more before a release.

The variable RANDOM_PROGRAMS of the environment says of how many random programs a test takes its share, and
STEPGRAD_SEEDS how many seeds each script of the course is run with.
"""

import os

PROGRAMS = int(os.environ.get("RANDOM_PROGRAMS", "40"))
SEEDS = range(int(os.environ.get("STEPGRAD_SEEDS", "1")))


def examples(count):
    """So many examples where 250 random programs are asked for."""
    return max(count * PROGRAMS // 250, 1)

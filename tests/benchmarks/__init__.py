"""The speed of the engine beside that of its peers: ``python -m tests.benchmarks {eager,tensor,compiled}``.

The works are the same for everybody, and no time is taken before all gradients have been found equal. Peers take turns
within one run, pinned to the same core where the system can do that, so that whatever else the machine is doing
disturbs them alike; figures are medians, and what is judged is a ratio. Garbage that is left at the end of a run is
collected off the clock, to the advantage of an engine that leaves any. A missed target is marked in the table and fails
nothing.
"""

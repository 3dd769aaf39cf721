"""The README's table of conventions is that of the operations themselves. ``python -m tests.test_readme`` prints it."""

import inspect
import re
from pathlib import Path

from autograd.table import TABLE

README = Path(__file__).parents[1] / "README.md"
FRAME = re.compile(r"(<!-- conventions: .* -->\n)(.*)(<!-- end of conventions -->)", re.DOTALL)


def conventions():
    lines = ["| operation | real for | where the derivative does not exist |", "|---|---|---|"]
    for op in TABLE.values():
        if op.domain or op.edge:
            arguments = list(inspect.signature(op.value).parameters)[1:] if op.arity else ["x1", "x2", "…"]
            cells = (f"`{op.write(arguments)}`", op.domain.replace("|", "\\|"), op.edge)
            lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def test_the_table_of_conventions_is_that_of_the_operations():
    assert FRAME.search(README.read_text(encoding="utf-8")).group(2).strip() == conventions().strip()


if __name__ == "__main__":
    print(conventions())

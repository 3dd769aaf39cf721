"""Print the scripts, room by room, each with the first sentences of its docstring."""

import ast
from pathlib import Path

from examples import ROOMS


def _summary(path: Path) -> str:
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(documentation.partition("\n\n")[0].split())


for room in (Path(__file__).parent / room for room in ROOMS):
    print(f"\n{_summary(room / '__init__.py')}")
    for script in sorted(room.glob("[!_]*.py")):
        print(f"  python -m examples.{room.name}.{script.stem}\n      {_summary(script)}")

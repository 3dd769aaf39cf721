"""The engine, in four files; each uses only what came before.

**ops** every operation, a row each: value and derivative. **tape** a value remembers: the record, and what a result
depends on. **sweep** the chain rule: one loop over the record, backwards. **value** the operators that record.

The other files are what these stand on: `several` (operations over many values), `table`, `namespaces`, `context`,
`modes`, `stores`, `numbers`, `comparisons`, `protocol`.
"""

from os.path import dirname

from ..errors import refuse_a_mixture

refuse_a_mixture(dirname(__path__[0]))

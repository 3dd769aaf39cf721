"""Programs of scalars as programs of arrays: what `autograd.compile` consists of.

From the ground up: `columns` (a record in whole numbers), `sums` (sums of products, however they were written), `groups`
(values computed alike), `grids` (dot products that are one matrix product), `patterns` and `layout` (where values lie,
so that operands are views), `cells` (the rules of the table as calls of numpy), `adjoints`, `products`, `reductions`,
`replay` and `emission` (both passes as lists of calls); and `recording`, `arguments`, `variant`, `call`, `function`, which
make a function of them.
"""

"""Programs of scalars as programs of arrays: what `autograd.compile` consists of.

To read it, follow one operation from its record to the matrix, say ``h = relu(w0 * x0 + w1 * x1 + b)``, one of sixteen
neurons that are computed for each of a hundred samples:

  recording/
    arguments    the numbers in what a call is given, and their structure; the form of what it gives
    tracer       the function runs once, and h is on a tape
    conditions   what comparisons are meanwhile: values, too, which the program can ask again
    generators   whether a random generator has advanced, whose numbers a program would repeat
    as_written   the function as it was written, for derivatives of higher order
  lowering/
    columns      the tape in whole numbers: every value has one, and its arguments have lower ones
    condensed    what is made of it: values that are computed by one operation, side by side
    sums         w0 x0 + w1 x1 + b, however it was written, is a dot product of two terms, and b
    groups       1,600 dot products of two terms at one level; 1,600 additions at the next; 1,600 relus
    grids        those dot products are of 16 rows by 100 columns, each by each: one matrix product
    patterns     places in an array as a view: a slice, a stride, a row that is broadcast
    plans        one operation on arrays, and what it reads
    places       where each value is kept, so that W, x, b and z are such views
    biases       W x + b is one product, too: of W with b behind it, and x with ones
    layout       which plans there are, and in which order
  emitting/
    memory       arrays that begin where numpy's functions write most quickly
    cells        a rule of the table, such as that of relu, as calls of numpy with buffers bound once
    bound        a program with its arrays
    adjoints     where gradients are summed: what is written first, what is added later
    elementwise  operations element by element
    products     Z = W X, and backward dW += dZ Xᵀ and dX += Wᵀ dZ
    reductions   sums, extremes and softmax along an axis
    segments     what is too narrow for arrays stays a run of single numbers
    passes       both passes as lists of calls
  running/
    variant      one program: all of the above, for one structure and one way through the branches
    call         its place on the tape: one record, whose backward is the program's
    quick        what is given back, and the short way of a training step
    function     `compile` itself: which variant a call is for, and what if there is none
  showing/
    leaves       the parameters, arguments and constants as named arrays
    views        which part of an array is read, in writing: ``%3[:, 0]``
    lines        one line of a program, and how it is written
    listing      all of them: ``print(compiled.program)``
    explanation  ``compiled.explain()``
"""

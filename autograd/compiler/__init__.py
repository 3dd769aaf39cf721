"""Programs of scalars as programs of arrays: what `autograd.compile` consists of.

To read it, follow one operation from its record to the matrix, say ``h = relu(w0 * x0 + w1 * x1 + b)``, one of sixteen
neurons that are computed for each of a hundred samples:

  recording/
    arguments     the numbers in the arguments of a call, and their structure
    wholes        integer arguments, which may steer control flow as in ``range(n)``
    rows          arrays of values, whose comparisons are recorded
    tracer        the function runs once, and h is on a tape
    conditions    comparisons are recorded as values, so that the program can evaluate them again
    search        what the code of a function names, and what that names
    surroundings  the state outside the arguments that the function could read, and that the program has baked in
    results       the form of the result, such as a dict of lists
    renewed       numbers that each call reads anew, such as random ones, and functions to call after it
    as_written    the function as it is written, for derivatives of higher order
  lowering/
    columns       the tape as integers: every value has a number, and its operands have lower ones
    condensed     packs of values that the same operation computes from equally many operands
    sums          w0 x0 + w1 x1 + b, however it was written, is a dot product of two terms, and b
    levels        dot products at one level, the additions at the next, then relus; values that can wait join others
    groups        1,600 dot products of two terms at one level; 1,600 additions at the next; 1,600 relus
    ragged        rows of different lengths, completed with zeros or -inf, are one group
    grids         those dot products are 16 rows times 100 columns: one matrix product
    patterns      places in an array as a view: a slice, a stride, a row that is broadcast
    plans         one operation on arrays, and its operands
    places        the buffer and place of each value, so that W, x, b and z are such views
    biases        W x + b is one product, of W with a column b, and x with a row of ones
    matrices      what is computed of some cells of a matrix is computed of all of them
    layout        the plans, and an order of the values for which most operands are views
  emitting/
    memory        arrays that are aligned to cache lines, and writing to some of their rows
    cells         a rule of the table, such as that of relu, as what numpy would have to call
    emitter       those calls, with arrays bound once
    bound         a program with its arrays
    adjoints      where contributions to gradients are summed, and when they need not be
    elementwise   elementwise operations
    recipes       the calls of one of them, for others of its kind
    chains        runs of single elementwise operations, most of them by recipes
    products      Z = W X, and backward dW += dZ Xᵀ and dX += Wᵀ dZ
    reductions    sums, extremes and softmax along an axis
    segments      runs of levels that are too narrow for arrays
    expressions   the rules of the table as text, in which a subexpression that is used twice has a name
    pieces        such runs as straight-line Python, made of these
    passes        the forward pass and the reverse passes as lists of calls
  fused/                (if the engine is numba)
    accesses      the places of an array in memory: its first element, and its steps
    statements    calls as statements about each element
    nests         statements that run in one nest of loops
    products      products of matrices, which the BLAS of numpy computes
    repeats       repeated steps in a sequence
    loops         nests and products, and repeated steps of them as loops
    alive         results that are read after a nest, which alone are stored
    bodies        nests as lines of Python
    writing       nests, products and loops as functions of Python, which numba compiles
    instructions  functions of numpy as text, and the module that they import
    elementary    exp, log, erf and others without branches, for several samples at a time
    modules       such functions, compiled, and kept on disk
    stretches     equal steps of a run of single numbers
    texts         such a run as text, forward and backward, with a loop for equal steps
    calls         calls of that text, compiled
    engine        the calls of a pass, with loops in the place of most of them
  running/
    variant       one program: all of the above, for one structure and one path through the branches
    steering      the integers for which it is valid
    activity      the values that gradients pass through
    blocks        the number of samples of a large batch that are computed at a time
    lengths       programs for a new number of samples, made from those for two others
    copies        large arguments, copied into memory that is used again
    residuals     the numbers that a call keeps for its reverse pass
    call          one record on the tape, whose vjp is the program's reverse pass
    quick         the fast paths of calls, and of a training step
    signatures    the key by which a call finds its fast path, and the numbers and arrays in its arguments
    tails         the reverse pass of arithmetic on results
  showing/
    leaves        the parameters, arguments and constants as named arrays
    views         a part of an array as text: ``%3[:, 0]``
    lines         one line of a program, and its text
    repeats       repeated steps, which are shown once
    programs      all lines, and their text
    listing       the lines of a compiled function: ``print(compiled.program)``
    explanation   ``compiled.explain()``
  wording/
    terms         the rules of the table and operations on arrays, as trees
    languages     the words of numpy, JAX and PyTorch
    defined       functions that these lack, or have with other derivatives
    spelling      trees as text
    constants     arrays of numbers as text
    rules         relu as an expression, or as a function with a derivative of its own
    inputs        the arguments of a function
    nodes         trees as nodes of ONNX
    texts         a module, when it is written
  writing/
    reads         elements of an array as an expression, and where its gradient goes
    statements    v1 = W x, and what it contributes to the gradients of W and x
    program       the plans as statements
    outputs       the form of the result
    reverse       the reverse pass in numpy
    modules       the text of a module
    graphs        the program as a model of ONNX
    portable      ``compiled.source("jax")``, ``compiled.to("jax")`` and ``compiled.save("model.onnx")``
  tensors/        functions of tensors, h = relu(x @ W.T + b): one record for each operation on arrays
    derived       labels, truth values about tensors and other arrays without a gradient, whose origin is followed
    recording     the function runs once, on leaves for whole arguments; what cannot be followed is refused
    steps         what was recorded between the leaves and the results
    source        lines of Python, tried on the numbers of the recorded call as they are written, and their buffers
    forward       t1 = matmul(x, t0); t2 = add(t1, b, out=t1); t3 = maximum(t2, 0.0, out=t2)
    reverse       the vjp of each of them, latest first
    fused         functions of several operations, such as a softmax that both passes share
    kernels       runs of these lines as loops (if the engine is numba)
    written       the two functions, and what passes from one to the other
    replayed      the operations one by one, where gradients that are nan need the engine's rule
    call          one record on the tape for the whole call
    program       a program that runs, for one structure and one way through the branches
    programs      which program a call runs
  porting/        functions of tensors in other languages
    listing       their programs as text
    sized         trees with shapes, on which rules run
    places        indices
    names         the operations on arrays: the rule of a matrix product gives ``d_v1 @ W.T``
    followed      truth values and whole numbers that a program computes
    statements    v1 = x @ W.T + b, with its operands
    reverse       the reverse pass in numpy
    speller       trees of operations on arrays as text
    branches      the lines at which Python decided, in words
    module        the text of a module
    graphs        the program as a model of ONNX
  above them
    compiled      the class of compiled functions: which program a call runs
    function      the public function `compile`
"""

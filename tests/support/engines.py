"""Three engines that are wrong in the ways engines of this kind are wrong, as exhibits for the tests of the tape.

Each has just what those tests use: ``+``, ``*``, ``relu``, ``backward``. What they do is right on a tree that is never
touched again; a test that they pass shows nothing.
"""

from __future__ import annotations


class Recursive:
    """Hands gradients on as it meets them, without sorting: once per path instead of once per node, and recursively."""

    def __init__(self, data, arguments=(), slopes=lambda: ()):
        self.data = float(data)
        self.grad = None
        self.arguments = arguments
        self.slopes = slopes

    def __add__(self, other):
        other = other if isinstance(other, Recursive) else Recursive(other)
        return type(self)(self.data + other.data, (self, other), lambda: (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Recursive) else Recursive(other)
        x, y = self.data, other.data
        return type(self)(x * y, (self, other), lambda: (y, x))

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        x = self.data
        return type(self)(max(x, 0.0), (self,), lambda: (float(x > 0),))

    def backward(self, gradient=1.0):
        self.grad = (self.grad or 0.0) + gradient
        for argument, slope in zip(self.arguments, self.slopes(), strict=True):
            argument.backward(gradient * slope)


class Overwriting(Recursive):
    """Sorts, but writes ``=`` where ``+=`` is due: of several uses, the last one counts."""

    def _sorted(self):
        found, stack, seen = [], [(self, False)], set()
        while stack:
            node, done = stack.pop()
            if done:
                found.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack += [(argument, False) for argument in node.arguments]
        return found[::-1]

    def backward(self, gradient=1.0):
        self.grad = gradient
        for node in self._sorted():
            for argument, slope in zip(node.arguments, node.slopes(), strict=True):
                argument.grad = node.grad * slope


class Live(Overwriting):
    """Sorts and adds up, but reads the numbers when it goes back, and leaves old gradients in computed values."""

    def __mul__(self, other):
        other = other if isinstance(other, Recursive) else Recursive(other)
        return type(self)(self.data * other.data, (self, other), lambda: (other.data, self.data))

    __rmul__ = __mul__

    def relu(self):
        result = type(self)(max(self.data, 0.0), (self,))
        result.slopes = lambda: (float(result.data > 0),)
        return result

    def backward(self, gradient=1.0):
        self.grad = gradient
        for node in self._sorted():
            for argument, slope in zip(node.arguments, node.slopes(), strict=True):
                argument.grad = (argument.grad or 0.0) + node.grad * slope

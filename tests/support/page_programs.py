"""Programs whose pages are tested."""

from autograd import Value


def neuron(x=2.0):
    x, w, b = Value(x, name="x"), Value(-3.0, name="w"), Value(6.5, name="b")
    n = w * x + b
    n.name = "n"
    y = n.tanh()
    y.name = "y"
    return y


def expression(a=-4.0, b=2.0):
    """The expression of micrograd's README."""
    a, b = Value(a), Value(b)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def square():
    x = Value(3.0, name="x")
    y = x * x
    y.name = "y"
    return y


def quotient(x=1.0, y=-2.0):
    """atan(x/y/(x + 1)), in whose forms and slopes are fractions."""
    x, y = Value(x, name="x"), Value(y, name="y")
    u = x / y
    u.name = "u"
    return (u / (x + 1.0)).atan()

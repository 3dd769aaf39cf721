"""The price of an option and all its Greeks: one formula, and its derivatives by automatic differentiation.

``C = S Φ(d₁) - K e^(-rT) Φ(d₂)`` with ``d₁ = (ln(S/K) + (r + σ²/2) T) / (σ √T)`` and ``d₂ = d₁ - σ √T`` (Black &
Scholes 1973). Delta, vega, theta and rho are first derivatives, gamma, vanna and volga second ones. They are compared
with the formulas of textbooks, and put into the equation of Black and Scholes. Newton's method, with vega as the slope,
finds the volatility that a price implies. The picture shows price, delta, gamma and vega over the price of the share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Value, derivative, erf, exp, grad, hessian, log, sqrt
from examples.common import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILION,
    Figure,
    argument_parser,
    label,
    panels,
    parse,
    run,
    save,
    sow,
)
from visualize import page

HULL = (
    (42.0, 40.0, 0.1, 0.2, 0.5),
    4.76,
)  # the example of Hull, "Options, Futures, and Other Derivatives", and his price


def normal(x: Any) -> Any:
    """The probability that a standard normal number is at most x."""
    return (1 + erf(x / math.sqrt(2))) / 2


def call(share: Any, strike: Any, rate: Any, volatility: Any, years: Any) -> Any:
    """The price of the right to buy a share for the strike, after some years."""
    spread = volatility * sqrt(years)
    d1 = (log(share / strike) + (rate + volatility**2 / 2) * years) / spread
    return share * normal(d1) - strike * exp(-rate * years) * normal(d1 - spread)


def greeks(*market: float) -> dict[str, float]:
    """The derivatives of the price: by share, volatility, time and rate, and some of second order."""
    first = grad(call, argnums=range(5))(*market)
    (gamma, vanna), (_, volga) = hessian(call, argnums=(0, 3))(*market)
    names = ("delta", "vega", "theta", "rho", "gamma", "vanna", "volga")
    return dict(zip(names, (first[0], first[3], -first[4], first[2], gamma, vanna, volga), strict=True))


def textbook(share: float, strike: float, rate: float, volatility: float, years: float) -> dict[str, float]:
    """The same by the formulas that textbooks derive."""
    root = math.sqrt(years)
    d1 = (math.log(share / strike) + (rate + volatility**2 / 2) * years) / (volatility * root)
    d2 = d1 - volatility * root
    density = math.exp(-(d1**2) / 2) / math.sqrt(2 * math.pi)
    discounted = strike * math.exp(-rate * years)
    phi = lambda x: math.erfc(-x / math.sqrt(2)) / 2
    return {
        "delta": phi(d1),
        "vega": share * density * root,
        "theta": -share * density * volatility / (2 * root) - rate * discounted * phi(d2),
        "rho": years * discounted * phi(d2),
        "gamma": density / (share * volatility * root),
        "vanna": -density * d2 / volatility,
        "volga": share * density * root * d1 * d2 / volatility,
    }


def implied_volatility(price: float, share: float, strike: float, rate: float, years: float) -> float:
    """The volatility at which the formula gives a price, by Newton's method."""
    guess = math.sqrt(2 * abs(math.log(share / strike) + rate * years) / years)  # where vega is largest
    vega = derivative(lambda volatility: call(share, strike, rate, volatility, years))
    for _ in range(50):
        error = call(share, strike, rate, guess, years) - price
        if abs(error) < 1e-13 * price:
            break
        guess -= error / vega(guess)
    return guess


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Compare derivatives and formulas for some markets, and return the largest differences."""
    options = parse(argument_parser(__doc__, seed=0), arguments)
    rng = sow(options.seed)
    market, price = HULL
    print(f"price {call(*market):.4f}, published {price}")
    for name, number in greeks(*market).items():
        print(f"{name:5} {number:9.4f}, by the textbook {textbook(*market)[name]:9.4f}")
    differences, balances, errors = [], [], []
    for _ in range(20):
        share, rate, volatility, years = rng.uniform([80, 0, 0.1, 0.2], [120, 0.1, 0.5, 2])
        found, expected = greeks(share, 100.0, rate, volatility, years), textbook(share, 100.0, rate, volatility, years)
        differences += [abs(found[name] - number) / max(1, abs(number)) for name, number in expected.items()]
        value = call(share, 100.0, rate, volatility, years)
        curvature = volatility**2 * share**2 * found["gamma"] / 2
        balances.append(abs(found["theta"] + curvature + rate * share * found["delta"] - rate * value))
        errors.append(abs(implied_volatility(value, share, 100.0, rate, years) - volatility))
    print(f"in twenty markets the Greeks differ from the formulas by {max(differences):.0e} at most,")
    print(f"their equation balances to {max(balances):.0e}, and volatilities are found to {max(errors):.0e}")
    priced = call(*(Value(each, name) for each, name in zip(market, "S K r σ T".split(), strict=True)))
    priced.name = "C"
    pictures = {
        "black_scholes.png": (picture_of(), "price, delta, gamma and vega of a call"),
        "black_scholes.html": (page(priced), "the price of Hull's example, to step through"),
    }
    save(options.output, pictures)
    return {
        "price of Hull's example": call(*market),
        "difference from the formulas": max(differences),
        "imbalance of the equation": max(balances),
        "error of the implied volatility": max(errors),
    }


def picture_of() -> Figure:
    """Price, delta, gamma and vega over the price of the share, half a year and a week before the end."""
    picture, plots = panels(2, 2, "A call on a share, strike 100: one formula and its derivatives")
    shares = np.linspace(70, 130, 61)
    named = [
        ("price", "price", BLUE),
        ("delta", "∂C/∂S", GREEN),
        ("gamma", "∂²C/∂S²", ORANGE),
        ("vega", "∂C/∂σ", VERMILION),
    ]
    for years, style, name in [(0.5, "solid", "half a year"), (0.02, "dashed", "a week")]:
        curves = [
            {"price": call(s, 100.0, 0.05, 0.2, years), **greeks(s, 100.0, 0.05, 0.2, years)} for s in shares.tolist()
        ]
        for axes, (greek, _, colour) in zip(plots, named, strict=True):
            axes.plot(shares, [each[greek] for each in curves], color=colour, linestyle=style, linewidth=2, label=name)
    for axes, (greek, symbol, _) in zip(plots, named, strict=True):
        label(axes, "price of the share", symbol if greek != "price" else "C", greek, size=11)
    plots[0].legend(title="before the end", fontsize=10, frameon=False)
    return picture


if __name__ == "__main__":
    run(main)

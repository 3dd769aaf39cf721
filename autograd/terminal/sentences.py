"""The sentences with which a text is refused that is no expression, for the command line and for pages alike.

``{}`` are the places of what was given. A page reads expressions by a parser of its own, and says the same.
"""

from __future__ import annotations

__all__ = ["SENTENCES"]

SENTENCES = {
    # the text as a whole
    "empty": 'there is no expression; write one such as "x**2 + sin(x)"',
    "long": "an expression has at most {} characters, not {}; for more, write a program",
    "character": "the character {} has no meaning here",
    "nested": "brackets are nested more than {} deep; give the expression in parts",
    "deep": "this is nested too deeply to be read; give it in parts",
    "unreadable": "this cannot be read as an expression: {}",
    # what Python can read, and an expression has no place for
    "misplaced": "this has no place in an expression: {}",
    "compared": "one comparison at a time; put one where(condition, x, y) into another",
    "called": "only a function's name can stand before (…); a product is written with *, as in 2*(x + 1)",
    "keyword": "the arguments of {} are given by position, without names",
    "count": "{} takes {} argument{}, not {}",
    "no function": "there is no function {}; {}",
    "close": "did you mean {}?",
    "variable": "if it is a variable, a product is written {}*(…)",
    # what Python cannot read
    "product": "a product is written with *: {}*{}",
    "operator": "an operator is missing; a product is written with *: {}*{}",
    "argument": "the argument of {} stands in parentheses: {}({})",
    "after": "a number or a name is missing after {}",
    "before": "a number or a name is missing before {}",
    "behind": "an operator is missing after ); a product is written with *, as in (x + 1)*y",
    "open": "there is no ) that ends this (",
    "closed": "there is no ( that this ) ends",
    "digits": "so long a number is written with an exponent, as in 1e300",
    "zero": "a whole number does not begin with 0",
    # the numbers of its variables
    "given": "a variable is given as name=number, such as x=2, not as {}",
    "unknown": "the expression has no variable {}; {}{}",
    "it has": "it has {}",
    "it has none": "it has no variable",
    "joined": "; a product is written with *",
    "twice": "{} is given twice; give it one number",
    "no number": "{0} is to be a number, such as {0}=2, not {1}",
    "nothing": "the expression has no variable to differentiate by; write x in it and x=2 after it",
}

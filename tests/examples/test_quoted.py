"""The chapters quote what the scripts print: each number below lies within the bounds that the script's claim has.

A chapter quotes a run of full size, and the claims are those of quick ones. So a number that a script can no longer
reach is noticed here without running it.
"""

import importlib
import re

import pytest

from tests.support.processes import ROOT

CHAPTERS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "course").glob("[0-9]*.md"))]

# For each script, by the name of a number in its claim: the text that the chapter has around it, with # in its place
# and any number of spaces for one. Of a number that ends with %, the hundredth part is meant.
QUOTED = {
    "neuron.by_hand": {
        "loss": r"\(-0.5, 0.3775, #\)",
        "dL/dw1": r"\[#, -1.8674, -0.6225\]",
        "dL/dw2": r"\[-0.6225, #, -0.6225\]",
    },
    "neuron.collapse": {"rank": r"the product has rank #\."},
    "neuron.xor": {"loss of a neuron": "A neuron loss #,", "loss of two layers": "Two layers loss #,"},
    "neuron.saddle": {"smallest eigenvalue": r"array\(\[#\.,", "distance from the saddle": r"lead to \(#,"},
    "regression.rates": {
        f"θ at η={rate:g}": rf"η = {rate} factor \S+ θ after 10 steps #" for rate in (0.01, 0.1, 0.5, 0.9, 1.0, 1.1)
    },
    "regression.conditioning": {
        "κ, raw": "raw κ = # ",
        "κ, standardised": "standardised κ = # ",
        "κ of all ten, raw": "all ten measurements, raw: κ = #",
        "κ of all ten, standardised": "all ten measurements, standardised: κ = #",
    },
    "regression.linear": {
        "mean squared error": "λ = 0: mean squared error #,",
        "R²": r"R² #",
        "distance at λ=0.1": r"λ = 0.1 κ = 38.0 after 563 steps # away",
        "distance at λ=1": r"λ = 1.0 κ = 5.0 after 71 steps # away",
    },
    "regression.ridge": {
        **{f"prediction at λ={strength}": rf"λ = {strength} slope \S+ prediction at x = 2: #"
           for strength in ("0", "1e-05", "0.001", "0.1")},
        "best λ": "squared error 4206 at λ = #,",
    },
    "classification.logistic": {
        **{f"θ at step 1000, λ={strength:g}": rf"λ = {strength} θ in step 10: .* step 1000: #"
           for strength in (0.0, 0.001, 0.01, 0.1)},
        **{f"band at λ={strength}": rf"λ = {strength} \|θ\| = \S+, unsure in a band of #,"
           for strength in (0.001, 0.1)},
        "accuracy at λ=0.1": "band of 3.98, right #",
    },
    "classification.softmax": {
        "held-out accuracy": "held-out accuracy #",
        "probabilities apart": "probabilities are at most # apart",
    },
    "features.polynomial": {
        "fresh error, degree 1": r"degree 1 seen \S+ fresh #",
        "fresh error, degree 15": r"degree 15 seen \S+ fresh #",
        "best degree": r"degree # seen \S+ fresh \S+ the best",
        "fresh error, best": r"degree 4 seen \S+ fresh #",
    },
    "features.radial": {"β": "β = #:", "fresh error": "on fresh points #"},
    "features.codes": {
        "error, thermometer": "thermometer mean squared error #",
        "error, a number": "a number mean squared error #",
        "at the missing level, one-hot": "one-hot .* has no samples: # instead",
        "at the missing level, thermometer": "thermometer .* has no samples: # instead",
        "apart without a penalty": "one-hot and thermometer are # apart",
    },
    "features.early_stopping": {
        "fresh loss stopped early": "stopped early .* fresh points #",
        "epoch that was kept": "those of epoch # kept: loss 0.0521",
    },
    "descent.optimizers": {
        rule: f"\n{rule} # "
        for rule in ("gradient descent", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "LAMB")
    },
    "descent.schedules": {
        f"deviation, {name}": f"\n {name} #" for name in ("step", "exponential", "warm-up, cosine")
    },
    "descent.batches": {"held-out accuracy, batches of 10": r"batches of 10: 1800 steps, held-out loss \S+ # right"},
    "approximation.curve": {f"error, width {width}": rf"width {width}, \d+ parameters: #" for width in (1, 2, 4, 8)},
    "depth.vanishing": {
        f"factor, {name}": rf"{name} \S+ 2.00e\+02 #"
        for name in ("relu, twice He's variance", "relu, He", "relu, half of He's variance", "tanh, Xavier",
                     "sigmoid, Xavier times 4", "sigmoid, Xavier")
    },
    "depth.remedies": {
        **{f"factor, {name}": f"{name} # " for name in ("plain", "He's weights", "batch normalisation",
                                                        "layer normalisation", "residual connection")},
        **{f"loss, {name}": rf"{name} \d\.\d+ \d\.\d+ \d\.\d+ # "
           for name in ("plain", "He's weights", "layer normalisation", "residual connection")},
    },
    "regularisation.penalties": {
        "zero, L1": "L1 # ", "zero, L2": "L2 # ", "equal, none": r"none \d+ # ", "equal, L∞": r"L∞ \d+ # ",
        "from the closed form, none": "3.043 #", "from the closed form, L1": "2.643 #",
        "from the closed form, L2": "2.174 #", "from the closed form, L∞": "1.530 #",
    },
    "regularisation.noise_is_ridge": {
        "from ridge, noise": "with noise .*\n all weights are # from",
        "from ridge, dropout": "with dropout .*\n all weights are # from",
        "least squares from ridge, noise": "with noise .*\n.*\n and least squares is # from",
        "least squares from ridge, dropout": "with dropout .*\n.*\n and least squares is # from",
    },
    "regularisation.few_digits": {"labels learnt, nothing": "nothing #"},
    "regularisation.imbalance": {
        "recall of the rare, no weights": "99.7% of the common, # of the rare",
        "recall of the rare, balanced": "79.3% of the common, # of the rare",
    },
    "clustering.k_means": {"distance of descent at 1 / (2 N) from Lloyd": r"descent at 1 / \(2 N\) from Lloyd #"},
    "clustering.gaussian_mixture": {
        "share of short eruptions": "share of short eruptions #",
        **{f"minutes {name}": f"minutes {name} #" for name in ("of short eruptions", "after short eruptions",
                                                               "of long eruptions", "after long eruptions")},
    },
    "images.digits_cnn": {
        name: f"\n{name} #" for name in ("held-out accuracy", "parameters", "parameters of the first filters",
                                         "parameters of as many neurons")
    },
    "images.siamese": {
        name: f"\n{name} #" for name in ("pairs told apart", "area under the curve, network",
                                         "area under the curve, pixels",
                                         "difference of the gradient from the sum of branches")
    },
    "images.transfer": {
        "accuracy of the frozen body": " 10 images frozen body #",
        "accuracy of the body that never learned": " 10 images body that never learned #",
    },
    "generative.linear_autoencoder": {"largest angle in degrees": "\nlargest angle in degrees #"},
    "generative.autoencoder": {
        name: f"\n{name} #" for name in ("loss of two numbers", "loss of two principal components",
                                         "digits read from two numbers", "loss of noisy images",
                                         "loss of cleaned images", "loss of the best principal components")
    },
    "generative.variational": {
        name: f"\n{name} #" for name in ("bound", "bound without codes", "divergence",
                                         "distance of made images from real ones",
                                         "distance of shuffled images from real ones")
    },
    "generative.gan": {
        name: f"\n{name} #" for name in ("mean of the made numbers", "deviation of the made numbers",
                                         "distance of made points from the moons",
                                         "distance of a normal distribution from the moons", "points told apart")
    },
    "generative.adversarial": {
        name: f"\n{name} #" for name in ("accuracy", "accuracy after random changes",
                                         "accuracy after adversarial changes", "images misled by small steps",
                                         "mean change of a pixel by small steps")
    },
    "attention.recall": {
        "accuracy": "attention right #",
        "accuracy of the mean": "mean right #",
        "weight of the pair asked for": "weight of the pair asked for #;",
        "change with the order": "scores change by #",
    },
    "attention.scalar_gpt": {
        "held-out loss": "held-out loss #",
        "difference of the losses": "losses of both differ by #",
    },
    "recurrent.through_time": {
        "deviation from the powers": "powers of the gain, to #",
        "left by tanh": "\n # in a recurrent net with",
        "left by the cell": "\n # in the cell of an LSTM",
        "left by the open cell": "\n # in that of an LSTM",
    },
    "recurrent.remember": {"accuracy of the LSTM": "LSTM remembers #;"},
    "recurrent.spell": {"held-out loss": "held-out loss #"},
    "science.ode_fit": {"relative error of the pelts": "pelts are off by # on average"},
    "science.physics_informed": {
        "error of the equation": "the equation holds to #,",
        "error of the solution": "the solution to #\n",
    },
    "science.black_scholes": {
        "price of Hull's example": "\nprice #,",
        "difference from the formulas": "differ from the formulas by #",
        "imbalance of the equation": "equation balances to #,",
        "error of the implied volatility": "volatilities are found to #\n",
    },
    "science.nist": {
        "digits from the first start": "Kirby2 start1: # digits",
        "digits from the second start": "Kirby2 start2: # digits",
    },
    "science.newton": {"steps on Rosenbrock's function": "step # x = 1.00000000000000 "},
    "science.implicit": {"difference from the formula": "differ from the formula by #"},
    "ensembles.bagging": {
        "accuracy of the mean": "together # by their mean",
        "accuracy of the votes": "mean, # by their votes",
    },
    "ensembles.calibration": {
        "calibration error of the truth": "83.8% right, calibration error #\n",
        "calibration error": "one net: .* calibration error #,",
        "temperature": "at temperature #:",
        "calibration error at the temperature": "at temperature .* calibration error #,",
        "calibration error of the mean": "the mean of 8 nets: .* calibration error #,",
    },
}  # fmt: skip


def claims_of(room):
    """The claims that the tests of a room make, by the names of the scripts."""
    (path,) = (ROOT / "tests" / "examples").rglob(f"test_{room}.py")
    claims = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)).CLAIMS
    return {f"{room}.{script.split('.')[-1]}": numbers for script, numbers in claims.items()}


def quoted(script, text):
    """The number that the chapter about a script has in the place of # in a text."""
    chapter = next(each for each in CHAPTERS if f"examples.{script}" in each)
    number = r"([-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?%?)"
    found = re.search(text.replace(" ", " +").replace("\n +", "\n *").replace("#", number), chapter)
    assert found, f"the chapter of {script} has no {text!r}"
    digits = found[1].replace(",", "")
    return float(digits[:-1]) / 100 if digits.endswith("%") else float(digits)


@pytest.mark.parametrize("script", QUOTED)
def test_numbers_that_a_chapter_quotes_are_within_the_claim(script):
    claim = claims_of(script.split(".")[0])[script]
    for what, text in QUOTED[script].items():
        number, (low, high) = quoted(script, text), claim[what]
        rounding = 0.5 * 10.0 ** -len(f"{number}".partition(".")[2]) if "e" not in f"{number}" else 0
        assert low - rounding <= number <= high + rounding, (script, what, number)


def test_every_script_with_a_claim_is_named_in_a_chapter():
    for room in {script.split(".")[0] for script in QUOTED}:
        for script in claims_of(room):
            assert any(re.search(rf"python -m\s+examples\.{script}\b", each) for each in CHAPTERS), script

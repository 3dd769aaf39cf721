"""Classification: the claims of its scripts."""

import math

import pytest

from examples.classification import iris, reductions, softmax
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

# The smallest penalised losses are where 2 λ θ = Σ x σ(-θ x) / 3 for x = 3, 4, 5: found by bisection.
CLAIMS = {
    "classification.logistic": {
        "θ at step 1000, λ=0.001": (1.9220, 1.9222),
        "θ at step 1000, λ=0.01": (1.3318, 1.3320),
        "θ at step 1000, λ=0.1": (0.80697, 0.80699),
        "θ at step 1000, λ=0": (2.5, 3),  # and still growing
        "band at λ=0.001": (0.5, 1.5),
        "band at λ=0.1": (3.5, 4.5),
        "accuracy at λ=0.1": (0.95, 1),
    },
    "classification.softmax": {"held-out accuracy": (0.93, 1), "probabilities apart": (0, 1e-5)},
    "classification.reductions": {
        **{f"{which}, one-versus-one": (0.93, 1) for which in ("iris", "wine")},
        **{f"{which}, {name}": (0.85, 1) for which in ("iris", "wine") for name in reductions.REDUCTIONS},
        "iris, one-versus-all: models": (3, 3),
        "iris, tree: models": (2, 2),
    },
}


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


@pytest.mark.long
def test_ten_digits_take_nine_to_forty_five_models_of_two_classes(tmp_path):
    numbers = reductions.main(["--sets", "digits", "--samples", "300", "--output", str(tmp_path)])
    models = {name: numbers[f"digits, {name}: models"] for name in reductions.REDUCTIONS}
    assert models["one-versus-all"] == 10
    assert models["one-versus-one"] == math.comb(10, 2)
    assert models["tree"] == 9
    assert all(numbers[f"digits, {name}"] > 0.7 for name in models)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.long
def test_irises_held_out_are_recognised(seed, tmp_path, capsys):
    accuracy = iris.main(["--seed", str(seed), "--output", str(tmp_path)])["held-out accuracy"]
    assert accuracy >= 0.93
    assert f"held-out accuracy {accuracy:.1%}: {round(50 * accuracy)} of 50" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("main", "arguments", "message"),
    [
        (iris.main, ["--held-out", "149"], "--held-out must be from 3 to 147"),
        (iris.main, ["--rate", "0"], "--rate must be more than 0"),
        (softmax.main, ["--strength", "0"], "--strength must be more than 0"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(main, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err

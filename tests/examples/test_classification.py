"""Classification: the claims of its scripts."""

import pytest

from examples.classification import iris


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.long
def test_irises_held_out_are_recognised(seed, tmp_path, capsys):
    accuracy = iris.main(["--seed", str(seed), "--output", str(tmp_path)])["held-out accuracy"]
    assert accuracy >= 0.93
    assert f"held-out accuracy {accuracy:.1%}: {round(50 * accuracy)} of 50" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--held-out", "149"], "--held-out must be from 3 to 147"),
        (["--rate", "0"], "--rate must be more than 0"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        iris.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err

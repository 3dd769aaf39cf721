"""The pictures of the course: a table of the scripts that draw them, and their run before the site is built.

``python -m docs.course_pictures`` draws those that are missing, older than their script, or from a smaller run;
``--quick`` runs the scripts at the size of the tests. The build of the site calls `draw_all` by itself.

Beside the pictures of a run in full size stands a record with their digests. Pictures without it, or with other
digests, count as those of a quick run, and the chapters that show them say so.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import importlib.util
import io
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "pictures" / "course"

# The module of a script, its options, and the files that it saves.
Row: TypeAlias = tuple[str, list[str], list[str]]
SCRIPTS: list[Row] = [
    ("examples.neuron.by_hand", [], ["neuron_graph.svg", "neuron_graph.html", "neuron_paths.png"]),
    ("examples.neuron.collapse", [], ["neuron_collapse.png"]),
    ("examples.neuron.xor", [], ["neuron_xor.png"]),
    ("examples.neuron.saddle", [], ["neuron_saddle.png"]),
    ("examples.regression.linear", [], ["regression_linear.png"]),
    ("examples.regression.rates", [], ["regression_rates.png"]),
    ("examples.regression.conditioning", [], ["regression_conditioning.png"]),
    ("examples.regression.ridge", [], ["regression_ridge.png", "regression_objective.html"]),
    ("examples.classification.logistic", [], ["logistic_band.png", "logistic_growth.png", "logistic_loss.html"]),
    ("examples.classification.softmax", [], ["softmax_iris.png"]),
    ("examples.classification.reductions", [], ["reductions.png"]),
    ("examples.features.polynomial", [], ["features_polynomial.png"]),
    ("examples.features.radial", [], ["features_radial.png", "features_bump.html"]),
    ("examples.features.codes", [], ["features_codes.png"]),
    ("examples.features.early_stopping", [], ["features_early_stopping.png"]),
    ("examples.descent.optimizers", [], ["descent_optimizers.png", "descent_valley.html"]),
    ("examples.descent.schedules", [], ["descent_rates.png", "descent_noise.png"]),
    ("examples.descent.batches", [], ["descent_batches.png", "descent_batch_noise.png"]),
    ("examples.approximation.bumps", [], ["approximation_bumps.png", "approximation_bump.html"]),
    ("examples.approximation.curve", [], ["approximation_curve.png"]),
    ("examples.approximation.depth_and_width", [], ["approximation_depth.png"]),
    ("examples.depth.vanishing", [], ["depth_vanishing.png", "depth_signals.png", "depth_chain.html"]),
    ("examples.depth.remedies", [], ["depth_gradients.png", "depth_training.png"]),
    ("examples.regularisation.penalties", [], ["regularisation_penalties.png", "regularisation_lasso.html"]),
    ("examples.regularisation.noise_is_ridge", [], ["regularisation_noise.png"]),
    ("examples.regularisation.imbalance", [], ["regularisation_imbalance.png"]),
    ("examples.regularisation.few_digits", [], ["regularisation_digits.png"]),
    ("examples.clustering.k_means", [], ["k_means_ways.png", "k_means_losses.png"]),
    ("examples.clustering.gaussian_mixture", [], ["mixture_geyser.png", "mixture_likelihood.png"]),
    ("examples.clustering.choosing_k", [], ["clusters_number.png", "clusters_rings.png", "clusters_loss.html"]),
    (
        "examples.images.convolution_steps",
        [],
        ["convolution_sum.png", "convolution_graph.svg", "convolution_page.html"],
    ),
    ("examples.images.digits_cnn", [], ["cnn_filters.png", "cnn_accuracy.png"]),
    ("examples.images.siamese", [], ["siamese_cosines.png"]),
    ("examples.images.transfer", [], ["transfer_images.png"]),
    ("examples.generative.linear_autoencoder", [], ["linear_angles.png", "linear_components.png"]),
    ("examples.generative.autoencoder", [], ["autoencoder_map.png", "autoencoder_noise.png"]),
    (
        "examples.generative.variational",
        [],
        ["variational_plane.png", "variational_curve.png", "variational_draw.html"],
    ),
    ("examples.generative.gan", [], ["gan_points.png"]),
    ("examples.generative.adversarial", [], ["adversarial_accuracy.png", "adversarial_images.png"]),
    ("examples.attention.recall", [], ["recall_attention.png", "attention_lookup.html"]),
    ("examples.attention.scalar_gpt", [], ["gpt_attention.png", "gpt_loss.png"]),
    ("examples.recurrent.through_time", [], ["recurrent_gradients.png", "recurrent_steps.html"]),
    ("examples.recurrent.remember", [], ["recurrent_memory.png"]),
    ("examples.recurrent.spell", [], ["recurrent_loss.png", "recurrent_guesses.png"]),
    ("examples.science.ode_fit", [], ["lynxes_and_hares.png"]),
    ("examples.science.physics_informed", [], ["physics_informed.png"]),
    ("examples.science.black_scholes", [], ["black_scholes.png", "black_scholes.html"]),
    ("examples.science.nist", [], ["nist_digits.png"]),
    ("examples.science.newton", [], ["newton_path.png", "newton_distance.png"]),
    ("examples.science.implicit", [], ["implicit_penalty.png"]),
    ("examples.ensembles.bagging", [], ["bagging_lines.png", "bagging_size.png", "ensemble_error.html"]),
    ("examples.ensembles.calibration", [], ["calibration.png"]),
]

NOTE = """
> **A quick build.** The pictures of {scripts} on this page come from smaller runs than the numbers in the text.
> `python -m docs.course_pictures` draws them in full size.
"""


def draw_all(folder: Path = FOLDER, quick: bool = False, processes: int | None = None) -> list[str]:
    """Run the scripts whose pictures are missing, old or too small, on all cores, and name those that ran.

    Parameters
    ----------
    folder
        Where the pictures are saved.
    quick
        Run each script with ``--quick``, and keep pictures of either size.
    processes
        How many scripts run at once; one for each core, if not given.

    Raises
    ------
    FileNotFoundError
        A script that ended well did not save a picture that the table promises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stale = [row for row in SCRIPTS if is_stale(row, folder) or not (quick or is_full(row, folder))]
    context = multiprocessing.get_context("spawn")  # a script finds nothing of the process that starts it
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=context) as pool:
        return list(pool.map(draw, stale, [folder] * len(stale), [quick] * len(stale)))


def source_of(module: str) -> Path:
    """The file of a script."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"docs/course_pictures.py names the script {module}, which is not there")
    return Path(found.origin)


def is_stale(row: Row, folder: Path) -> bool:
    """True if a picture of a script is missing, or older than the script."""
    module, _, files = row
    changed = source_of(module).stat().st_mtime
    return any(not (folder / file).is_file() or (folder / file).stat().st_mtime < changed for file in files)


def is_full(row: Row, folder: Path) -> bool:
    """True if the pictures of a script are those of a run in full size, which is the only size of some scripts."""
    module, _, files = row
    if "quick" not in source_of(module).read_text(encoding="utf-8"):
        return True
    record = folder / f"{module}.full"
    return record.is_file() and record.read_text(encoding="utf-8") == digests(files, folder)


def digests(files: list[str], folder: Path) -> str:
    """The SHA-256 of each picture, a line for each; of one that is missing, a line without it."""
    paths = [folder / file for file in files]
    kept = [hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in paths]
    return "".join(f"{digest}  {path.name}\n" for digest, path in zip(kept, paths, strict=True))


def marked(chapter: str, folder: Path = FOLDER) -> str:
    """The text of a chapter, with a note below its title if it shows pictures of quick runs."""
    shown = [row for row in SCRIPTS if any(f"pictures/course/{file}" in chapter for file in row[2])]
    small = [f"`{module}`" for module, _, _ in (row for row in shown if not is_full(row, folder))]
    title, _, rest = chapter.partition("\n")
    return f"{title}\n{NOTE.format(scripts=', '.join(small))}{rest}" if small else chapter


def draw(row: Row, folder: Path, quick: bool) -> str:
    """Run one script, check that it saved its pictures, keep a record of a run in full size, and give its name."""
    module, options, files = row
    os.environ["MPLBACKEND"] = "Agg"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        importlib.import_module(module).main([*options, *(["--quick"] if quick else []), "--output", str(folder)])
    missing = [file for file in files if not (folder / file).is_file()]
    if missing:
        raise FileNotFoundError(f"{module} saved no {', '.join(missing)} in {folder}")
    if not quick:
        (folder / f"{module}.full").write_text(digests(files, folder), encoding="utf-8")
    return module


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what is missing, old or too small, and print the modules of the scripts that ran."""
    parser = argparse.ArgumentParser(prog="python -m docs.course_pictures", description="Draw the course's pictures.")
    parser.add_argument("--quick", action="store_true", help="at the size of the tests")
    parser.add_argument("--output", type=Path, default=FOLDER, metavar="FOLDER", help="default: docs/pictures/course")
    given = parser.parse_args(arguments)
    for module in draw_all(given.output, given.quick):
        print(module)


if __name__ == "__main__":
    main()

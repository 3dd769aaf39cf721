"""Loss functions: the distance between predictions and targets, which training minimises.

Each function takes one prediction and its target; or nested sequences, object arrays or tensors of them, whose losses
are averaged (``reduction="mean"``), added (``"sum"``) or returned one by one (``"none"``), see `nn.losses.pairs`. The
records of a loss carry the scope ``loss``. The formulas are those that stay exact at the edges: no logarithm is taken
of a number that was rounded to 0, and no exponential overflows.
"""

from .classification import cross_entropy, hinge, multi_margin, nll
from .embeddings import cosine_embedding, triplet_margin
from .probabilities import binary_cross_entropy, binary_cross_entropy_with_logits, kl_divergence
from .regression import huber, mae, mse

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding",
    "cross_entropy",
    "hinge",
    "huber",
    "kl_divergence",
    "mae",
    "mse",
    "multi_margin",
    "nll",
    "triplet_margin",
]

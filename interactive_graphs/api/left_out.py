"""TensorFlow 1's public names that are not here, why, and what serves instead.

`docs/left-out.md` is written from this table, the AttributeError of such a name quotes
it, and a test holds that each name of TensorFlow 1 is either there or in it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Names that are left out for one reason.

    Attributes:
        title: what they are.
        why: why they are not here and what to use, in a sentence or two.
        names: the names after `tf.`; one that ends in `.*` stands for all below it.
    """

    title: str
    why: str
    names: str


GROUPS: Final = (
    Group(
        "Estimators",
        "Estimators hide the graph and the session that this package is about: "
        "tf.train.MonitoredTrainingSession with hooks gives the same training loop.",
        "estimator estimator.*",
    ),
)

# Before TensorFlow 1.0 -> since then, as its upgrade notes list them.
RENAMED: Final = {
    "all_candidate_sampler": "nn.all_candidate_sampler",
    "audio_summary": "summary.audio",
    "batch_cholesky": "cholesky",
    "batch_cholesky_solve": "cholesky_solve",
    "batch_fft": "fft",
    "batch_fft2d": "fft2d",
    "batch_fft3d": "fft3d",
    "batch_ifft": "ifft",
    "batch_ifft2d": "ifft2d",
    "batch_ifft3d": "ifft3d",
    "batch_matmul": "matmul",
    "batch_matrix_band_part": "matrix_band_part",
    "batch_matrix_determinant": "matrix_determinant",
    "batch_matrix_diag": "matrix_diag",
    "batch_matrix_diag_part": "matrix_diag_part",
    "batch_matrix_inverse": "matrix_inverse",
    "batch_matrix_set_diag": "matrix_set_diag",
    "batch_matrix_solve": "matrix_solve",
    "batch_matrix_solve_ls": "matrix_solve_ls",
    "batch_matrix_transpose": "matrix_transpose",
    "batch_matrix_triangular_solve": "matrix_triangular_solve",
    "batch_self_adjoint_eig": "self_adjoint_eig",
    "batch_self_adjoint_eigvals": "self_adjoint_eigvals",
    "batch_svd": "svd",
    "complex_abs": "abs",
    "histogram_summary": "summary.histogram",
    "image.per_image_whitening": "image.per_image_standardization",
    "image_summary": "summary.image",
    "inv": "reciprocal",
    "listdiff": "setdiff1d",
    "merge_all_summaries": "summary.merge_all",
    "merge_summary": "summary.merge",
    "mul": "multiply",
    "neg": "negative",
    "nn.bidirectional_rnn": "nn.static_bidirectional_rnn",
    "nn.rnn": "nn.static_rnn",
    "nn.seq2seq": "contrib.legacy_seq2seq",
    "nn.state_saving_rnn": "nn.static_state_saving_rnn",
    "pack": "stack",
    "scalar_summary": "summary.scalar",
    "select": "where",
    "sub": "subtract",
    "train.SummaryWriter": "summary.FileWriter",
    "unpack": "unstack",
}


def reason(name: str) -> str | None:
    """Why a name is not there, or None if nobody ever promised it.

    Args:
        name: as users write it: "tf.estimator.Estimator".
    """
    wanted = name.removeprefix("tf.")
    if wanted in RENAMED:
        return f"TensorFlow 1.0 renamed it: use tf.{RENAMED[wanted]}."
    for group in GROUPS:
        names = group.names.split()
        if wanted in names:
            return group.why
        parents = [n[:-1] for n in names if n.endswith(".*")]
        if any(wanted.startswith(parent) for parent in parents):
            return group.why
    return None

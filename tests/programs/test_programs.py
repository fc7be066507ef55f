"""Whole programs in the style of the TF1 years, run as they are.

Each file beside this one is a script that a course could hand out, on data that comes
with scikit-learn. It runs from top to bottom here, and what it found is checked for
what a teacher would promise. To watch one: `python tests/programs/gan.py`.
"""

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
# What the script's own names hold in the end.
Found = Mapping[str, Any]

PROMISES: dict[str, Callable[[Found], bool]] = {
    "autoencoder": lambda found: found["test_loss"] < 0.6 * found["pca_loss"],
    "bidirectional_rnn": lambda found: found["test_accuracy"] > 0.95,
    "convolutional_network": lambda found: (
        found["test_accuracy"] > 0.98 and found["steps"] == 12 * 21
    ),
    "dynamic_rnn": lambda found: (
        found["test_accuracy"] > 0.95
        and found["padding_is_zero"]
        and found["state_is_last"]
    ),
    "gan": lambda found: (
        found["distance"] < 0.8 * found["distance_of_noise"] and found["spread"] > 0.1
    ),
    "k_means": lambda found: (
        found["purity"] > 0.7 and found["history"][-1] == min(found["history"])
    ),
    "linear_regression": lambda found: (
        found["final_cost"] == pytest.approx(found["best_cost"], rel=1e-3)
    ),
    "logistic_regression": lambda found: found["test_accuracy"] > 0.94,
    "multi_device": lambda found: (
        found["train_accuracy"] > 0.98 and len(found["devices"]) == 2
    ),
    "multilayer_perceptron": lambda found: found["test_accuracy"] > 0.97,
    "nearest_neighbour": lambda found: found["accuracy"] > 0.96,
    "policy_gradient": lambda found: found["before"] < 40 and found["after"] > 150,
    "queue_fed_training": lambda found: (
        found["steps"] == 12 * 1500 // 50
        # Threads decide the order of the records: 0.89 to 0.93 were seen.
        and found["test_accuracy"] > 0.85
        and not found["still_running"]
    ),
    "save_and_restore": lambda found: (
        found["loss_when_restored"] == found["loss_when_saved"]
        and found["loss_when_restored"] < 0.8 * found["loss_when_new"]
        and found["step_when_restored"] == 30
        and found["kept"] == [False, True, True]
        and found["train_accuracy"] > 0.98
        and found["accuracy_from_file"] > 0.9
    ),
    "seq2seq_attention": lambda found: found["share_right"] > 0.95,
    "tensorboard_advanced": lambda found: (
        {"loss", "digit/image/0", "Model/relu"} <= found["tags"]
        and len(found["tags"]) == 12
        and found["traces"] == ["step100"]
        and found["losses"][-1] < 0.5 * found["losses"][0]
    ),
    "tensorboard_basic": lambda found: (
        found["train_accuracy"] > 0.94
        and len(found["written_losses"]) == 200
        and found["graphs_written"] == 1
    ),
    "variational_autoencoder": lambda found: (
        found["losses"][-1] < 0.8 * found["losses"][0]
        and found["distance"] < 0.8 * found["distance_of_noise"]
        and found["kinds"] >= 8
    ),
    "word2vec": lambda found: found["share_alike"] > 0.9,
}


def test_every_program_makes_a_promise() -> None:
    scripts = {path.stem for path in FOLDER.glob("*.py")}
    assert scripts - {"test_programs"} == set(PROMISES)


# As in TensorFlow, a lookup in a table of unknown length warns where its gradient is dense.
@pytest.mark.filterwarnings("ignore:Converting sparse IndexedSlices")
@pytest.mark.parametrize("name", PROMISES)
def test_program_keeps_its_promise(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # what a program saves goes here
    found = runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    assert PROMISES[name](found), {
        key: value for key, value in found.items() if isinstance(value, float)
    }

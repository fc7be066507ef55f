"""Bidirectional networks on top of each other: each sees both directions of the last.

They are in `tf.contrib.rnn`. Read next: `linear.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.ops.concat import concat
from interactive_graphs.ops.variable_scope import variable_scope
from interactive_graphs.rnn.dynamic import bidirectional_dynamic_rnn
from interactive_graphs.rnn.static import static_bidirectional_rnn


def _check_layers(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    """Refuse what has not one cell, and one state, per layer.

    Raises:
        ValueError: so it is.
    """
    for cells, which in ((cells_fw, "fw"), (cells_bw, "bw")):
        if not cells:
            raise ValueError(
                f"Must specify at least one {which} cell for BidirectionalRNN."
            )
        if not isinstance(cells, list):
            raise ValueError(
                f"cells_{which} must be a list of RNNCells (one per layer)."
            )
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for states, which in ((states_fw, "fw"), (states_bw, "bw")):
        if states is not None and (
            not isinstance(states, list) or len(states) != len(cells_fw)
        ):
            raise ValueError(
                f"initial_states_{which} must be a list of state tensors (one per "
                "layer)."
            )


def stack_bidirectional_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Static bidirectional networks on top of each other.

    Args:
        cells_fw: the forward RNNCells, one per layer.
        cells_bw: the backward RNNCells.
        inputs: a list with a tensor `[batch, depth]` for each step.
        initial_states_fw: the first states of `cells_fw`; zeros when None.
        initial_states_bw: the first states of `cells_bw`; zeros when None.
        dtype: of these zeros.
        sequence_length: see `tf.nn.static_rnn`.
        scope: a variable scope or its name; 'stack_bidirectional_rnn' when None.

    Returns:
        The list of outputs of the last layer, and the last states, forward and
        backward, each a tuple with one per layer.

    Raises:
        ValueError: there is not one cell of each kind per layer.
    """
    _check_layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}"):
                inputs, state_fw, state_bw = static_bidirectional_rnn(
                    fw,
                    bw,
                    inputs,
                    initial_state_fw=initial_states_fw and initial_states_fw[i],
                    initial_state_bw=initial_states_bw and initial_states_bw[i],
                    dtype=dtype,
                    sequence_length=sequence_length,
                )
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_dynamic_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Dynamic bidirectional networks on top of each other.

    Args:
        cells_fw: the forward RNNCells, one per layer.
        cells_bw: the backward RNNCells.
        inputs: a tensor `[batch, steps, depth]`.
        initial_states_fw: the first states of `cells_fw`; zeros when None.
        initial_states_bw: the first states of `cells_bw`; zeros when None.
        dtype: of these zeros.
        sequence_length: see `tf.nn.dynamic_rnn`.
        parallel_iterations: accepted as in TF1.
        time_major: inputs and outputs are `[steps, batch, ...]`.
        scope: a variable scope or its name; 'stack_bidirectional_rnn' when None.

    Returns:
        The outputs of the last layer, `[batch, steps, both depths]`, and the last
        states, forward and backward, each a tuple with one per layer.

    Raises:
        ValueError: there is not one cell of each kind per layer.
    """
    _check_layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (fw, bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    fw,
                    bw,
                    inputs,
                    initial_state_fw=initial_states_fw and initial_states_fw[i],
                    initial_state_bw=initial_states_bw and initial_states_bw[i],
                    dtype=dtype,
                    sequence_length=sequence_length,
                    parallel_iterations=parallel_iterations,
                    time_major=time_major,
                )
                inputs = concat(outputs, 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)

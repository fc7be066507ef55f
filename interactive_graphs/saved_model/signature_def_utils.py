"""`tf.saved_model.signature_def_utils`: what a graph takes and gives, by name.

Read next: `builder.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interactive_graphs import protos
from interactive_graphs.framework.dtypes import float32, string
from interactive_graphs.saved_model import signature_constants as names
from interactive_graphs.saved_model.utils import build_tensor_info

__all__ = [
    "build_signature_def",
    "classification_signature_def",
    "is_valid_signature",
    "predict_signature_def",
    "regression_signature_def",
]

_FLOAT = float32.as_datatype_enum
_STRING = string.as_datatype_enum


def build_signature_def(
    inputs: Mapping[str, Any] | None = None,
    outputs: Mapping[str, Any] | None = None,
    method_name: str | None = None,
) -> Any:
    """A SignatureDef.

    Args:
        inputs: TensorInfos by the names that callers use.
        outputs: TensorInfos by the names that callers get.
        method_name: what kind of method it is, of `signature_constants`.
    """
    signature = protos.SignatureDef()
    for name, info in (inputs or {}).items():
        signature.inputs[name].CopyFrom(info)
    for name, info in (outputs or {}).items():
        signature.outputs[name].CopyFrom(info)
    if method_name is not None:
        signature.method_name = method_name
    return signature


def predict_signature_def(
    inputs: Mapping[str, Any] | None, outputs: Mapping[str, Any] | None
) -> Any:
    """The SignatureDef of a method that takes and gives tensors of any kind.

    Args:
        inputs: tensors by the names that callers use.
        outputs: tensors by the names that callers get.

    Raises:
        ValueError: there are none.

    Example:
        >>> import interactive_graphs as tf
        >>> x = tf.placeholder(tf.float32, name="x")
        >>> signature = tf.saved_model.signature_def_utils.predict_signature_def(
        ...     {"x": x}, {"y": tf.negative(x)}
        ... )
        >>> signature.outputs["y"].name, signature.method_name
        ('Neg:0', 'tensorflow/serving/predict')
    """
    for what, given in (("inputs", inputs), ("outputs", outputs)):
        if not given:
            raise ValueError(f"Prediction `{what}` cannot be None or empty.")
    return build_signature_def(
        {name: build_tensor_info(t) for name, t in (inputs or {}).items()},
        {name: build_tensor_info(t) for name, t in (outputs or {}).items()},
        names.PREDICT_METHOD_NAME,
    )


def classification_signature_def(examples: Any, classes: Any, scores: Any) -> Any:
    """The SignatureDef of a method that classifies Examples.

    Args:
        examples: string, the serialised Examples.
        classes: string, the names of the classes, or None.
        scores: float32, of each class, or None.

    Raises:
        ValueError: something is missing or has another dtype.
    """
    if examples is None:
        raise ValueError("Classification `examples` cannot be None.")
    if classes is None and scores is None:
        raise ValueError("Classification `classes` and `scores` cannot both be None.")
    info = build_tensor_info(examples)
    if info.dtype != _STRING:
        raise ValueError(
            "Classification input tensors must be of type string. Found tensors of "
            f"type {info.dtype}"
        )
    outputs = {}
    if classes is not None:
        kind = build_tensor_info(classes)
        if kind.dtype != _STRING:
            raise ValueError(
                "Classification classes must be of type string Tensor. Found tensors "
                f"of type {kind.dtype}."
            )
        outputs[names.CLASSIFY_OUTPUT_CLASSES] = kind
    if scores is not None:
        number = build_tensor_info(scores)
        if number.dtype != _FLOAT:
            raise ValueError("Classification scores must be a float Tensor.")
        outputs[names.CLASSIFY_OUTPUT_SCORES] = number
    return build_signature_def(
        {names.CLASSIFY_INPUTS: info}, outputs, names.CLASSIFY_METHOD_NAME
    )


def regression_signature_def(examples: Any, predictions: Any) -> Any:
    """The SignatureDef of a method that gives a number for each Example.

    Args:
        examples: string, the serialised Examples.
        predictions: float32.

    Raises:
        ValueError: something is missing or has another dtype.
    """
    if examples is None:
        raise ValueError("Regression `examples` cannot be None.")
    if predictions is None:
        raise ValueError("Regression `predictions` cannot be None.")
    info, result = build_tensor_info(examples), build_tensor_info(predictions)
    if info.dtype != _STRING:
        raise ValueError(
            "Regression input tensors must be of type string. Found tensors with type "
            f"{info.dtype}."
        )
    if result.dtype != _FLOAT:
        raise ValueError(
            "Regression output tensors must be of type float. Found tensors with type "
            f"{result.dtype}."
        )
    return build_signature_def(
        {names.REGRESS_INPUTS: info},
        {names.REGRESS_OUTPUTS: result},
        names.REGRESS_METHOD_NAME,
    )


def is_valid_signature(signature_def: Any) -> bool:
    """Whether TensorFlow Serving could call it.

    Args:
        signature_def: a SignatureDef.
    """
    inputs, outputs = signature_def.inputs, signature_def.outputs
    if signature_def.method_name == names.PREDICT_METHOD_NAME:
        return bool(inputs) and bool(outputs)
    if signature_def.method_name == names.REGRESS_METHOD_NAME:
        return _is(inputs, {names.REGRESS_INPUTS: _STRING}) and _is(
            outputs, {names.REGRESS_OUTPUTS: _FLOAT}
        )
    if signature_def.method_name == names.CLASSIFY_METHOD_NAME:
        allowed = {
            names.CLASSIFY_OUTPUT_CLASSES: _STRING,
            names.CLASSIFY_OUTPUT_SCORES: _FLOAT,
        }
        given = {name: allowed.get(name) for name in outputs}
        return (
            _is(inputs, {names.CLASSIFY_INPUTS: _STRING})
            and bool(outputs)
            and _is(outputs, given)
        )
    return False


def _is(infos: Any, wanted: Mapping[str, int | None]) -> bool:
    """Whether there are these names, with these dtypes."""
    return {name: info.dtype for name, info in infos.items()} == wanted

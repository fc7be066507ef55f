"""The function of a layer: `conv2d(x, 3, 5)` makes a `Conv2D(3, 5)` and calls it.

Read next: `core.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers.base import Layer

_PARAMETER = inspect.Parameter
L = TypeVar("L", bound=Layer)


def functional(
    layer_class: type[Layer], name: str, has_variables: bool = True
) -> Callable[..., Tensor]:
    """The function of a layer's class.

    Args:
        layer_class: the class.
        name: the function's name.
        has_variables: whether the function can share them with another layer.

    Returns:
        A function of the inputs, the arguments of the class, and `reuse` if the layer
        has variables.
    """
    own = inspect.signature(layer_class)
    parameters = [
        _PARAMETER("inputs", _PARAMETER.POSITIONAL_OR_KEYWORD, annotation="Any"),
        *(p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD),
    ]
    if has_variables:
        parameters.append(
            _PARAMETER(
                "reuse",
                _PARAMETER.POSITIONAL_OR_KEYWORD,
                default=None,
                annotation="Any",
            )
        )
    signature = inspect.Signature(parameters, return_annotation="Tensor")

    def apply(*args: Any, **kwargs: Any) -> Tensor:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        inputs = given.pop("inputs")
        reuse = given.pop("reuse", None)
        if has_variables:
            given |= {"_reuse": reuse, "_scope": given.get("name")}
        result: Tensor = layer_class(**given)(inputs)
        return result

    apply.__name__ = apply.__qualname__ = name
    apply.__module__ = layer_class.__module__
    apply.__doc__ = _documentation(layer_class, has_variables)
    apply.__signature__ = signature  # type: ignore[attr-defined]
    return apply


def documented_by(base: type[Layer]) -> Callable[[type[L]], type[L]]:
    """Put what `base` says of its arguments into the docstring of a subclass."""

    def complete(layer_class: type[L]) -> type[L]:
        own, example = (layer_class.__doc__ or "").split("    Example:")
        _, arguments = (base.__doc__ or "").split("    Args:")
        arguments = arguments.rstrip()
        layer_class.__doc__ = f"{own}    Args:{arguments}\n\n    Example:{example}"
        return layer_class

    return complete


def _documentation(layer_class: type[Layer], has_variables: bool) -> str:
    """What the class says of itself, as the function's."""
    sharing = (
        "\n    reuse: whether to share the variables of the layer of this name: True, "
        "or\n        tf.AUTO_REUSE if there may be none yet."
    )
    return (
        f"Apply a new `{layer_class.__name__}` to `inputs`.\n\n"
        "Args:\n    inputs: the tensor."
        f"\n    ...: all others are those of `{layer_class.__name__}`."
        f"{sharing if has_variables else ''}\n\n"
        "Returns:\n    The outputs."
    )

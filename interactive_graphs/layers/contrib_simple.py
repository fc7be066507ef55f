"""The layers of `tf.contrib.layers` that have few variables or none.

Read next: `contrib_normalization.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.layers import core, pooling
from interactive_graphs.layers.arg_scope import add_arg_scope
from interactive_graphs.layers.contrib_layers import (
    collected,
    fully_connected,
)
from interactive_graphs.layers.variables import model_variable
from interactive_graphs.ops.choice import one_hot
from interactive_graphs.ops.embedding import embedding_lookup
from interactive_graphs.ops.nn_softmax import softmax as nn_softmax
from interactive_graphs.ops.variable_scope import variable_scope


def _pooled(
    layer: type[pooling.Pooling],
    inputs: Any,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    outputs_collections: Any,
    scope: Any,
    default: str,
) -> Tensor:
    x = convert(inputs)
    with variable_scope(scope, default, [x]) as opened:
        if data_format not in ("NHWC", "NCHW"):
            raise ValueError("data_format has to be either NCHW or NHWC.")
        where = "channels_first" if data_format == "NCHW" else "channels_last"
        pool = layer(kernel_size, stride, padding, where, _scope=opened)
        return collected(pool(x), outputs_collections)


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The largest of each window of an image, channel by channel.

    Args:
        inputs: `[batch, height, width, channels]` in `data_format`.
        kernel_size: of a window: an int or two.
        stride: from one window to the next: an int or two.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        outputs_collections: collections for the outputs.
        scope: the scope of the nodes.

    Returns:
        A tensor of the inputs' dtype.

    Raises:
        ValueError: sizes or the format do not fit.
    """
    return _pooled(
        pooling.MaxPooling2D, inputs, kernel_size, stride, padding, data_format,
        outputs_collections, scope, "MaxPool2D",
    )  # fmt: skip


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """The mean of each window of an image, channel by channel.

    Args:
        inputs: `[batch, height, width, channels]` in `data_format`.
        kernel_size: of a window: an int or two.
        stride: from one window to the next: an int or two.
        padding: 'SAME' or 'VALID'.
        data_format: 'NHWC' or 'NCHW'.
        outputs_collections: collections for the outputs.
        scope: the scope of the nodes.

    Returns:
        A tensor of the inputs' dtype.

    Raises:
        ValueError: sizes or the format do not fit.
    """
    return _pooled(
        pooling.AveragePooling2D, inputs, kernel_size, stride, padding, data_format,
        outputs_collections, scope, "AvgPool2D",
    )  # fmt: skip


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Tensor:
    """Give each example as a vector.

    Args:
        inputs: `[batch, ...]`.
        outputs_collections: collections for the outputs.
        scope: the scope of the nodes.

    Returns:
        A tensor of the inputs' dtype, `[batch, size]`.
    """
    x = convert(inputs)
    with variable_scope(scope, "Flatten", [x]):
        layer = core.Flatten()
        return collected(layer.call(x), outputs_collections)


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Tensor:
    """Set random elements to zero and make the others larger, while training.

    Args:
        inputs: a floating tensor.
        keep_prob: the share that stays.
        noise_shape: the shape of the random choice; None for the inputs'.
        is_training: a bool or a scalar boolean tensor; if false nothing changes.
        outputs_collections: collections for the outputs.
        scope: the scope of the nodes.
        seed: of the random choice.

    Returns:
        A tensor of the inputs' dtype and shape.
    """
    x = convert(inputs)
    with variable_scope(scope, "Dropout", [x]):
        layer = core.Dropout(1 - keep_prob, noise_shape, seed)
        return collected(layer.call(x, training=is_training), outputs_collections)


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Class numbers as vectors with one 1.

    Args:
        labels: integers, `[...]`.
        num_classes: how many there are.
        on_value: what stands for the class.
        off_value: what stands elsewhere.
        outputs_collections: collections for the outputs.
        scope: the scope of the nodes.

    Returns:
        float32, `[..., num_classes]`.
    """
    with variable_scope(scope, "OneHotEncoding", [labels]):
        classes = convert(labels)
        return collected(
            one_hot(classes, num_classes, on_value=on_value, off_value=off_value),
            outputs_collections,
        )


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Tensor:
    """Softmax over the last axis.

    Args:
        logits: floating, `[..., classes]`.
        scope: the scope of the nodes.

    Returns:
        A tensor of its dtype and shape.
    """
    with variable_scope(scope, "softmax", [logits]):
        return nn_softmax(logits)


def linear(*args: Any, **kwargs: Any) -> Tensor:
    """`fully_connected` without activation.

    Args:
        *args: as of `fully_connected`.
        **kwargs: as of `fully_connected`.

    Returns:
        The outputs.
    """
    result: Tensor = fully_connected(*args, **{"activation_fn": None, **kwargs})
    return result


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Tensor:
    """Word numbers as vectors that are learnt.

    Args:
        ids: integers, `[batch, words]`.
        vocab_size: how many words there are.
        embed_dim: how long the vectors are.
        unique: whether to look each word up only once.
        initializer: as of `tf.get_variable`.
        regularizer: `fn(embeddings)` gives a loss, or None.
        trainable: whether the vectors are trained.
        scope: the variable scope.
        reuse: whether to share the vectors, see `tf.variable_scope`.

    Returns:
        floating, `[batch, words, embed_dim]`.

    Raises:
        ValueError: sizes are missing where the vectors do not exist yet.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        shape = [vocab_size, embed_dim] if vocab_size and embed_dim else None
        embeddings = model_variable(
            "embeddings", shape, initializer=initializer, regularizer=regularizer,
            trainable=trainable,
        )  # fmt: skip
        numbers = convert(ids)
        if not unique:
            return embedding_lookup(embeddings, numbers)
        words, places = raw.Unique(raw.Reshape(numbers, [-1]))
        rows = raw.GatherV2(embedding_lookup(embeddings, words), places, 0)
        shape_of_all = raw.ConcatV2([raw.Shape(numbers), raw.Shape(rows)[1:]], 0)
        result: Tensor = raw.Reshape(rows, shape_of_all)
        return result


def repeat(inputs: Any, repetitions: int, layer: Any, *args: Any, **kwargs: Any) -> Any:
    """Apply a layer several times, with variables of its own each time.

    Args:
        inputs: the tensor.
        repetitions: how often.
        layer: a function with the arguments `inputs` and `scope`.
        *args: for the layer.
        **kwargs: for the layer; `scope` is the scope around all.

    Returns:
        The last outputs.
    """
    scope = kwargs.pop("scope", None)
    name = getattr(layer, "__name__", "repeat")
    with variable_scope(scope, "Repeat", [inputs]):
        outputs = inputs
        for i in range(repetitions):
            outputs = layer(outputs, *args, scope=f"{scope or name}_{i + 1}", **kwargs)
        return outputs


def stack(inputs: Any, layer: Any, stack_args: Any, **kwargs: Any) -> Any:
    """Apply a layer several times, with other arguments each time.

    Args:
        inputs: the tensor.
        layer: a function with the arguments `inputs` and `scope`.
        stack_args: a list of arguments, or of tuples of them, one per time.
        **kwargs: for the layer; `scope` is the scope around all.

    Returns:
        The last outputs.

    Raises:
        ValueError: `stack_args` is no list.
    """
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    scope = kwargs.pop("scope", None)
    name = getattr(layer, "__name__", "stack")
    with variable_scope(scope, "Stack", [inputs]):
        outputs = inputs
        for i, given in enumerate(stack_args, 1):
            own = given if isinstance(given, (list, tuple)) else [given]
            outputs = layer(outputs, *own, scope=f"{scope or name}_{i}", **kwargs)
        return outputs

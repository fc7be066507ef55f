"""Dataset: a sequence of elements, and what can be made of one.

    >>> import interactive_graphs as tf
    >>> squares = tf.data.Dataset.range(10).map(lambda x: x * x)
    >>> batches = squares.filter(lambda x: x > 10).batch(3)
    >>> element = batches.make_one_shot_iterator().get_next()
    >>> tf.Session().run(element)
    array([16, 25, 36])

Each method gives a new dataset; nothing is computed before a session runs an
iterator's `get_next()`. How nodes are made is in `recipes.py`; what runs is in
`kernels/cpu/`. Read next: `iterator.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from interactive_graphs.data import generator, grouping, nest, padding, recipes
from interactive_graphs.data.iterator import (
    Iterator,
    initializable,
    one_shot,
    public_classes,
)
from interactive_graphs.data.recipes import Recipe
from interactive_graphs.data.structure import Structure
from interactive_graphs.data.traced import one_shot_function
from interactive_graphs.framework.convert import convert_to_tensor
from interactive_graphs.framework.dtypes import int64, string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.tensor import Tensor


class Dataset:
    """A potentially large sequence of elements.

    An element is a structure (tuples, namedtuples, dicts) of tensors and sparse
    tensors; all elements of a dataset have the same structure.
    """

    _structure: Structure

    def __init__(self) -> None:
        """A base for datasets; use `from_tensor_slices` and the like."""

    def _as_variant_tensor(self) -> Tensor:
        """A node that makes the dataset, in the default graph."""
        raise NotImplementedError("Dataset._as_variant_tensor")

    @classmethod
    def _from_variant(cls, tensor: Tensor, structure: Structure) -> Dataset:
        """The dataset behind a variant tensor."""
        return _Made(Recipe("_VariantDataset", structure, lambda: tensor))

    @property
    def output_types(self) -> Any:
        """The DType of each component of an element."""
        return self._structure.types

    @property
    def output_shapes(self) -> Any:
        """The TensorShape of each component of an element."""
        return self._structure.shapes

    @property
    def output_classes(self) -> Any:
        """Tensor or SparseTensor for each component of an element."""
        return public_classes(self._structure)

    def __repr__(self) -> str:
        """TF1's form."""
        shapes = nest.map_structure(str, self._structure.shapes)
        text = str(shapes).replace("'", "")
        return f"<{type(self).__name__} shapes: {text}, types: {self._structure.types}>"

    def __iter__(self) -> NoReturn:
        """Never: elements come when a session runs `get_next()` of an iterator."""
        raise RuntimeError(
            "dataset.__iter__() is only supported when eager execution is enabled."
        )

    # -- iterators ---------------------------------------------------------------------

    def make_one_shot_iterator(self) -> Iterator:
        """An iterator that needs no initializer and goes through the elements once.

        Returns:
            An iterator; each session has its own place in it.

        Raises:
            ValueError: the dataset uses a placeholder, or something stateful such as
                a variable; then use `make_initializable_iterator`.
        """
        try:
            function = one_shot_function(self._as_variant_tensor)
        except ValueError as error:
            if "Cannot capture a stateful node" not in str(error):
                raise
            raise ValueError(
                f"{error}: A likely cause of this error is that the dataset for which "
                "you are calling `make_one_shot_iterator()` captures a stateful "
                "object, such as a `tf.Variable` or `tf.contrib.lookup.HashTable`, "
                "which is not supported. Use `make_initializable_iterator()` instead."
            ) from None
        function.add_to(get_default_graph())
        return one_shot(self, function.name)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """An iterator that begins when its `initializer` runs, and may begin again.

        Args:
            shared_name: sessions of one process share it under this name.

        Returns:
            An iterator.

        Example:
            >>> import interactive_graphs as tf
            >>> n = tf.placeholder(tf.int64, [])
            >>> iterator = tf.data.Dataset.range(n).make_initializable_iterator()
            >>> element = iterator.get_next()
            >>> with tf.Session() as sess:
            ...     sess.run(iterator.initializer, {n: 3})
            ...     print(sess.run(element))
            0
        """
        return initializable(self, shared_name)

    # -- sources -----------------------------------------------------------------------

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        """A dataset of one element.

        Args:
            tensors: a structure of tensors, or what becomes tensors.
        """
        return _Made(recipes.of_tensors_whole(tensors))

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        """A dataset of the rows of tensors.

        Arrays become constants of the graph; feed large ones through placeholders.

        Args:
            tensors: a structure of tensors of equal length, or what becomes tensors.

        Raises:
            ValueError: the lengths differ, or a tensor has no dimensions.

        Example:
            >>> import interactive_graphs as tf
            >>> d = tf.data.Dataset.from_tensor_slices({"x": [1, 2], "y": [3, 4]})
            >>> element = d.make_one_shot_iterator().get_next()
            >>> sorted(tf.Session().run(element).items())
            [('x', np.int32(1)), ('y', np.int32(3))]
        """
        return _Made(recipes.of_slices(tensors))

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor: Any) -> Dataset:
        """A dataset of the rows of a sparse tensor: indices, values and shape of each.

        Args:
            sparse_tensor: a SparseTensor, its indices in order.
        """
        return _Made(recipes.of_sparse_slices(sparse_tensor))

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Any = None,
    ) -> Dataset:
        """A dataset of what a Python generator yields.

        Args:
            generator: called at the beginning of each iteration; returns an iterable.
            output_types: a structure of dtypes, that of the elements.
            output_shapes: a structure alike of shapes; unknown when None.
            args: a tuple of tensors, whose values `generator` is called with.

        Raises:
            TypeError: `generator` is not callable.

        Example:
            >>> import interactive_graphs as tf
            >>> d = tf.data.Dataset.from_generator(lambda: iter("ab"), tf.string, [])
            >>> tf.Session().run(d.make_one_shot_iterator().get_next())
            b'a'
        """
        return _Made(_generated(generator, output_types, output_shapes, args))

    @staticmethod
    def range(*args: Any) -> Dataset:
        """A dataset of the int64 numbers of a range.

        Args:
            *args: stop; start and stop; or start, stop and step.

        Raises:
            ValueError: there are none, or more than three.
        """
        return _Made(recipes.of_range(args))

    @staticmethod
    def zip(datasets: Any) -> Dataset:
        """A dataset of elements side by side, as long as all have one.

        Args:
            datasets: a structure (tuples, dicts) of datasets.

        Raises:
            TypeError: something in it is no dataset.
        """
        return _Made(recipes.zipped(datasets, lambda d: isinstance(d, Dataset)))

    @staticmethod
    def list_files(
        file_pattern: Any, shuffle: bool | None = None, seed: int | None = None
    ) -> Dataset:
        """A dataset of the names of files.

        Args:
            file_pattern: one or several patterns with `*`, `?` and `[...]`.
            shuffle: whether they come in random order, which is the default.
            seed: of the order.
        """
        pattern = convert_to_tensor(file_pattern, string, "file_pattern")
        names = _Made(recipes.file_names(pattern))
        if shuffle is False:
            return names
        # So many are never there, so the order of all of them is random.
        return names.shuffle(2**31 - 1, seed=seed)

    # -- order and number --------------------------------------------------------------

    def concatenate(self, dataset: Dataset) -> Dataset:
        """These elements, then those of another dataset.

        Args:
            dataset: of the same types.

        Raises:
            TypeError: the types differ.
        """
        return _Made(recipes.concatenated(self, dataset))

    def repeat(self, count: Any = None) -> Dataset:
        """The elements again and again.

        Args:
            count: int64, how often; for ever when None or -1.
        """
        return _Made(recipes.repeated(self, count))

    def take(self, count: Any) -> Dataset:
        """At most the first elements.

        Args:
            count: int64, how many; all for -1.
        """
        return _Made(recipes.taken(self, count))

    def skip(self, count: Any) -> Dataset:
        """All but the first elements.

        Args:
            count: int64, how many are left out; all for -1.
        """
        return _Made(recipes.skipped(self, count))

    def shard(self, num_shards: Any, index: Any) -> Dataset:
        """Every `num_shards`-th element, beginning with number `index`.

        Args:
            num_shards: int64, at least 1.
            index: int64, less than that.

        Raises:
            ValueError: the numbers are impossible.
        """
        return _Made(recipes.sharded(self, num_shards, index))

    def shuffle(
        self,
        buffer_size: Any,
        seed: Any = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> Dataset:
        """The elements in random order.

        Args:
            buffer_size: int64, how many are mixed at a time; an element cannot come
                earlier than that. Take the length of the dataset to mix well.
            seed: of the order.
            reshuffle_each_iteration: whether each repetition has an order of its own,
                which is the default.
        """
        return _Made(
            recipes.shuffled(self, buffer_size, seed, reshuffle_each_iteration)
        )

    def prefetch(self, buffer_size: Any) -> Dataset:
        """The elements, made ahead of time by a thread.

        Args:
            buffer_size: int64, how many are made ahead.
        """
        return _Made(recipes.prefetched(self, buffer_size))

    def cache(self, filename: Any = "") -> Dataset:
        """The elements, made in the first pass and kept for later ones.

        Args:
            filename: of the files that keep them; in memory when empty.
        """
        return _Made(recipes.cached(self, filename))

    def enumerate(self, start: Any = 0) -> Dataset:
        """Pairs of a number and an element.

        Args:
            start: int64, the first number.
        """
        numbers = Dataset.range(start, int64.max)
        return Dataset.zip((numbers, self))

    # -- functions ---------------------------------------------------------------------

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None
    ) -> Dataset:
        """What a function makes of each element.

        Args:
            map_func: takes an element, a tuple as several arguments, and returns one.
                It is called once, with symbolic tensors.
            num_parallel_calls: int32, accepted: how many calls may be under way.

        Example:
            >>> import interactive_graphs as tf
            >>> d = tf.data.Dataset.from_tensor_slices(([1, 2], [3, 4]))
            >>> sums = d.map(lambda a, b: a + b)
            >>> print(tf.Session().run(sums.make_one_shot_iterator().get_next()))
            4
        """
        return _Made(recipes.mapped(self, map_func, num_parallel_calls))

    def flat_map(self, map_func: Callable[..., Any]) -> Dataset:
        """The elements of the datasets that a function makes of elements.

        Args:
            map_func: takes an element and returns a dataset.

        Raises:
            TypeError: it returns something else.
        """
        return _Made(recipes.flat_mapped(self, map_func))

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Dataset:
        """As `flat_map`, but several datasets are read in turn.

        Args:
            map_func: takes an element and returns a dataset.
            cycle_length: int64, how many datasets are open at a time.
            block_length: int64, how many elements of one come in a row.
            num_parallel_calls: accepted.

        Raises:
            TypeError: `map_func` does not return a dataset.
        """
        del num_parallel_calls
        return _Made(recipes.interleaved(self, map_func, cycle_length, block_length))

    def filter(self, predicate: Callable[..., Any]) -> Dataset:
        """The elements for which a function is true.

        Args:
            predicate: takes an element and returns bool, `[]`.

        Raises:
            ValueError: it returns something else.
        """
        return _Made(recipes.filtered(self, predicate))

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The state that is left when a function took all elements, one by one.

        Args:
            initial_state: a structure of tensors.
            reduce_func: takes the state and an element, and returns the new state.

        Returns:
            A structure of tensors, like the state.

        Example:
            >>> import interactive_graphs as tf
            >>> zero = tf.zeros([], tf.int64)
            >>> total = tf.data.Dataset.range(5).reduce(zero, lambda s, x: s + x)
            >>> print(tf.Session().run(total))
            10
        """
        return grouping.reduced(self, initial_state, reduce_func)

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """What a function makes of this dataset.

        Args:
            transformation_func: takes a dataset and returns one.

        Raises:
            TypeError: it returns something else.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError("`transformation_func` must return a Dataset.")
        return dataset

    # -- batches -----------------------------------------------------------------------

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Dataset:
        """So many elements in one, with a new outer dimension.

        Args:
            batch_size: int64.
            drop_remainder: bool, whether a last batch with fewer elements is left out.
        """
        return _Made(recipes.batched(self, batch_size, drop_remainder))

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Dataset:
        """As `batch`, of elements that are padded to one shape.

        Args:
            batch_size: int64.
            padded_shapes: a structure like the elements of shapes; where a size is
                None (or -1) it is the largest of the batch.
            padding_values: a structure alike of scalars to fill up with; zeros and
                empty strings when None.
            drop_remainder: bool, whether a last batch with fewer elements is left out.

        Raises:
            ValueError: a shape does not suit a component.
            TypeError: a value has another type than its component.

        Example:
            >>> import interactive_graphs as tf
            >>> d = tf.data.Dataset.range(1, 4).map(lambda n: tf.range(n) + 1)
            >>> batch = d.padded_batch(3, [None]).make_one_shot_iterator().get_next()
            >>> tf.Session().run(batch)
            array([[1, 0, 0],
                   [1, 2, 0],
                   [1, 2, 3]])
        """
        return _Made(
            padding.padded(
                self, batch_size, padded_shapes, padding_values, drop_remainder
            )
        )

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Dataset:
        """Windows over the elements: for each component a dataset of its values.

        Args:
            size: int64, how many elements make a window.
            shift: int64, how far the next window begins after this one; `size` when
                None.
            stride: int64, how far apart a window's elements are.
            drop_remainder: bool, whether windows that are not full are left out.
        """
        return _Made(
            grouping.windows(self, size, shift, stride, drop_remainder, Dataset)
        )


class _Made(Dataset):
    """A dataset by its recipe; its class is named after the recipe's kind."""

    _classes: ClassVar[dict[str, type[_Made]]] = {}

    def __new__(cls, recipe: Recipe) -> _Made:
        """An instance of the class that TensorFlow has for it."""
        kind = cls._classes.get(recipe.kind)
        if kind is None:
            kind = cls._classes[recipe.kind] = type(recipe.kind, (_Made,), {})
        return super().__new__(kind)

    def __init__(self, recipe: Recipe) -> None:
        """See the class."""
        super().__init__()
        self._structure = recipe.structure
        self._build = recipe.build

    def _as_variant_tensor(self) -> Tensor:
        return self._build()


_generated = generator.generated


def made(recipe: Recipe) -> Dataset:
    """The dataset of a recipe."""
    return _Made(recipe)


# What later versions of TensorFlow 1 call instead of the methods of the same name.


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """`dataset.make_one_shot_iterator()`.

    Args:
        dataset: a dataset.
    """
    return dataset.make_one_shot_iterator()


def make_initializable_iterator(
    dataset: Dataset, shared_name: str | None = None
) -> Iterator:
    """`dataset.make_initializable_iterator(shared_name)`.

    Args:
        dataset: a dataset.
        shared_name: sessions of one process share it under this name.
    """
    return dataset.make_initializable_iterator(shared_name)


def get_output_types(dataset_or_iterator: Dataset | Iterator) -> Any:
    """`output_types` of a dataset or an iterator.

    Args:
        dataset_or_iterator: either.
    """
    return dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Dataset | Iterator) -> Any:
    """`output_shapes` of a dataset or an iterator.

    Args:
        dataset_or_iterator: either.
    """
    return dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Dataset | Iterator) -> Any:
    """`output_classes` of a dataset or an iterator.

    Args:
        dataset_or_iterator: either.
    """
    return dataset_or_iterator.output_classes

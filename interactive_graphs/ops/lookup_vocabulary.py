"""Tables of words: numbers for words, also for those that are in no list, and back.

Read next: `../kernels/cpu/tables.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import as_dtype, int32, int64, string
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.tables import LINE_NUMBER, WHOLE_LINE
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.control_flow import group
from interactive_graphs.ops.lookup import (
    HashTable,
    KeyValueTensorInitializer,
    LookupInterface,
    LookupTable,
    TableInitializerBase,
    TextFileIdTableInitializer,
    TextFileStringTableInitializer,
)
from interactive_graphs.ops.string_codes import (
    as_string,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
)


class HasherSpec(NamedTuple):
    """How unknown words are sent to buckets.

    Attributes:
        hasher: 'fasthash' or 'stronghash'.
        key: two ints for the strong one.
    """

    hasher: str
    key: Any


FastHashSpec: Final = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """A way to buckets that nobody can foresee who does not know the key.

    Args:
        key: two ints.

    Raises:
        ValueError: it is something else.
    """

    __slots__ = ()

    def __new__(cls, key: Any) -> StrongHashSpec:
        """See the class."""
        if len(key) != 2:
            raise ValueError(f"key must have size 2, got {len(key)}.")
        if not all(isinstance(k, int) for k in key):
            raise TypeError("Invalid key. Must be unsigned integer values.")
        return super().__new__(cls, "stronghash", list(key))


class IdTableWithHashBuckets(LookupInterface):
    """Numbers for words: those of a table, and buckets after them for all others.

    Args:
        table: a table of int64 values, or None for buckets alone.
        num_oov_buckets: how many buckets.
        hasher_spec: how words get to buckets.
        name: of the scope.
        key_dtype: the dtype of the words, the table's when None.

    Raises:
        ValueError: there are neither a table nor buckets.
        TypeError: dtypes do not fit.
    """

    def __init__(
        self,
        table: LookupTable | None,
        num_oov_buckets: int,
        hasher_spec: HasherSpec = FastHashSpec,
        name: str | None = None,
        key_dtype: Any = None,
    ) -> None:
        """See the class."""
        if table is None and num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0 if no table is supplied.")
        if not isinstance(hasher_spec, HasherSpec):
            raise TypeError(
                f"hasher_spec must be of type HasherSpec, got {hasher_spec}"
            )
        own = string if table is None else table.key_dtype
        wanted = own if key_dtype is None else as_dtype(key_dtype)
        if wanted is not string and not wanted.is_integer:
            raise TypeError(
                f"Invalid key_dtype, expected integer or string, got {wanted!r}."
            )
        if own.is_integer != wanted.is_integer:
            kind = "integer" if own.is_integer else "string"
            raise TypeError(f"Invalid key dtype, expected {kind} but got {wanted!r}.")
        if table is not None and table.value_dtype is not int64:
            raise TypeError(
                f"Invalid value dtype, expected {int64!r} but got "
                f"{table.value_dtype!r}."
            )
        self.key_dtype, self.value_dtype = wanted, int64
        self.name = name or "hash_bucket"
        self._table = table
        self._buckets = num_oov_buckets
        self._hasher = hasher_spec

    @property
    def init(self) -> Operation:
        """The operation that fills the table."""
        if isinstance(self._table, HashTable):
            return self._table.init
        return group()

    @property
    def initializer(self) -> Operation:
        """The operation that fills the table."""
        return self.init

    @property
    def table_ref(self) -> Tensor | None:
        """The handle of the table, None where there is none."""
        return None if self._table is None else self._table.table_ref

    def size(self, name: str | None = None) -> Tensor:
        """How many numbers there are, those of the buckets as well."""
        with name_scope(name, f"{self.name}_Size"):
            known = convert(0, int64) if self._table is None else self._table.size()
            total: Tensor = known + self._buckets
            return total

    def _hashed(self, words: Tensor, name: str) -> Tensor:
        text = as_string(words) if words.dtype.is_integer else words
        if self._hasher.hasher == "stronghash":
            return string_to_hash_bucket_strong(
                text, self._buckets, self._hasher.key, name=name
            )
        return string_to_hash_bucket_fast(text, self._buckets, name=name)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The numbers of words.

        Args:
            keys: a tensor of the key dtype, or a SparseTensor.
            name: of the scope.

        Returns:
            An int64 tensor of the keys' shape, or such a SparseTensor.

        Raises:
            TypeError: the keys are of another dtype.
        """
        keys = self._as_keys(keys)
        words = keys.values if isinstance(keys, SparseTensor) else keys
        if self._table is not None:
            words = cast(words, self._table.key_dtype)
        if self._buckets == 0:
            assert self._table is not None
            ids = self._table.lookup(words, name=name)
        else:
            with name_scope(name, f"{self.name}_Lookup", [words]) as scope:
                ids = self._with_buckets(words, scope)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, ids, keys.dense_shape)
        return ids

    def _with_buckets(self, words: Tensor, scope: str) -> Tensor:
        bucket = self._hashed(words, "hash_bucket")
        if self._table is None:
            return raw.Identity(bucket, name=scope)  # type: ignore[no-any-return]
        ids = self._table.lookup(words)
        bucket = bucket + self._table.size()
        is_known = raw.NotEqual(ids, self._table._default)
        return raw.Select(is_known, ids, bucket, name=scope)  # type: ignore[no-any-return]


# -- the usual tables -----------------------------------------------------------------


def _check_sizes(num_oov_buckets: int, vocab_size: int | None) -> None:
    if num_oov_buckets < 0:
        raise ValueError(
            f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}."
        )
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_file_size must be greater than 0, got {vocab_size}.")


def _check_keys(dtype: Any) -> None:
    if not as_dtype(dtype).is_integer and as_dtype(dtype) is not string:
        raise TypeError("Only integer and string keys are supported.")


def _index_table(
    make: Callable[[], TableInitializerBase],
    default_value: int,
    num_oov_buckets: int,
    hasher_spec: HasherSpec,
    key_dtype: Any,
    name: str | None,
) -> HashTable | IdTableWithHashBuckets:
    with name_scope(name, "string_to_index"):
        with name_scope(None, "hash_table"):
            table = HashTable(make(), default_value)
        if not num_oov_buckets:
            return table
        return IdTableWithHashBuckets(
            table, num_oov_buckets, hasher_spec, key_dtype=key_dtype
        )


def index_table_from_file(
    vocabulary_file: Any = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    key_dtype: Any = string,
    name: str | None = None,
    key_column_index: int = WHOLE_LINE,
    value_column_index: int = LINE_NUMBER,
    delimiter: str = "\t",
) -> HashTable | IdTableWithHashBuckets:
    """A table of the words in a file, each in a line of its own.

    Args:
        vocabulary_file: the file, a string or a string scalar.
        num_oov_buckets: how many more numbers words get that are not in it.
        vocab_size: how many lines count, all when None.
        default_value: the number of such words where there are no buckets.
        hasher_spec: how they get to buckets.
        key_dtype: the dtype of the words, string or integer.
        name: of the scope.
        key_column_index: the column of the words.
        value_column_index: the column of the numbers.
        delimiter: what stands between columns.

    Returns:
        A table of int64 values, which must be filled before it is asked.

    Raises:
        ValueError: no file is named, or a size is wrong.
        TypeError: the dtype is neither.
    """
    if vocabulary_file is None or (
        isinstance(vocabulary_file, str) and not vocabulary_file
    ):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    _check_sizes(num_oov_buckets, vocab_size)
    _check_keys(key_dtype)
    return _index_table(
        lambda: TextFileIdTableInitializer(
            vocabulary_file,
            key_column_index,
            value_column_index,
            vocab_size,
            delimiter,
            "table_init",
            int64 if as_dtype(key_dtype).is_integer else key_dtype,
        ),
        default_value,
        num_oov_buckets,
        hasher_spec,
        key_dtype,
        name,
    )


def index_table_from_tensor(
    mapping: Any = None,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: HasherSpec = FastHashSpec,
    dtype: Any = None,
    name: str | None = None,
    vocabulary_list: Any = None,
) -> HashTable | IdTableWithHashBuckets:
    """A table of the words in a list.

    Args:
        mapping: the words, a list or a vector; each word's number is its place.
        num_oov_buckets: how many more numbers words get that are not in it.
        default_value: the number of such words where there are no buckets.
        hasher_spec: how they get to buckets.
        dtype: the dtype of the words, that of the list when None.
        name: of the scope.
        vocabulary_list: another name of `mapping`.

    Returns:
        A table of int64 values, which must be filled before it is asked.

    Raises:
        ValueError: there is no list, or the number of buckets is negative.
        TypeError: the dtype is neither string nor integer.

    Example:
        >>> import interactive_graphs as tf
        >>> table = tf.contrib.lookup.index_table_from_tensor(["a", "b"], 1)
        >>> with tf.Session() as sess:
        ...     sess.run(tf.tables_initializer())
        ...     sess.run(table.lookup(tf.constant(["b", "a", "new"])))
        array([1, 0, 2])
    """
    words = mapping if vocabulary_list is None else vocabulary_list
    if words is None:
        raise ValueError("mapping must be specified.")
    _check_sizes(num_oov_buckets, None)
    if dtype is not None:
        _check_keys(dtype)

    def make() -> TableInitializerBase:
        keys = convert(words, None, "keys")
        _check_keys(keys.dtype)
        if dtype is not None and keys.dtype.is_integer != as_dtype(dtype).is_integer:
            kind = "integer" if as_dtype(dtype).is_integer else "non-integer"
            raise ValueError(f"Expected {kind}, got {keys.dtype}.")
        keys = cast(keys, int64) if keys.dtype.is_integer else keys
        count = raw.Size(keys, out_type=int32)
        numbers = cast(raw.Range(0, count, 1), int64)
        if keys.static_shape is not None and None not in keys.static_shape:
            numbers.set_shape(keys.static_shape)
        return KeyValueTensorInitializer(keys, numbers, name="table_init")

    return _index_table(make, default_value, num_oov_buckets, hasher_spec, dtype, name)


def index_to_string_table_from_file(
    vocabulary_file: Any,
    vocab_size: int | None = None,
    default_value: Any = "UNK",
    name: str | None = None,
    key_column_index: int = LINE_NUMBER,
    value_column_index: int = WHOLE_LINE,
    delimiter: str = "\t",
) -> HashTable:
    """A table from numbers to the words in a file.

    Args:
        vocabulary_file: the file, a string or a string scalar.
        vocab_size: how many lines count, all when None.
        default_value: what stands for numbers that have no word.
        name: of the scope.
        key_column_index: the column of the numbers.
        value_column_index: the column of the words.
        delimiter: what stands between columns.

    Returns:
        A table from int64 to strings, which must be filled before it is asked.

    Raises:
        ValueError: no file is named, or the size is wrong.
    """
    if isinstance(vocabulary_file, str) and not vocabulary_file:
        raise ValueError("vocabulary_file must be specified.")
    _check_sizes(0, vocab_size)
    with name_scope(name, "index_to_string"):
        return HashTable(
            TextFileStringTableInitializer(
                vocabulary_file,
                key_column_index,
                value_column_index,
                vocab_size,
                delimiter,
                "table_init",
            ),
            default_value,
        )


def index_to_string_table_from_tensor(
    mapping: Any = None,
    default_value: Any = "UNK",
    name: str | None = None,
    vocabulary_list: Any = None,
) -> HashTable:
    """A table from numbers to the words in a list.

    Args:
        mapping: the words, a list or a vector.
        default_value: what stands for numbers that have no word.
        name: of the scope.
        vocabulary_list: another name of `mapping`.

    Returns:
        A table from int64 to strings, which must be filled before it is asked.

    Raises:
        ValueError: there is no list.
    """
    words = mapping if vocabulary_list is None else vocabulary_list
    if words is None:
        raise ValueError("mapping must be specified.")
    with name_scope(name, "index_to_string"):
        values = convert(words, string)
        numbers = cast(raw.Range(0, raw.Size(values, out_type=int32), 1), int64)
        if values.static_shape is not None and None not in values.static_shape:
            numbers.set_shape(values.static_shape)
        pairs = KeyValueTensorInitializer(numbers, values, name="table_init")
        return HashTable(pairs, default_value)


class StaticHashTable(HashTable):
    """`tf.contrib.lookup.HashTable` by its later name.

    Args:
        initializer: what fills it.
        default_value: the value of keys that are not there.
        name: of the scope.
        experimental_is_anonymous: accepted, and of no effect.
    """

    def __init__(
        self,
        initializer: TableInitializerBase,
        default_value: Any,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        """See the class."""
        del experimental_is_anonymous
        super().__init__(initializer, default_value, None, name)


class StaticVocabularyTable(IdTableWithHashBuckets):
    """`tf.contrib.lookup.IdTableWithHashBuckets` by its later name.

    Args:
        initializer: what fills the table of known words, or None.
        num_oov_buckets: how many buckets.
        lookup_key_dtype: the dtype of the words.
        name: of the scope.
        experimental_is_anonymous: accepted, and of no effect.

    Raises:
        ValueError: there is no bucket.
        TypeError: the initializer gives no int64.
    """

    def __init__(
        self,
        initializer: TableInitializerBase | None,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ) -> None:
        """See the class."""
        del experimental_is_anonymous
        if num_oov_buckets <= 0:
            raise ValueError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        if initializer is not None and initializer.value_dtype is not int64:
            raise TypeError(
                f"Invalid `value_dtype`, expected {int64!r} but got "
                f"{initializer.value_dtype!r}."
            )
        table = None if initializer is None else HashTable(initializer, -1)
        super().__init__(table, num_oov_buckets, FastHashSpec, name, lookup_key_dtype)

"""Lookup tables: words to numbers, numbers to words, and tables that change.

    table = tf.contrib.lookup.index_table_from_tensor(["emerson", "lake", "palmer"])
    ids = table.lookup(tf.constant(["lake", "emerson"]))
    sess.run(tf.tables_initializer())

Read next: `lookup_vocabulary.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import DType, as_dtype, int64, string
from interactive_graphs.framework.graph import get_default_graph
from interactive_graphs.framework.graph_keys import GraphKeys
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.scopes import add_to_collection, name_scope
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.kernels.cpu.tables import LINE_NUMBER, WHOLE_LINE
from interactive_graphs.ops.save_spec import SaveableObject, SaveSpec

# -- how tables are filled ------------------------------------------------------------


class TableInitializerBase:
    """What fills a table.

    Attributes:
        key_dtype: of the keys it gives.
        value_dtype: of the values.
    """

    def __init__(self, key_dtype: Any, value_dtype: Any) -> None:
        """See the class."""
        self.key_dtype: DType = as_dtype(key_dtype)
        self.value_dtype: DType = as_dtype(value_dtype)

    def initialize(self, table: LookupTable) -> Operation:
        """The operation that fills a table, which is in the collection of such.

        Raises:
            TypeError: the table has other dtypes.
        """
        for word, own, wanted in (
            ("key", self.key_dtype, table.key_dtype),
            ("value", self.value_dtype, table.value_dtype),
        ):
            if own is not wanted:
                raise TypeError(
                    f"Invalid {word} dtype, expected {wanted!r} but got {own!r}."
                )
        operation = self._fill(table)
        add_to_collection(GraphKeys.TABLE_INITIALIZERS, operation)
        return operation

    def _fill(self, table: LookupTable) -> Operation:
        raise NotImplementedError


class KeyValueTensorInitializer(TableInitializerBase):
    """Fills a table from keys and values.

    Args:
        keys: a vector, or a list.
        values: as many.
        key_dtype: the dtype of the keys.
        value_dtype: the dtype of the values.
        name: of the scope.
    """

    def __init__(
        self,
        keys: Any,
        values: Any,
        key_dtype: Any = None,
        value_dtype: Any = None,
        name: str | None = None,
    ) -> None:
        """See the class."""
        with name_scope(name, "key_value_init", [keys, values]) as scope:
            wanted = None if key_dtype is None else as_dtype(key_dtype)
            self._keys = convert(keys, wanted, "keys")
            wanted = None if value_dtype is None else as_dtype(value_dtype)
            self._values = convert(values, wanted, "values")
            self._name = scope
        super().__init__(self._keys.dtype, self._values.dtype)

    def _fill(self, table: LookupTable) -> Operation:
        (keys,) = with_rank(self._keys.static_shape, 1) or (None,)
        (values,) = with_rank(self._values.static_shape, 1) or (None,)
        try:
            merge_dims(keys, values)
        except ValueError as error:
            text = f"{error} for the keys and values of '{self._name.rstrip('/')}'"
            raise ValueError(text) from None
        with name_scope(self._name, values=[table.table_ref]) as scope:
            operation: Operation = raw.InitializeTableV2(
                table.table_ref, self._keys, self._values, name=scope
            )
        return operation


class TextFileIndex:
    """What a line of a file gives besides the numbers of its columns."""

    WHOLE_LINE = WHOLE_LINE
    LINE_NUMBER = LINE_NUMBER


class TextFileInitializer(TableInitializerBase):
    """Fills a table from a file, which has a key and a value in each line.

    Args:
        filename: of the file, a string or a string scalar.
        key_dtype: the dtype of the keys.
        key_index: the column of the keys, or of `TextFileIndex`.
        value_dtype: the dtype of the values.
        value_index: the column of the values, or of `TextFileIndex`.
        vocab_size: how many lines count, all when None.
        delimiter: what stands between columns.
        name: of the scope.

    Raises:
        ValueError: index and dtype do not go together.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
    ) -> None:
        """See the class."""
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError("Filename required.")
        for word, dtype, index in (
            ("key", as_dtype(key_dtype), key_index),
            ("value", as_dtype(value_dtype), value_index),
        ):
            if index < WHOLE_LINE:
                raise ValueError(f"Invalid {word} index {index}.")
            if index == LINE_NUMBER and dtype is not int64:
                raise ValueError(
                    f"Signature mismatch. {word.title()}s must be dtype {int64!r}, "
                    f"got {dtype!r}."
                )
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        super().__init__(key_dtype, value_dtype)
        self._filename = filename
        self._attrs = {
            "key_index": key_index,
            "value_index": value_index,
            "vocab_size": -1 if vocab_size is None else vocab_size,
            "delimiter": delimiter,
        }
        self._name = name

    def _fill(self, table: LookupTable) -> Operation:
        with name_scope(self._name, "text_file_init", [table.table_ref]) as scope:
            path = convert(self._filename, string, "asset_filepath")
            operation: Operation = raw.InitializeTableFromTextFileV2(
                table.table_ref, path, **self._attrs, name=scope
            )
        # So that a SavedModel takes the file along.
        add_to_collection(GraphKeys.ASSET_FILEPATHS, path)
        return operation


class TextFileStringTableInitializer(TextFileInitializer):
    """Fills a table from a file: line numbers to words.

    Args:
        filename: of the file.
        key_column_index: the column of the keys, the line's number unless given.
        value_column_index: the column of the values, the whole line unless given.
        vocab_size: how many lines count, all when None.
        delimiter: what stands between columns.
        name: of the scope.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = LINE_NUMBER,
        value_column_index: int = WHOLE_LINE,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = "text_file_string_table_init",
    ) -> None:
        """See the class."""
        super().__init__(
            filename, int64, key_column_index, string, value_column_index,
            vocab_size, delimiter, name,
        )  # fmt: skip


class TextFileIdTableInitializer(TextFileInitializer):
    """Fills a table from a file: words to line numbers.

    Args:
        filename: of the file.
        key_column_index: the column of the keys, the whole line unless given.
        value_column_index: the column of the values, the line's number unless given.
        vocab_size: how many lines count, all when None.
        delimiter: what stands between columns.
        name: of the scope.
        key_dtype: the dtype of the keys.
    """

    def __init__(
        self,
        filename: Any,
        key_column_index: int = WHOLE_LINE,
        value_column_index: int = LINE_NUMBER,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = "text_file_id_table_init",
        key_dtype: Any = string,
    ) -> None:
        """See the class."""
        super().__init__(
            filename, key_dtype, key_column_index, int64, value_column_index,
            vocab_size, delimiter, name,
        )  # fmt: skip


# -- tables ---------------------------------------------------------------------------


class LookupInterface:
    """What all tables have in common.

    Attributes:
        key_dtype: of the keys.
        value_dtype: of the values.
        name: of the table's node.
    """

    key_dtype: DType
    value_dtype: DType
    name: str

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys."""
        raise NotImplementedError

    def _as_keys(self, keys: Any) -> Any:
        """Keys as a tensor, or a sparse one.

        Raises:
            TypeError: they are of another dtype.
        """
        if isinstance(keys, SparseTensor):
            found = keys.dtype
        else:
            given = isinstance(keys, Tensor)
            keys = keys if given else convert(keys, self.key_dtype, "keys")
            found = keys.dtype.base_dtype
        if found.base_dtype is not self.key_dtype:
            raise TypeError(
                f"Signature mismatch. Keys must be dtype {self.key_dtype!r}, got "
                f"{found!r}."
            )
        return keys


class LookupTable(LookupInterface):
    """A table of the engine's.

    Attributes:
        table_ref: the handle, a resource.
    """

    table_ref: Tensor
    _default: Tensor

    def size(self, name: str | None = None) -> Tensor:
        """How many keys there are, int64."""
        with name_scope(name, f"{self.name}_Size", [self.table_ref]) as scope:
            count: Tensor = raw.LookupTableSizeV2(self.table_ref, name=scope)
            return count

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values of keys.

        Args:
            keys: a tensor of the key dtype, or a SparseTensor.
            name: of the node.

        Returns:
            A tensor of the value dtype and the keys' shape, or such a SparseTensor.

        Raises:
            TypeError: the keys are of another dtype.
            FailedPreconditionError: when it runs and the table is not filled yet.
        """
        keys = self._as_keys(keys)
        flat = keys.values if isinstance(keys, SparseTensor) else keys
        parts = [self.table_ref, flat, self._default]
        with name_scope(name, f"{self.name}_Lookup", parts) as scope:
            values: Tensor = raw.LookupTableFindV2(*parts, name=scope)
        if isinstance(keys, SparseTensor):
            return SparseTensor(keys.indices, values, keys.dense_shape)
        return values

    def _named(self) -> None:
        self.name = self.table_ref.op.name.rsplit("/", 1)[-1]

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values, in no order.

        Args:
            name: of the node.

        Returns:
            Keys, `[n]`, and values, `[n, ...]`.
        """
        default = f"{self.name}_lookup_table_export_values"
        with name_scope(name, default, [self.table_ref]) as scope:
            keys, values = raw.LookupTableExportV2(
                self.table_ref,
                Tkeys=self.key_dtype,
                Tvalues=self.value_dtype,
                name=scope,
            )
        return keys, values


class HashTable(LookupTable):
    """A table that is filled once, by `init` or `tf.tables_initializer`.

    Args:
        initializer: what fills it.
        default_value: the value of keys that are not there.
        shared_name: tables of one name are one in all sessions' graphs.
        name: of the scope.

    Attributes:
        init: the operation that fills it.

    Example:
        >>> import interactive_graphs as tf
        >>> pairs = tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
        >>> table = tf.contrib.lookup.HashTable(pairs, default_value=-1)
        >>> with tf.Session() as sess:
        ...     sess.run(table.init)
        ...     sess.run(table.lookup(tf.constant(["b", "z"])))
        array([ 2, -1], dtype=int32)
    """

    def __init__(
        self,
        initializer: TableInitializerBase,
        default_value: Any,
        shared_name: str | None = None,
        name: str | None = None,
    ) -> None:
        """See the class."""
        self.key_dtype = initializer.key_dtype.base_dtype
        self.value_dtype = initializer.value_dtype.base_dtype
        with name_scope(name, "hash_table") as scope:
            self.table_ref = raw.HashTableV2(
                shared_name=shared_name or "",
                key_dtype=self.key_dtype,
                value_dtype=self.value_dtype,
                name=scope,
            )
            self._default = convert(default_value, self.value_dtype, "default_value")
            self._default.get_shape().merge_with([])
            self._named()
            self._init = initializer.initialize(self)

    @property
    def init(self) -> Operation:
        """The operation that fills it."""
        return self._init

    @property
    def initializer(self) -> Operation:
        """The operation that fills it."""
        return self._init

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not there."""
        return self._default


class _SavedTable(SaveableObject):
    """What a Saver keeps of a table: `<name>-keys` and `<name>-values`."""

    def __init__(self, table: LookupTable, keys: Tensor, values: Tensor) -> None:
        self._table = table
        name = table.name
        specs = [
            SaveSpec(keys, "", f"{name}-keys"),
            SaveSpec(values, "", f"{name}-values"),
        ]
        super().__init__(table, specs, name)

    def restore(
        self, restored_tensors: list[Tensor], restored_shapes: Any
    ) -> Operation:
        """Make the operation that puts the contents back."""
        del restored_shapes
        with get_default_graph().name_scope(f"{self.name}_table_restore"):
            operation: Operation = raw.LookupTableImportV2(
                self._table.table_ref, *restored_tensors
            )
        return operation


def _saved(table: LookupTable) -> None:
    """Let Savers keep what is in a table."""
    with name_scope(None, f"{table.name}_lookup_table_export_values"):
        keys, values = raw.LookupTableExportV2(
            table.table_ref, Tkeys=table.key_dtype, Tvalues=table.value_dtype
        )
    add_to_collection(GraphKeys.SAVEABLE_OBJECTS, _SavedTable(table, keys, values))


class MutableHashTable(LookupTable):
    """A table that is filled and changed while a program runs.

    Args:
        key_dtype: of the keys.
        value_dtype: of the values.
        default_value: the value of keys that are not there; all values have its shape.
        shared_name: tables of one name are one.
        name: of the node.
        checkpoint: whether a Saver saves what is in it.

    Example:
        >>> import interactive_graphs as tf
        >>> table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
        >>> insert = table.insert(["a", "b"], [1, 2])
        >>> with tf.Session() as sess:
        ...     sess.run(insert)
        ...     sess.run(table.lookup(["b", "z"]))
        array([ 2, -1])
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        shared_name: str | None = None,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
    ) -> None:
        """See the class."""
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self._default = convert(default_value, self.value_dtype, "default_value")
        attrs: dict[str, Any] = {
            "shared_name": shared_name or "",
            # So that an imported copy of the graph is about the same table.
            "use_node_name_sharing": shared_name is None,
            "key_dtype": self.key_dtype,
            "value_dtype": self.value_dtype,
        }
        shape = self._default.static_shape
        if shape == ():
            self.table_ref = raw.MutableHashTableV2(**attrs, name=name)
        else:
            self.table_ref = raw.MutableHashTableOfTensorsV2(
                **attrs, value_shape=shape, name=name
            )
        self._named()
        if checkpoint:
            _saved(self)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Operation:
        """Put values in, in place of those that have the same keys.

        Args:
            keys: a tensor of the key dtype.
            values: a tensor of the value dtype, one for each key.
            name: of the node.

        Returns:
            The operation that does so.

        Raises:
            TypeError: they are of other dtypes.
        """
        keys = self._as_keys(keys)
        x = convert(values, self.value_dtype, "values")
        default = f"{self.name}_lookup_table_insert"
        with name_scope(name, default, [self.table_ref, keys, x]) as scope:
            operation: Operation = raw.LookupTableInsertV2(
                self.table_ref, keys, x, name=scope
            )
        return operation

    def remove(self, keys: Any, name: str | None = None) -> Operation:
        """Take keys out; those that are not there are no matter.

        Args:
            keys: a tensor of the key dtype.
            name: of the node.

        Returns:
            The operation that does so.
        """
        keys = self._as_keys(keys)
        default = f"{self.name}_lookup_table_remove"
        with name_scope(name, default, [self.table_ref, keys]) as scope:
            operation: Operation = raw.LookupTableRemoveV2(
                self.table_ref, keys, name=scope
            )
        return operation


class MutableDenseHashTable(MutableHashTable):
    """A table that is filled and changed while a program runs, of another make.

    Args:
        key_dtype: of the keys.
        value_dtype: of the values.
        default_value: the value of keys that are not there; all values have its shape.
        empty_key: a key that is never used.
        initial_num_buckets: how many places there are at first, a power of 2.
        shared_name: tables of one name are one.
        name: of the node.
        checkpoint: whether a Saver saves what is in it.
        deleted_key: another key that is never used; -1, or a word nobody writes, when
            None.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        initial_num_buckets: int | None = None,
        shared_name: str | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
        deleted_key: Any = None,
    ) -> None:
        """See the class."""
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self._default = convert(default_value, self.value_dtype, "default_value")
        if deleted_key is None:
            deleted_key = "\0deleted" if self.key_dtype is string else -(2**31) + 1
        self.table_ref = raw.MutableDenseHashTableV2(
            convert(empty_key, self.key_dtype, "empty_key"),
            convert(deleted_key, self.key_dtype, "deleted_key"),
            shared_name=shared_name or "",
            use_node_name_sharing=shared_name is None,
            value_dtype=self.value_dtype,
            value_shape=self._default.static_shape,
            initial_num_buckets=initial_num_buckets or 131072,
            name=name,
        )
        self._named()
        if checkpoint:
            _saved(self)

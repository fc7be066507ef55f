"""`tf.strings`: string tensors."""

from interactive_graphs._util import missing as _missing
from interactive_graphs.ops.print_ops import (
    format,
)
from interactive_graphs.ops.string_codes import (
    as_string,
    string_to_hash_bucket as to_hash_bucket,
    string_to_hash_bucket_fast as to_hash_bucket_fast,
    string_to_hash_bucket_strong as to_hash_bucket_strong,
    string_to_number as to_number,
)
from interactive_graphs.ops.strings import (
    reduce_join,
    regex_full_match,
    regex_replace,
    string_join as join,
    string_length as length,
    string_lower as lower,
    string_split as split,
    string_strip as strip,
    string_upper as upper,
    substr,
)

__all__ = [
    "as_string",
    "format",
    "join",
    "length",
    "lower",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "split",
    "strip",
    "substr",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
    "upper",
]

__getattr__ = _missing.unknown("tf.strings", __name__)

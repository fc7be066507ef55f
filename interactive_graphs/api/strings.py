"""`tf.strings`: string tensors."""

from interactive_graphs.ops.string_codes import (
    as_string,
)
from interactive_graphs.ops.string_codes import (
    string_to_hash_bucket as to_hash_bucket,
)
from interactive_graphs.ops.string_codes import (
    string_to_hash_bucket_fast as to_hash_bucket_fast,
)
from interactive_graphs.ops.string_codes import (
    string_to_hash_bucket_strong as to_hash_bucket_strong,
)
from interactive_graphs.ops.string_codes import (
    string_to_number as to_number,
)
from interactive_graphs.ops.strings import (
    reduce_join,
    regex_full_match,
    regex_replace,
)
from interactive_graphs.ops.strings import (
    string_join as join,
)
from interactive_graphs.ops.strings import (
    string_strip as strip,
)

__all__ = [
    "as_string",
    "join",
    "reduce_join",
    "regex_full_match",
    "regex_replace",
    "strip",
    "to_hash_bucket",
    "to_hash_bucket_fast",
    "to_hash_bucket_strong",
    "to_number",
]

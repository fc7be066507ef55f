"""`tf.resource_loader`: files beside a program."""

from interactive_graphs._util import missing
from interactive_graphs.platform.resource_loader import (
    get_data_files_path,
    get_path_to_datafile,
    get_root_dir_with_all_resources,
    load_resource,
    readahead_file_path,
)

__all__ = [
    "get_data_files_path",
    "get_path_to_datafile",
    "get_root_dir_with_all_resources",
    "load_resource",
    "readahead_file_path",
]
__getattr__ = missing.unknown("tf.resource_loader", __name__)

# What `__getattr__` in `__init__.py` finds by name, for type checkers and editors.
from interactive_graphs.protos.checkpoint_pb2 import *
from interactive_graphs.protos.config_pb2 import *
from interactive_graphs.protos.error_codes_pb2 import *
from interactive_graphs.protos.example_pb2 import *
from interactive_graphs.protos.graph_pb2 import *
from interactive_graphs.protos.meta_graph_pb2 import *
from interactive_graphs.protos.step_stats_pb2 import *
from interactive_graphs.protos.summary_pb2 import *

MODULE_OF: dict[str, str]

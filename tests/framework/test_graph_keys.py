"""GraphKeys: the names must be TensorFlow's, or saved MetaGraphs lose their meaning."""

from interactive_graphs.framework.graph_keys import GraphKeys


def test_names_are_lower_case_forms_of_the_keys_but_for_two():
    keys = {k: v for k, v in vars(GraphKeys).items() if k.isupper()}
    assert len(keys) == 33
    exceptions = {k: v for k, v in keys.items() if v != k.lower()}
    assert exceptions == {
        "GLOBAL_VARIABLES": "variables",
        "TABLE_INITIALIZERS": "table_initializer",
    }

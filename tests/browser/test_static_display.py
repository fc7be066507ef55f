"""Pictures without a kernel: in a notebook that is not trusted, and as a web page."""

import nbformat
import pytest
from nbformat import v4

import interactive_graphs as tf

pytestmark = pytest.mark.browser

IMAGES = """
() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(image => ({
    alt: image.alt, width: image.naturalWidth, complete: image.complete }))
"""

TRUSTED = """
() => jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.trusted)
"""


def notebook():
    """A notebook that shows one of each, as the kernel saved it."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        with tf.name_scope("layer"):
            y = tf.matmul(x, tf.ones([2, 3]), name="y")
        tf.Variable(3.0, name="w")
        shown = [graph, y, y.op, session]
        bundles = [one._repr_mimebundle_() for one in shown]
    # Without it JupyterLab asks which kernel to start.
    spec = {"name": "python3", "display_name": "python3"}
    made = v4.new_notebook(metadata={"kernelspec": spec})
    for number, bundle in enumerate(bundles, 1):
        output = v4.new_output("execute_result", bundle, execution_count=number)
        made.cells.append(
            v4.new_code_cell("shown", outputs=[output], execution_count=number)
        )
    return made


def alts(images):
    return [image["alt"].partition(":")[0] for image in images]


def test_an_untrusted_notebook_shows_every_picture(lab, chromium):
    nbformat.write(notebook(), lab.folder / "untrusted.ipynb")
    page = lab.open(chromium, "untrusted.ipynb", "light")
    page.wait_for_function(f"({IMAGES.strip()})().length === 4", timeout=30_000)
    assert page.evaluate(TRUSTED) == [False] * 4
    images = page.evaluate(IMAGES)
    assert alts(images) == ["Graph", "layer/y", "layer/y  MatMul", "Graph"]
    assert all(image["complete"] and image["width"] > 200 for image in images)
    page.close()


def test_a_web_page_of_a_notebook_shows_every_picture(chromium, tmp_path):
    from nbconvert import HTMLExporter

    body, _ = HTMLExporter().from_notebook_node(notebook())
    path = tmp_path / "page.html"
    path.write_text(body, encoding="utf-8")
    page = chromium.new_page()
    # What the exporter's own template loads from elsewhere is not needed.
    page.route("**/*", _only_files)
    page.goto(path.as_uri())
    images = page.evaluate(IMAGES)
    assert alts(images) == ["Graph", "layer/y", "layer/y  MatMul", "Graph"]
    assert all(image["complete"] and image["width"] > 200 for image in images)
    page.close()


def _only_files(route):
    if route.request.url.startswith(("file:", "data:")):
        route.continue_()
    else:
        route.abort()

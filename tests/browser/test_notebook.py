"""What a reader sees in JupyterLab, light and dark."""

import pytest

from tests.browser.conftest import run_all

pytestmark = pytest.mark.browser

CELLS = [
    "%load_ext interactive_graphs\nimport interactive_graphs as tf",
    "x = tf.placeholder(tf.float32, [None, 2], name='x')\n"
    "with tf.name_scope('layer'):\n"
    "    w = tf.Variable([[1.0], [2.0]], name='w')\n"
    "    y = tf.matmul(x, w, name='y')\n"
    "c = tf.multiply(tf.constant(5.0, name='a'), 6.0, name='c')\n"
    "w.initializer.run()",
    "%graph",
    "c",
    "%variables",
]

DRAWN = """
() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(image => ({
    alt: image.alt, width: image.naturalWidth, height: image.naturalHeight,
    shown: image.getBoundingClientRect().width }))
"""


def opened(lab, chromium, color_scheme, seen):
    # A notebook of its own for each: a second page on the same one would run on in the
    # first one's kernel.
    name = f"{color_scheme}.ipynb"
    lab.write(name, CELLS)
    page = lab.open(chromium, name, color_scheme)
    page.on("request", lambda request: seen.append(request.url))
    run_all(page)
    page.wait_for_function(f"({DRAWN.strip()})().length === 2", timeout=30_000)
    return page


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_graph_is_drawn(lab, chromium, color_scheme, tmp_path):
    requests = []
    page = opened(lab, chromium, color_scheme, requests)
    graph, tensor = page.evaluate(DRAWN)
    assert graph["alt"].startswith("Graph: ")
    assert "Shown: x, a, c, w, y." in graph["alt"]
    assert tensor["alt"].startswith("c:0  float32 (): value 30.0.")
    for image in (graph, tensor):
        assert image["width"] > 300
        assert image["height"] > 150
        assert image["shown"] == pytest.approx(image["width"], abs=1)
    # The value and the table are words on the page.
    assert page.get_by_text("w:0", exact=False).count() > 0
    assert all(url.startswith((lab.url, "data:", "ws:", "blob:")) for url in requests)
    page.screenshot(path=tmp_path / f"{color_scheme}.png")
    assert background(page, tmp_path) == color_scheme
    page.close()


def background(page, folder):
    """Whether the card that the graph stands on is light or dark."""
    from PIL import Image

    page.locator(".jp-OutputArea-output img").first.screenshot(
        path=folder / "graph.png"
    )
    with Image.open(folder / "graph.png") as picture:
        # Inside the border, outside of every word.
        corner = picture.convert("L").getpixel((picture.width - 6, 40))
    return "light" if corner > 128 else "dark"

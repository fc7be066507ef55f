"""A saved page in a plain browser: it lives without a kernel, and runs nothing else."""

import json

import pytest

import interactive_graphs as tf
from interactive_graphs.display.book import Book
from interactive_graphs.display.page import PACKED_FROM, page as page_of
from tests.browser.axe import serious_faults
from tests.display.fakes import HOSTILE, hostile

pytestmark = pytest.mark.browser


class Seen:
    """A page from a file, and what went on in it."""

    def __init__(self, browser, path, color_scheme="light", scripts=True):
        self.context = browser.new_context(
            color_scheme=color_scheme,
            viewport={"width": 1200, "height": 800},
            java_script_enabled=scripts,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.asked_for, self.complaints, self.dialogs = [], [], []
        self.page.on("request", lambda request: self.asked_for.append(request.url))
        self.refused = []
        self.page.on("requestfailed", lambda request: self.refused.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.goto(path.as_uri())
        self.own = path.as_uri()
        if scripts:
            self.page.wait_for_selector("[data-key]")

    def _dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def finish(self):
        """Nothing was asked for, nothing complained, nothing popped up."""
        strangers = [
            url for url in self.asked_for if url != self.own and url[:5] != "data:"
        ]
        assert (strangers, self.complaints, self.dialogs) == ([], [], [])
        self.context.close()

    def box(self, key):
        return self.page.locator(f'[data-key="{key}"]')

    def search(self, text, found=None):
        """Types into the search, and waits until it has found so many."""
        self.page.get_by_role("combobox", name="Search the graph").fill(text)
        if found is not None:
            count = self.page.locator(".ig-search-count")
            count.get_by_text(f"{found} found", exact=True).wait_for()

    def walk_to(self, role):
        """Goes on with Tab until something of a role has the focus."""
        for _ in range(30):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.role") == role:
                return
        pytest.fail(f"Tab leads to no {role}")

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel")


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """A page of a small net with its gradients."""
    path = tmp_path_factory.mktemp("pages") / "net.html"
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope("layer"):
            w = tf.Variable(tf.ones([4, 2]), name="w")
            y = tf.nn.relu(tf.matmul(x, w))
        loss = tf.reduce_mean(y * 0.125, name="loss")
        tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        return graph.save(path, open=["layer"], budget=0)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_scopes_open_and_close_by_click_and_by_key(chromium, net, color_scheme):
    seen = Seen(chromium, net, color_scheme)
    layer = seen.box("layer")
    assert layer.get_attribute("aria-expanded") == "true"
    before = seen.page.locator("[data-key]").count()
    layer.locator(".ig-label").click()
    seen.page.keyboard.press("Space")
    seen.page.wait_for_selector('[data-key="layer"][aria-expanded=false]')
    assert seen.page.locator("[data-key]").count() < before
    seen.page.keyboard.press("f")
    seen.page.wait_for_timeout(500)  # until the view has come to rest
    gradients = seen.box("gradients")
    gradients.locator("[data-toggle]").click()
    seen.page.wait_for_selector('[data-key="gradients"][aria-expanded=true]')
    assert seen.box("gradients/loss_grad").count() == 1
    background = seen.page.evaluate(
        "getComputedStyle(document.querySelector('.ig-view')).backgroundColor"
    )
    brightness = sum(int(part) for part in background[4:-1].split(","))
    assert (brightness > 384) == (color_scheme == "light")
    assert serious_faults(seen.page) == []
    seen.finish()


def test_it_is_searched_and_traced_by_keys_alone(chromium, net):
    seen = Seen(chromium, net)
    keys = seen.page.keyboard
    seen.walk_to("treeitem")
    keys.press("/")
    seen.page.wait_for_selector(".ig-search input:focus")
    keys.type("Relu_grad")
    seen.page.locator(".ig-search-count").get_by_text("found").wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    selected = seen.page.locator("[aria-selected=true][data-key]")
    selected.wait_for()
    assert selected.get_attribute("data-key").startswith("gradients/layer/Relu_grad")
    keys.press("Escape")
    seen.walk_to("tab")
    keys.press("Enter")
    panel = seen.page.get_by_role("tabpanel")
    assert "gradient of" in panel.text_content()
    selected.focus()
    keys.press("t")
    panel.get_by_label("What to trace").select_option("outputs")
    assert "is needed by" in panel.text_content()
    assert seen.page.locator(".ig-dim").count() > 0
    assert serious_faults(seen.page) == []
    seen.finish()


def test_panels_answer_without_a_kernel(chromium, net):
    seen = Seen(chromium, net)
    seen.search("value:0.125", 1)
    seen.page.keyboard.press("Enter")
    panel = seen.tab("Details")
    assert "0.125" in panel.text_content()
    assert "loss = tf.reduce_mean(y * 0.125" in panel.text_content()
    seen.search("layer/MatMul")
    seen.page.keyboard.press("Enter")
    panel.get_by_role("button", name="attributes").click()
    assert "transpose_a" in panel.text_content()
    panel.get_by_role("button", name="Why does it run?").click()
    panel.get_by_label("What to trace").select_option("gradients")
    field = panel.get_by_role("combobox", name="loss", exact=True)
    field.fill("loss")
    field.press("Enter")
    assert "1 trained variable leads to loss" in panel.text_content()
    program = seen.tab("Program")
    program.get_by_role("button", name="Compile").click()
    program.get_by_text("there is no kernel").wait_for()
    seen.finish()


def test_without_scripts_there_are_the_picture_and_the_words(chromium, net):
    seen = Seen(chromium, net, scripts=False)
    picture = seen.page.get_by_role("img")
    assert picture.bounding_box()["height"] > 100
    assert "Shown: " in picture.get_attribute("alt")
    seen.page.get_by_text("As text").click()
    assert "loss = Mean(" in seen.page.locator(".ig-page-text pre").text_content()
    seen.finish()


@pytest.fixture
def hostile_page(tmp_path):
    """Everything that a name, a title, a value, a line can be, in every place."""
    operations = list(hostile())
    model = Book(operations).to_json(title=HOSTILE[0])
    program = {
        "title": HOSTILE[1],
        "lines": [{"text": text, "op": 0} for text in HOSTILE],
    }
    count = len(model["ops"]["name"])
    facts = {
        "stack": [0] * count,
        "attrs": [0] * count,
        "stacks": [
            [{"place": text, "function": text, "text": text} for text in HOSTILE]
        ],
        "attributes": [[[text, text] for text in HOSTILE]],
        "values": {
            str(i): {"text": text, "words": text} for i, text in enumerate(HOSTILE)
        },
        "gradients": {"trainable": [], "gradient_of": []},
    }
    marks = dict(zip(model["ops"]["name"], HOSTILE, strict=False))
    traits = {
        "_view": "graph",
        "model": model,
        "opened": list(model["scopes"]),
        "selected": "",
        "overlay": {},
        "marks": marks,
        "program": program,
        "changes": {},
        "height": 0,
    }
    path = tmp_path / "hostile.html"
    everything = "\n".join(HOSTILE)
    path.write_text(
        page_of(
            [traits], title=HOSTILE[0], summary=everything, text=everything, facts=facts
        ),
        encoding="utf-8",
    )
    return path, model


def test_hostile_names_are_shown_as_text_and_run_nothing(chromium, hostile_page):
    path, model = hostile_page
    seen = Seen(chromium, path)
    details = seen.tab("Details")
    for box in seen.page.locator("[data-key]").all():
        box.dispatch_event("click")
        assert details.locator("h2").text_content()
    for fold in details.locator(".ig-fold-head").all():
        fold.click()
    for text in ("<script", "onerror", "alert"):
        seen.search(text)
    for name in ("Paths", "Program"):
        seen.tab(name)
    assert seen.page.get_by_text("<script>alert(1)</script>").count() > 0
    # Two of our own scripts: the data and the views. Nothing else became an element.
    assert seen.page.locator("script").count() == 2
    assert seen.page.locator("img, iframe, object, embed, base, form").count() == 0
    handlers = "[...document.querySelectorAll('*')].filter(e => [...e.attributes]"
    handlers += ".some(a => a.name.startsWith('on'))).length"
    assert seen.page.evaluate(handlers) == 0
    seen.finish()


def test_the_policy_stops_what_slips_in(chromium, net):
    """Were something not escaped, it would still not run and not reach anybody."""
    seen = Seen(chromium, net)
    seen.page.evaluate(
        """() => {
            const place = document.createElement("div");
            place.innerHTML = '<img src="https://example.com/x.png" onerror="hit()">';
            document.body.append(place);
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        }"""
    )
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in text for text in seen.complaints) >= 2
    assert seen.refused == ["https://example.com/x.png"]
    seen.context.close()


def test_a_large_page_is_packed_and_opens(chromium, tmp_path):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        for number in range(60):
            with tf.name_scope(f"block{number}"):
                for _ in range(10):
                    x = tf.tanh(x * 2.0)
        path = graph.save(tmp_path / "large.html")
    text = path.read_text(encoding="utf-8")
    assert 'data-packed="gzip"' in text
    model = Book(graph.get_operations()).to_json()
    assert len(json.dumps(model)) > PACKED_FROM
    seen = Seen(chromium, path)
    seen.search("block59/Tanh_9", 1)
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("[data-key='block59'][aria-expanded=true]")
    seen.finish()

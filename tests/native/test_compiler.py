"""From text to machine code: known code is found again, wrong texts are errors."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from interactive_graphs.kernels.native import compiler, target as targets
from interactive_graphs.kernels.native.cache import Cache
from interactive_graphs.kernels.native.compiler import (
    assembly,
    compile_kernels,
    object_code,
)
from interactive_graphs.kernels.native.ir import Function
from interactive_graphs.kernels.native.lanes import Lanes
from interactive_graphs.kernels.native.routine import Kernel
from tests.native import running

needs_llvm = pytest.mark.skipif(
    bool(targets.available()), reason=targets.available() or "there is"
)
pytestmark = needs_llvm


def adding(number, name="add_number"):
    """A kernel of one argument, which it adds a number to."""
    f = Function(targets.detect(), 1)
    v = Lanes(f, "float64", 1)
    x = f.arguments[0]
    v.store(v.add(v.load(x), v.constant(number)), x)
    return Kernel(name, f.text(), 1, 1.0)


def run(kernel):
    out = np.zeros(1)
    running.run(running.single(kernel, 1), targets.detect(), [], [out])
    return float(out[0])


@pytest.fixture
def store(tmp_path):
    return Cache(tmp_path / "cache")


def test_several_kernels_come_in_their_order():
    kernels = [adding(number) for number in (1.5, 2.5, 3.5)]
    assert [run(kernel) for kernel in kernels] == [1.5, 2.5, 3.5]
    code = compile_kernels(kernels, targets.detect())
    assert len(set(code.addresses)) == 3


def test_a_kernel_is_compiled_once(store):
    kernel = adding(101.25)
    first = compile_kernels([kernel, kernel], targets.detect(), store)
    assert first.compiled == 1
    assert first.addresses[0] == first.addresses[1]
    again = compile_kernels([kernel, adding(102.25)], targets.detect(), store)
    assert again.compiled == 1
    assert again.addresses[0] == first.addresses[0]


def test_code_that_nobody_keeps_is_let_go_and_found_on_disk(store):
    kernel = adding(103.25)
    code = compile_kernels([kernel], targets.detect(), store)
    assert code.compiled == 1
    before = len(compiler._loaded)
    del code
    gc.collect()
    assert len(compiler._loaded) < before
    assert compile_kernels([kernel], targets.detect(), store).compiled == 0


def test_a_damaged_object_is_compiled_again(store):
    kernel = adding(104.25)
    compile_kernels([kernel], targets.detect(), store)
    gc.collect()
    (path,) = store.directory.glob("*.object")
    path.write_bytes(path.read_bytes()[:-50])
    assert compile_kernels([kernel], targets.detect(), store).compiled == 1


def test_the_object_of_another_text_is_not_taken(store):
    compile_kernels([adding(105.25)], targets.detect(), store)
    compile_kernels([adding(106.25)], targets.detect(), store)
    gc.collect()
    one, two = store.directory.glob("*.object")
    content = one.read_bytes(), two.read_bytes()
    one.write_bytes(content[1])
    two.write_bytes(content[0])
    code = compile_kernels([adding(105.25)], targets.detect(), store)
    assert code.compiled == 1


def test_text_target_and_name_make_the_difference():
    here = targets.detect()
    digests = {
        compiler._digest(adding(1.0), here),
        compiler._digest(adding(2.0), here),
        compiler._digest(adding(1.0, "other"), here),
        compiler._digest(adding(1.0), here._replace(features="+sse2")),
        compiler._digest(adding(1.0), targets.named("avx2")),
    }
    assert len(digests) == 5
    assert compiler._digest(adding(1.0), here) in digests


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("define void @kernel(", "expected"),
        ("define void @other() {\n ret void\n}", "kernel"),
        (
            "define void @kernel(ptr %a, i64 %b, i64 %e, ptr %s) {\n"
            "  %x = fadd float %y, 1.0\n  ret void\n}",
            "undefined",
        ),
    ],
)
def test_wrong_texts_are_errors_that_name_the_kernel(text, words):
    with pytest.raises(RuntimeError, match="Kernel 'my kernel'") as caught:
        compile_kernels([Kernel("my kernel", text, 1, 1.0)], targets.detect())
    assert words in str(caught.value)


def test_functions_that_are_not_there_are_errors_and_not_the_end(store):
    f = Function(targets.detect(), 0)
    f.call("void", "no_such_function_anywhere")
    kernel = Kernel("calls", f.text(), 1, 1.0)
    with pytest.raises(RuntimeError, match="'no_such_function_anywhere'"):
        compile_kernels([kernel], targets.detect(), store)


def test_functions_of_the_c_library_are_found():
    f = Function(targets.detect(), 1)
    v = Lanes(f, "float64", 1)
    x = f.arguments[0]
    v.store(f.call("double", "cbrt", ("double", "27.0")), x)
    f.call(
        "void",
        "llvm.memset.p0.i64",
        ("ptr", f.address(x, 1, "float64")),
        ("i8", "0"),
        ("i64", "4096"),
        ("i1", "false"),
    )
    out = np.ones(600)
    kernel = Kernel("calls", f.text(), 1, 1.0)
    running.run(running.single(kernel, 1), targets.detect(), [], [out])
    assert out[0] == pytest.approx(3)
    assert not out[1:513].any()


def test_names_show_in_instructions_for_people():
    text = assembly(adding(1.0, "gemm 3×4"), targets.detect())
    assert "gemm_3_4_" in text
    assert "ret" in text


def test_objects_for_machines_that_are_not_here():
    f = Function(targets.named("aarch64"), 0)
    code = object_code(Kernel("nothing", f.text(), 1, 1.0), f.target)
    assert int.from_bytes(code[18:20], "little") == 183  # EM_AARCH64


def test_other_threads_run_while_llvm_compiles():
    """The interpreter is let go: a counter in another thread moves on meanwhile."""
    f = Function(targets.detect(), 1)
    v = Lanes(f, "float32", 64)
    value = v.load(f.arguments[0])
    for number in range(2000):
        value = v.fma(value, v.constant(number), value)
    v.store(value, f.arguments[0])
    kernel = Kernel("long", f.text(), 1, 1.0)
    steps, running_ = [0], threading.Event()
    ended = threading.Event()

    def count():
        while not ended.is_set():
            steps[0] += 1
            running_.set()

    thread = threading.Thread(target=count)
    thread.start()
    running_.wait()
    before = steps[0]
    object_code(kernel, targets.detect())
    after = steps[0]
    ended.set()
    thread.join()
    assert after > before + 10


def test_threads_may_compile_at_the_same_time(store):
    results = {}

    def work(number):
        kernels = [adding(200.5 + number % 3 + i) for i in range(3)]
        results[number] = compile_kernels(kernels, targets.detect(), store)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all(len(code.addresses) == 3 for code in results.values())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_a_busy_parent_compiles():
    ended = threading.Event()

    def work():
        number = 0
        while not ended.is_set():
            number += 1
            object_code(adding(number + 0.5), targets.detect())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for attempt in range(5):
            child = os.fork()
            if child == 0:
                code = compile_kernels([adding(300.5 + attempt)], targets.detect())
                os._exit(0 if code.addresses[0] else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        ended.set()
        thread.join()


def test_importing_loads_no_llvmlite():
    program = (
        "import sys\n"
        "from interactive_graphs.kernels.native import compiler, driver, lanes, pool\n"
        "assert not [name for name in sys.modules if name.startswith('llvmlite')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_llvmlite_there_is_a_reason_and_no_error():
    program = (
        "import sys\n"
        "sys.modules['llvmlite'] = None\n"
        "from interactive_graphs.kernels.native import target\n"
        "assert 'llvmlite cannot be loaded' in target.available()\n"
        "try:\n    target.detect()\n"
        "except RuntimeError as error:\n    assert 'llvmlite' in str(error)\n"
        "else:\n    raise SystemExit(1)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

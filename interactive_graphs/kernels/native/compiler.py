"""From the text of kernels to addresses of machine code, by llvmlite.

    >>> code = compile_kernels([kernel], detect())
    >>> code.addresses[0]
    140245034127360

The addresses are good for as long as `code` is kept. The same kernel is compiled once
per process, and once per user where the cache on disk is good. LLVM's optimising passes
are left out: they take two thirds of the time and make no faster code of texts that say
each vector instruction. Compiling lets other Python threads run.
Read next: `cache.py`, then `driver.py`, which runs the code.
"""

import atexit
import contextlib
import ctypes
import functools
import hashlib
import os
import re
import sys
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from struct import unpack_from
from types import ModuleType
from typing import Any

from interactive_graphs._util import lazy
from interactive_graphs.kernels.native import cache
from interactive_graphs.kernels.native.routine import Kernel
from interactive_graphs.kernels.native.target import Target

FORMAT = "1"
"""Changes when the same text is to give other code."""

_lock = threading.RLock()


def _llvmlite_lock() -> Any:
    """The lock that llvmlite holds in each of its calls; None if it is not loaded.

    It has no public name. Its objects are let go in any thread at any time, so holding
    our own lock does not keep others out.
    """
    ffi = sys.modules.get("llvmlite.binding.ffi")
    return getattr(getattr(ffi, "lib", None), "_lock", None)


def _before_fork() -> None:
    """A child must not be made in the middle of a call into LLVM: it would wait."""
    _lock.acquire()
    _held.append(_llvmlite_lock())
    if _held[-1] is not None:
        _held[-1].__enter__()


def _after_fork() -> None:
    if (held := _held.pop()) is not None:
        held.__exit__(None, None, None)
    _lock.release()


# As the process ends LLVM takes its tables down: no daemon thread may be using them.
atexit.register(_lock.acquire, timeout=10)
_held: list[Any] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


class Code:
    """Compiled kernels.

    Attributes:
        addresses: of the kernels, in the order they were given.
        tables: of each the address of the table of what it calls, or None.
        compiled: how many kernels LLVM had to compile; the others were known.
    """

    def __init__(
        self,
        kernels: Sequence[Kernel],
        parts: Mapping[Kernel, "_Loaded"],
        compiled: int,
    ) -> None:
        self._parts = parts
        self.addresses = tuple(parts[kernel].address for kernel in kernels)
        self._tables = [
            (ctypes.c_void_p * len(kernel.calls))(
                *(parts[called].address for called in kernel.calls)
            )
            for kernel in kernels
        ]
        self.tables = tuple(
            ctypes.addressof(table) if len(table) else None for table in self._tables
        )
        self.compiled = compiled


class _Loaded:
    """One kernel in memory; its engine lives for as long as one of its kernels."""

    __slots__ = ("__weakref__", "address", "engine")

    def __init__(self, address: int, engine: Any) -> None:
        self.address = address
        self.engine = engine


_loaded: weakref.WeakValueDictionary[str, _Loaded] = weakref.WeakValueDictionary()


def compile_kernels(
    kernels: Sequence[Kernel],
    target: Target,
    store: cache.Cache | None = None,
) -> Code:
    """Returns the machine code of kernels, ready to be called in this process.

    Args:
        kernels: any number; the same one may occur twice.
        target: must be able to run here.
        store: objects on disk; the user's own cache if None.

    Raises:
        RuntimeError: LLVM does not take a text; the message names the kernel.
    """
    store = cache.user_cache() if store is None else store
    needed = dict.fromkeys(k for kernel in kernels for k in (kernel, *kernel.calls))
    digests = {kernel: _digest(kernel, target) for kernel in needed}
    parts: dict[str, _Loaded] = {}
    objects: dict[str, bytes] = {}
    symbols: dict[str, str] = {}
    compiled = 0
    for kernel, digest in digests.items():
        loaded = _loaded.get(digest)
        if loaded is not None:
            parts[digest] = loaded
        if digest in parts or digest in objects:
            continue
        symbols[digest] = _symbol(kernel, digest)
        machine_code = store.read(digest)
        if machine_code is None:
            machine_code = object_code(kernel, target)
            store.write(digest, machine_code)
            compiled += 1
        objects[digest] = machine_code
    if objects:
        parts.update(_load(objects, symbols, target))
    found = {kernel: parts[digest] for kernel, digest in digests.items()}
    return Code(kernels, found, compiled)


def object_code(kernel: Kernel, target: Target) -> bytes:
    """Compiles a kernel for any target; returns an object file.

    Raises:
        RuntimeError: LLVM does not take the text.
    """
    # LLVM's objects are let go before the lock is.
    with _lock, _parse(kernel, target) as module, _machine(target) as machine:
        machine_code: bytes = machine.emit_object(module)
        return machine_code


def assembly(kernel: Kernel, target: Target) -> str:
    """Returns the kernel's instructions as text, for people."""
    with _lock, _parse(kernel, target) as module, _machine(target) as machine:
        return str(machine.emit_assembly(module))


def _parse(kernel: Kernel, target: Target) -> Any:
    try:
        module = _binding(target).parse_assembly(kernel.text)
        module.verify()
        module.get_function("kernel").name = _symbol(kernel, _digest(kernel, target))
    except (RuntimeError, NameError) as error:
        raise RuntimeError(f"Kernel {kernel.name!r}: {error}") from error
    if target.triple:
        module.triple = target.triple
    return module


def _machine(target: Target) -> Any:
    binding = _binding(target)
    triple = target.triple or binding.get_process_triple()
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, jit=True
    )


@functools.cache
def _initialised(all_targets: bool) -> ModuleType:
    binding = lazy.load("llvmlite.binding")
    if all_targets:
        binding.initialize_all_targets()
        binding.initialize_all_asmprinters()
    else:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
    return binding


def _binding(target: Target) -> ModuleType:
    return _initialised(all_targets=bool(target.triple))


def _load(
    objects: dict[str, bytes], symbols: dict[str, str], target: Target
) -> dict[str, _Loaded]:
    """Links object files into this process, all in one engine."""
    binding = _binding(target)
    with _lock:
        for digest, machine_code in objects.items():
            _check_symbols(binding, machine_code, symbols[digest])
        empty = binding.parse_assembly("")
        engine = binding.create_mcjit_compiler(empty, _machine(target))
        for machine_code in objects.values():
            engine.add_object_file(binding.ObjectFileRef.from_data(machine_code))
        engine.finalize_object()
        parts = {
            digest: _Loaded(engine.get_function_address(symbol), engine)
            for digest, symbol in symbols.items()
        }
    _loaded.update(parts)
    return parts


def _check_symbols(binding: ModuleType, machine_code: bytes, name: str) -> None:
    """Refuse code that calls what is not there: LLVM would end the process.

    Raises:
        RuntimeError: it needs a function that this process does not have.
    """
    for symbol in _missing_symbols(machine_code):
        if not binding.address_of_symbol(symbol) and not _from_c(symbol):
            raise RuntimeError(f"Kernel {name!r} needs {symbol!r}, which is not here.")


def _from_c(symbol: str) -> bool:
    """Whether C's libraries have a function; a Python of one file hides its own."""
    _load_c()
    return bool(lazy.load("llvmlite.binding").address_of_symbol(symbol))


@functools.cache
def _load_c() -> None:
    """Makes C's libraries known to LLVM, where they are files of these names."""
    for library in ("libc.so.6", "libm.so.6"):
        with contextlib.suppress(RuntimeError):
            lazy.load("llvmlite.binding").load_library_permanently(library)


def _missing_symbols(machine_code: bytes) -> Iterator[str]:
    """Names that an ELF object file leaves to others; of other formats none."""
    if machine_code[:5] != b"\x7fELF\x02":
        return
    (sections,) = unpack_from("<Q", machine_code, 40)
    size, count = unpack_from("<HH", machine_code, 58)
    for number in range(count):
        head = unpack_from("<IIQQQQIIQQ", machine_code, sections + number * size)
        if head[1] != 2:  # SHT_SYMTAB
            continue
        texts = unpack_from("<IIQQQQ", machine_code, sections + head[6] * size)[4]
        for place in range(head[4] + 24, head[4] + head[5], 24):
            text, _, _, section = unpack_from("<IBBH", machine_code, place)
            if section == 0 and text:
                end = machine_code.index(b"\0", texts + text)
                yield machine_code[texts + text : end].decode()


def _symbol(kernel: Kernel, digest: str) -> str:
    """The name that profilers and debuggers show."""
    return re.sub(r"\W", "_", kernel.name, flags=re.ASCII) + "_" + digest[:16]


def _digest(kernel: Kernel, target: Target) -> str:
    """What the machine code depends on, as a name for it."""
    binding = lazy.load("llvmlite.binding")
    version = ".".join(map(str, binding.llvm_version_info))
    parts = (FORMAT, version, *map(str, target), kernel.name, kernel.text)
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.hexdigest()

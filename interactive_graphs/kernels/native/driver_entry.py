"""How Python gets into a native program: one built-in function, as LLVM IR.

A program is called as `run(*arrays)`, and the function behind it is native from its
first instruction: it looks into the arrays itself (type, dtype, shape, flags), writes
their addresses where the jobs expect them, and runs. That takes 0.05 microseconds where
ctypes takes 0.3, and 1.5 more for the address of each array. Where objects lie in
memory otherwise than `layout_is_known` says, for example in another Python, `driver.py`
does the same in Python. Read next: `pool.py`.
"""

import ctypes
import platform
from string import Template
from typing import Any, Final

import numpy as np

from interactive_graphs.kernels.native import driver_text
from interactive_graphs.kernels.native.target import Target

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]

HEAD: Final = object.__basicsize__
"""Bytes of an object before what is its own; the last eight of them are its type."""

C_CONTIGUOUS: Final = 0x1
ALIGNED: Final = 0x100
WRITEABLE: Final = 0x400
"""numpy's flags of an array, part of its C interface."""

FUNCTIONS: Final = (
    "enter",
    "execute",
    "help",
    "seize",
    "yield_pool",
    "wake_all",
    "pauses",
)
"""What `kernel` writes the addresses of to its arguments, in this order."""

_ENTRY = """
@the_pool = internal global ptr null

; Whether an array is what a guard wants; then its address goes to the jobs.
define internal i1 @fits(ptr %object, ptr %guard, ptr %pool) nounwind {
entry:
  %p.type = getelementptr i8, ptr %object, i64 $TYPE_AT
  %type = load ptr, ptr %p.type
  %p.array.type = getelementptr i64, ptr %pool, i64 $array_type
  %array.type = load ptr, ptr %p.array.type
  %p.scalar.type = getelementptr i64, ptr %guard, i64 $SCALAR_TYPE
  %scalar.type = load ptr, ptr %p.scalar.type
  %p.wanted.dimensions = getelementptr i64, ptr %guard, i64 $DIMENSIONS
  %wanted.dimensions = load i64, ptr %p.wanted.dimensions
  %is.array = icmp eq ptr %type, %array.type
  br i1 %is.array, label %array, label %scalar
scalar:
  %p.value = getelementptr i8, ptr %object, i64 $HEAD
  %is.scalar = icmp eq ptr %type, %scalar.type
  %is.wanted = icmp eq i64 %wanted.dimensions, 0
  %p.wanted.flags = getelementptr i64, ptr %guard, i64 $FLAGS
  %scalar.flags = load i64, ptr %p.wanted.flags
  %written = and i64 %scalar.flags, $WRITEABLE
  %only.read = icmp eq i64 %written, 0
  %scalar.fits.1 = and i1 %is.scalar, %is.wanted
  %scalar.fits = and i1 %scalar.fits.1, %only.read
  br i1 %scalar.fits, label %patch, label %no
array:
  %p.dimensions = getelementptr i8, ptr %object, i64 $DIMENSIONS_AT
  %dimensions.32 = load i32, ptr %p.dimensions
  %dimensions = zext i32 %dimensions.32 to i64
  %same.rank = icmp eq i64 %dimensions, %wanted.dimensions
  %p.flags = getelementptr i8, ptr %object, i64 $FLAGS_AT
  %flags.32 = load i32, ptr %p.flags
  %flags = zext i32 %flags.32 to i64
  %p.needed = getelementptr i64, ptr %guard, i64 $FLAGS
  %needed = load i64, ptr %p.needed
  %flags.both = and i64 %flags, %needed
  %same.flags = icmp eq i64 %flags.both, %needed
  %p.descriptor = getelementptr i8, ptr %object, i64 $DESCRIPTOR_AT
  %descriptor = load ptr, ptr %p.descriptor
  %p.element.type = getelementptr i8, ptr %descriptor, i64 $HEAD
  %element.type = load ptr, ptr %p.element.type
  %same.type = icmp eq ptr %element.type, %scalar.type
  %p.order = getelementptr i8, ptr %descriptor, i64 $ORDER_AT
  %order = load i8, ptr %p.order
  %same.order = icmp ne i8 %order, $FOREIGN_ORDER
  %same.1 = and i1 %same.rank, %same.flags
  %same.2 = and i1 %same.type, %same.order
  %same = and i1 %same.1, %same.2
  br i1 %same, label %shape, label %no
shape:
  %p.data = getelementptr i8, ptr %object, i64 $HEAD
  %data = load ptr, ptr %p.data
  %p.sizes = getelementptr i8, ptr %object, i64 $SIZES_AT
  %sizes = load ptr, ptr %p.sizes
  %p.wanted = getelementptr i64, ptr %guard, i64 $SHAPE
  %wanted = load ptr, ptr %p.wanted
  br label %sizes.head
sizes.head:
  %i = phi i64 [ 0, %shape ], [ %i.next, %sizes.next ]
  %sizes.more = icmp slt i64 %i, %dimensions
  br i1 %sizes.more, label %size, label %patch
size:
  %p.size = getelementptr i64, ptr %sizes, i64 %i
  %size.here = load i64, ptr %p.size
  %p.size.wanted = getelementptr i64, ptr %wanted, i64 %i
  %size.wanted = load i64, ptr %p.size.wanted
  %same.size = icmp eq i64 %size.here, %size.wanted
  br i1 %same.size, label %sizes.next, label %no
sizes.next:
  %i.next = add i64 %i, 1
  br label %sizes.head
patch:
  %address = phi ptr [ %p.value, %scalar ], [ %data, %sizes.head ]
  %p.patches = getelementptr i64, ptr %guard, i64 $PATCHES
  %patches = load ptr, ptr %p.patches
  %p.count = getelementptr i64, ptr %guard, i64 $PATCH_COUNT
  %count = load i64, ptr %p.count
  br label %patch.head
patch.head:
  %j = phi i64 [ 0, %patch ], [ %j.next, %write ]
  %patch.more = icmp slt i64 %j, %count
  br i1 %patch.more, label %write, label %yes
write:
  %place = mul i64 %j, 2
  %p.to = getelementptr i64, ptr %patches, i64 %place
  %to = load ptr, ptr %p.to
  %p.offset = getelementptr i64, ptr %p.to, i64 1
  %offset = load i64, ptr %p.offset
  %there = getelementptr i8, ptr %address, i64 %offset
  store ptr %there, ptr %to
  %j.next = add i64 %j, 1
  br label %patch.head
yes:
  ret i1 true
no:
  ret i1 false
}

; Has Python start the helpers: in the first run, and again after a fork.
define internal void @start(ptr %pool) nounwind {
  %p.call = getelementptr i64, ptr %pool, i64 $PyObject_CallObject
  %call = load ptr, ptr %p.call
  %p.starter = getelementptr i64, ptr %pool, i64 $STARTER
  %starter = load ptr, ptr %p.starter
  %result = call ptr %call(ptr %starter, ptr null)
  %failed = icmp eq ptr %result, null
  br i1 %failed, label %forget, label %drop
forget:
  %p.clear = getelementptr i64, ptr %pool, i64 $PyErr_Clear
  %clear = load ptr, ptr %p.clear
  call void %clear()
  ret void
drop:
  %p.decrement = getelementptr i64, ptr %pool, i64 $Py_DecRef
  %decrement = load ptr, ptr %p.decrement
  call void %decrement(ptr %result)
  ret void
}

; METH_FASTCALL. True: it ran. False: something does not fit, and nothing was done.
define internal ptr @enter(ptr %self, ptr %arguments, i64 %count) nounwind {
entry:
  %pool = load ptr, ptr @the_pool
  %p.item = getelementptr i64, ptr %pool, i64 $PyTuple_GetItem
  %item = load ptr, ptr %p.item
  %number = call ptr %item(ptr %self, i64 0)
  %p.as.pointer = getelementptr i64, ptr %pool, i64 $PyLong_AsVoidPtr
  %as.pointer = load ptr, ptr %p.as.pointer
  %program = call ptr %as.pointer(ptr %number)
  %p.wanted = getelementptr i64, ptr %program, i64 $ARGUMENTS
  %wanted = load i64, ptr %p.wanted
  %right = icmp eq i64 %count, %wanted
  br i1 %right, label %enter, label %wrong
wrong:
  call void @raise(ptr %pool, i64 $type_error, i64 $wrong_count)
  ret ptr null
enter:
  ; One run at a time, since its buffers are the program's.
  %p.running = getelementptr i64, ptr %program, i64 $RUNNING
  %swap = cmpxchg ptr %p.running, i64 0, i64 1 acquire monotonic
  %free = extractvalue { i64, i1 } %swap, 1
  br i1 %free, label %check, label %refuse
check:
  %p.guards = getelementptr i64, ptr %program, i64 $GUARDS
  %guards = load ptr, ptr %p.guards
  br label %head
head:
  %i = phi i64 [ 0, %check ], [ %i.next, %good ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %look, label %ready
look:
  %p.object = getelementptr ptr, ptr %arguments, i64 %i
  %object = load ptr, ptr %p.object
  %place = mul i64 %i, $GUARD_WORDS
  %guard = getelementptr i64, ptr %guards, i64 %place
  %fits = call i1 @fits(ptr %object, ptr %guard, ptr %pool)
  br i1 %fits, label %good, label %unfit
good:
  %i.next = add i64 %i, 1
  br label %head
unfit:
  store atomic i64 0, ptr %p.running release, align 8
  br label %refuse
refuse:
  %no = call ptr @give(ptr %pool, i64 $false)
  ret ptr %no
ready:
  %p.own = getelementptr i64, ptr %program, i64 $POOL
  %own = load ptr, ptr %p.own
  %p.start = getelementptr i64, ptr %own, i64 $WANTED
  %start = load i64, ptr %p.start
  %p.alone = getelementptr i64, ptr %program, i64 $ALONE
  %alone = load i64, ptr %p.alone
  %shares = icmp eq i64 %alone, 0
  %wants = icmp ne i64 %start, 0
  %starts = and i1 %shares, %wants
  br i1 %starts, label %start.helpers, label %run
start.helpers:
  call void @start(ptr %own)
  br label %run
run:
  %result = call i32 @execute(ptr %program)
  store atomic i64 0, ptr %p.running release, align 8
  switch i32 %result, label %raised [ i32 $RAN, label %ran
                                      i32 $STOPPED, label %stopped ]
ran:
  %yes = call ptr @give(ptr %pool, i64 $true)
  ret ptr %yes
stopped:
  %p.stop = getelementptr i64, ptr %program, i64 $STOP
  store atomic i64 0, ptr %p.stop release, align 8
  call void @raise(ptr %pool, i64 $stopped, i64 $none)
  ret ptr null
raised:
  ret ptr null
}

define internal ptr @give(ptr %pool, i64 %word) nounwind {
  %p.object = getelementptr i64, ptr %pool, i64 %word
  %object = load ptr, ptr %p.object
  %p.increment = getelementptr i64, ptr %pool, i64 $Py_IncRef
  %increment = load ptr, ptr %p.increment
  call void %increment(ptr %object)
  ret ptr %object
}

define internal void @raise(ptr %pool, i64 %class.word, i64 %words) nounwind {
  %p.class = getelementptr i64, ptr %pool, i64 %class.word
  %class = load ptr, ptr %p.class
  %p.value = getelementptr i64, ptr %pool, i64 %words
  %value = load ptr, ptr %p.value
  %p.set = getelementptr i64, ptr %pool, i64 $PyErr_SetObject
  %set = load ptr, ptr %p.set
  call void %set(ptr %class, ptr %value)
  ret void
}
"""

_PAUSES = {
    # What a thread that spins says to its processor.
    "x86": ("call void @llvm.x86.sse2.pause()", "declare void @llvm.x86.sse2.pause()"),
    "arm": (
        "call void @llvm.aarch64.hint(i32 1)",
        "declare void @llvm.aarch64.hint(i32)",
    ),
}


def module_text(target: Target) -> str:
    """Returns the driver as one module.

    Its `kernel` writes the addresses of `FUNCTIONS` to `%args` and keeps `%scratch`,
    the pool.
    """
    pause, declaration = _PAUSES["arm" if target.name == "aarch64" else "x86"]
    lines = [
        f"  %p{place} = getelementptr ptr, ptr %args, i64 {place}\n"
        f"  store ptr @{name}, ptr %p{place}\n"
        for place, name in enumerate(FUNCTIONS)
    ]
    text = (
        f"{declaration}\n"
        f"define internal void @pause() nounwind {{\n  {pause}\n  ret void\n}}\n"
        + driver_text.SHARING
        + driver_text.JOB_LOOP
        + _ENTRY
        + "define void @kernel(ptr %args, i64 %begin, i64 %end, ptr %scratch) "
        + "nounwind {\n"
        # Any pool does for finding Python's functions, and none is ever freed.
        + "  store ptr %scratch, ptr @the_pool\n"
        + "".join(lines)
        + "  ret void\n}\n"
    )
    return Template(text).substitute(_numbers())


def _numbers() -> dict[str, int]:
    """What stands in the text as `$NAME`."""
    words = {
        name: value
        for name, value in vars(driver_text).items()
        if name.isupper() and isinstance(value, int)
    }
    calls = {
        name: driver_text.CALLS + place
        for place, name in enumerate(driver_text.FOREIGN)
    }
    return {
        **words,
        **calls,
        "HEAD": HEAD,
        "TYPE_AT": HEAD - 8,
        "DIMENSIONS_AT": HEAD + 8,
        "SIZES_AT": HEAD + 16,
        "DESCRIPTOR_AT": HEAD + 40,
        "FLAGS_AT": HEAD + 48,
        "ORDER_AT": HEAD + 10,
        "FOREIGN_ORDER": ord(">"),
        "WRITEABLE": WRITEABLE,
    }


def layout_is_known() -> bool:
    """Whether arrays and scalars lie in memory as the entry reads them.

    Every field that the entry reads is compared with what Python says of it.
    """
    if platform.python_implementation() != "CPython" or HEAD < 16:
        return False
    arrays: list[Numbers] = [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.arange(6, dtype=np.int64).reshape(2, 3).T,
        np.zeros((), np.bool_),
        np.arange(4, dtype=">i2")[::2],
    ]
    arrays[0].flags.writeable = False
    scalars: tuple[np.generic, ...] = (
        np.float32(3.5),
        np.float64(-2.5),
        np.int64(7),
        np.bool_(True),
    )
    return all(map(_array_is_known, arrays)) and all(map(_scalar_is_known, scalars))


def _word(address: int) -> int:
    return ctypes.c_uint64.from_address(address).value


def _array_is_known(array: Numbers) -> bool:
    at = id(array)
    numbers = _numbers()
    if _word(at + numbers["TYPE_AT"]) != id(np.ndarray):
        return False
    descriptor = _word(at + numbers["DESCRIPTOR_AT"])
    rank = ctypes.c_int32.from_address(at + numbers["DIMENSIONS_AT"]).value
    flags = ctypes.c_int32.from_address(at + numbers["FLAGS_AT"]).value
    # Each check makes the next one safe to read.
    if descriptor != id(array.dtype) or rank != array.ndim or flags != array.flags.num:
        return False
    sizes = _word(at + numbers["SIZES_AT"])
    shape = tuple(_word(sizes + 8 * axis) for axis in range(rank))
    order = ctypes.c_char.from_address(descriptor + numbers["ORDER_AT"]).value
    return (
        shape == array.shape
        and _word(at + HEAD) == array.ctypes.data
        and _word(descriptor + HEAD) == id(array.dtype.type)
        and order.decode() == array.dtype.byteorder
    )


def _scalar_is_known(scalar: np.generic) -> bool:
    if _word(id(scalar) + HEAD - 8) != id(type(scalar)):
        return False
    return ctypes.string_at(id(scalar) + HEAD, scalar.itemsize) == scalar.tobytes()

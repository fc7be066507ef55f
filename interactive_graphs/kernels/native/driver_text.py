"""The native side of the driver, as LLVM IR: job loop, sharing of chunks, helpers.

Records are arrays of 64-bit words that Python fills in; `$NAME` in the text is the
number of a word. Words that several threads write stand on cache lines of their own.

Sharing works by one word, the ticket: the number of chunks in its upper half, the next
chunk that nobody has yet in its lower half. To claim a chunk is to add one. Whoever got
a number below the number of chunks has a chunk of the job in the slot, and the slot
cannot change before that chunk is done, since the caller waits for all of them; whoever
got another number touches nothing. A helper without work spins for a short while, then
counts itself as asleep, looks once more and waits for its lock; who publishes work
first publishes, then looks for sleepers, so no wake-up is lost.
Read next: `driver_entry.py`, how Python comes in, then `pool.py`.
"""

from typing import Final

# Of the pool. Numbers leave a cache line, eight words, between what is contended.
TICKET: Final = 0
DONE: Final = 8
SLOT_FUNCTION: Final = 16
SLOT_ARGS: Final = 17
SLOT_UNITS: Final = 18
BUSY: Final = 24
SLEEPERS: Final = 32
HELPERS: Final = 40
WANTED: Final = 41
QUIT: Final = 42
SPINS: Final = 43
TABLE: Final = 44
STARTER: Final = 45
ALLOWED: Final = 46
CALLS: Final = 48
POOL_WORDS: Final = 80

# Of the pool, from CALLS on: addresses of C functions and Python objects.
FOREIGN: Final = (
    "PyThread_acquire_lock",
    "PyThread_release_lock",
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    "PyErr_CheckSignals",
    "PyErr_Clear",
    "PyErr_SetObject",
    "PyObject_CallObject",
    "PyTuple_GetItem",
    "PyLong_AsVoidPtr",
    "Py_IncRef",
    "Py_DecRef",
    "yield",
    "array_type",
    "true",
    "false",
    "none",
    "stopped",
    "type_error",
    "wrong_count",
)

# Of a helper's record.
ASLEEP: Final = 0
LOCK: Final = 1
SCRATCH: Final = 2
CHUNKS_RUN: Final = 3
HELPER_WORDS: Final = 8

# Of a program.
JOBS: Final = 0
JOB_TABLE: Final = 1
ARGUMENTS: Final = 2
GUARDS: Final = 3
RELEASES_GIL: Final = 4
OWN_SCRATCH: Final = 5
ALONE: Final = 6
POOL: Final = 7
STOP: Final = 8
RUNNING: Final = 9
ALLOWS: Final = 10
PROGRAM_WORDS: Final = 16

# Of a job.
FUNCTION: Final = 0
ARGS: Final = 1
UNITS: Final = 2
CHUNKS: Final = 3
COST: Final = 4
JOB_WORDS: Final = 8

# Of a guard: what an argument must be, and where its address goes.
SCALAR_TYPE: Final = 0
DIMENSIONS: Final = 1
SHAPE: Final = 2
FLAGS: Final = 3
PATCHES: Final = 4
PATCH_COUNT: Final = 5
GUARD_WORDS: Final = 8

# How a run ended.
RAN, STOPPED, RAISED = 0, 1, 2

SIGNAL_NANOSECONDS: Final = 50_000_000
"""Of estimated work between two looks for signals."""

SHARING = """
define internal void @chunk(ptr %function, ptr %args, i64 %units, i64 %chunks,
                            i64 %number, ptr %scratch) nounwind {
  %after = add i64 %number, 1
  %a = mul i64 %units, %number
  %begin = udiv i64 %a, %chunks
  %b = mul i64 %units, %after
  %end = udiv i64 %b, %chunks
  call void %function(ptr %args, i64 %begin, i64 %end, ptr %scratch)
  ret void
}

; Runs a chunk of the job in the slot if there is one: whether there was.
; %p.scratch is read after the claim: before it the memory may still be replaced.
define internal i1 @take(ptr %pool, ptr %p.scratch) nounwind {
  %p.ticket = getelementptr i64, ptr %pool, i64 $TICKET
  %seen = load atomic i64, ptr %p.ticket acquire, align 8
  %seen.next = and i64 %seen, 4294967295
  %seen.chunks = lshr i64 %seen, 32
  %maybe = icmp ult i64 %seen.next, %seen.chunks
  br i1 %maybe, label %claim, label %none
claim:
  %got = atomicrmw add ptr %p.ticket, i64 1 acq_rel
  %number = and i64 %got, 4294967295
  %chunks = lshr i64 %got, 32
  %mine = icmp ult i64 %number, %chunks
  br i1 %mine, label %run, label %none
run:
  %p.function = getelementptr i64, ptr %pool, i64 $SLOT_FUNCTION
  %p.args = getelementptr i64, ptr %pool, i64 $SLOT_ARGS
  %p.units = getelementptr i64, ptr %pool, i64 $SLOT_UNITS
  %function = load ptr, ptr %p.function
  %args = load ptr, ptr %p.args
  %units = load i64, ptr %p.units
  %scratch = load ptr, ptr %p.scratch
  call void @chunk(ptr %function, ptr %args, i64 %units, i64 %chunks,
                   i64 %number, ptr %scratch)
  %p.done = getelementptr i64, ptr %pool, i64 $DONE
  %d = atomicrmw add ptr %p.done, i64 1 release
  ret i1 true
none:
  ret i1 false
}

; Wakes up to %count sleeping helpers.
define internal void @wake(ptr %pool, i64 %count) nounwind {
entry:
  %p.sleepers = getelementptr i64, ptr %pool, i64 $SLEEPERS
  %sleepers = load atomic i64, ptr %p.sleepers seq_cst, align 8
  %any = icmp sgt i64 %sleepers, 0
  br i1 %any, label %search, label %out
search:
  %p.helpers = getelementptr i64, ptr %pool, i64 $HELPERS
  %helpers = load i64, ptr %p.helpers
  %p.table = getelementptr i64, ptr %pool, i64 $TABLE
  %table = load ptr, ptr %p.table
  %p.release = getelementptr i64, ptr %pool, i64 $PyThread_release_lock
  %release = load ptr, ptr %p.release
  br label %head
head:
  %i = phi i64 [ 0, %search ], [ %i.next, %next ]
  %left = phi i64 [ %count, %search ], [ %left.next, %next ]
  %i.more = icmp slt i64 %i, %helpers
  %wanted = icmp sgt i64 %left, 0
  %more = and i1 %i.more, %wanted
  br i1 %more, label %look, label %out
look:
  %place = mul i64 %i, $HELPER_WORDS
  %helper = getelementptr i64, ptr %table, i64 %place
  %swap = cmpxchg ptr %helper, i64 1, i64 0 seq_cst seq_cst
  %slept = extractvalue { i64, i1 } %swap, 1
  br i1 %slept, label %post, label %next
post:
  %less = atomicrmw sub ptr %p.sleepers, i64 1 seq_cst
  %p.lock = getelementptr i64, ptr %helper, i64 $LOCK
  %lock = load ptr, ptr %p.lock
  call void %release(ptr %lock)
  %left.less = sub i64 %left, 1
  br label %next
next:
  %left.next = phi i64 [ %left, %look ], [ %left.less, %post ]
  %i.next = add i64 %i, 1
  br label %head
out:
  ret void
}

; Runs a job together with the helpers; returns when all of it is done.
define internal void @share(ptr %pool, ptr %function, ptr %args, i64 %units,
                            i64 %chunks, ptr %p.scratch) nounwind {
entry:
  %p.function = getelementptr i64, ptr %pool, i64 $SLOT_FUNCTION
  %p.args = getelementptr i64, ptr %pool, i64 $SLOT_ARGS
  %p.units = getelementptr i64, ptr %pool, i64 $SLOT_UNITS
  %p.done = getelementptr i64, ptr %pool, i64 $DONE
  %p.ticket = getelementptr i64, ptr %pool, i64 $TICKET
  %p.yield = getelementptr i64, ptr %pool, i64 $yield
  %yield = load ptr, ptr %p.yield
  %can.yield = icmp ne ptr %yield, null
  %p.spins = getelementptr i64, ptr %pool, i64 $SPINS
  %spins = load i64, ptr %p.spins
  %patience = lshr i64 %spins, 1
  store ptr %function, ptr %p.function
  store ptr %args, ptr %p.args
  store i64 %units, ptr %p.units
  store atomic i64 0, ptr %p.done monotonic, align 8
  %ticket = shl i64 %chunks, 32
  ; An exchange, since later loads may not be taken before it.
  %before = atomicrmw xchg ptr %p.ticket, i64 %ticket seq_cst
  ; Two at most: helpers that wake up wake others.
  %others = sub i64 %chunks, 1
  %few = call i64 @llvm.umin.i64(i64 %others, i64 2)
  call void @wake(ptr %pool, i64 %few)
  br label %work
work:
  %worked = call i1 @take(ptr %pool, ptr %p.scratch)
  br i1 %worked, label %work, label %wait
wait:
  %turn = phi i64 [ 0, %work ], [ %turn.next, %again ]
  %done = load atomic i64, ptr %p.done acquire, align 8
  %finished = icmp eq i64 %done, %chunks
  br i1 %finished, label %out, label %pause
pause:
  call void @pause()
  %turn.next = add i64 %turn, 1
  ; The helper may be waiting for this very core.
  %long = icmp ugt i64 %turn, %patience
  %give = and i1 %long, %can.yield
  br i1 %give, label %give.way, label %again
give.way:
  %ignored = call i32 %yield()
  br label %again
again:
  br label %wait
out:
  ret void
}

; Whether a helper may help the program that has the pool, which wants only so many. One
; that learns of it late does a chunk too many, which is no harm.
define internal i1 @may_help(ptr %pool, i64 %index) nounwind {
  %p.allowed = getelementptr i64, ptr %pool, i64 $ALLOWED
  %allowed = load atomic i64, ptr %p.allowed monotonic, align 8
  %may = icmp ult i64 %index, %allowed
  ret i1 %may
}

; What a helper thread does until it is told to quit.
define internal void @help(ptr %pool, i64 %index) nounwind {
entry:
  %p.table = getelementptr i64, ptr %pool, i64 $TABLE
  %table = load ptr, ptr %p.table
  %place = mul i64 %index, $HELPER_WORDS
  %helper = getelementptr i64, ptr %table, i64 %place
  %p.lock = getelementptr i64, ptr %helper, i64 $LOCK
  %lock = load ptr, ptr %p.lock
  %p.scratch = getelementptr i64, ptr %helper, i64 $SCRATCH
  %p.run = getelementptr i64, ptr %helper, i64 $CHUNKS_RUN
  %p.quit = getelementptr i64, ptr %pool, i64 $QUIT
  %p.spins = getelementptr i64, ptr %pool, i64 $SPINS
  %spins = load i64, ptr %p.spins
  %p.sleepers = getelementptr i64, ptr %pool, i64 $SLEEPERS
  %p.ticket = getelementptr i64, ptr %pool, i64 $TICKET
  %p.acquire = getelementptr i64, ptr %pool, i64 $PyThread_acquire_lock
  %acquire = load ptr, ptr %p.acquire
  br label %poll
poll:
  %spun = phi i64 [ 0, %entry ], [ 0, %count ], [ 0, %woken ], [ %spun.next, %rest ]
  %may = call i1 @may_help(ptr %pool, i64 %index)
  br i1 %may, label %try, label %idle
try:
  %worked = call i1 @take(ptr %pool, ptr %p.scratch)
  br i1 %worked, label %count, label %idle
count:
  %run = load atomic i64, ptr %p.run monotonic, align 8
  %run.next = add i64 %run, 1
  store atomic i64 %run.next, ptr %p.run monotonic, align 8
  br label %poll
idle:
  %quit = load atomic i64, ptr %p.quit acquire, align 8
  %leave = icmp ne i64 %quit, 0
  br i1 %leave, label %out, label %stay
stay:
  %spun.next = add i64 %spun, 1
  %tired = icmp ugt i64 %spun.next, %spins
  br i1 %tired, label %lie.down, label %rest
rest:
  call void @pause()
  br label %poll
lie.down:
  %more = atomicrmw add ptr %p.sleepers, i64 1 seq_cst
  %flag = atomicrmw xchg ptr %helper, i64 1 seq_cst
  %ticket = load atomic i64, ptr %p.ticket seq_cst, align 8
  %next = and i64 %ticket, 4294967295
  %chunks = lshr i64 %ticket, 32
  %has.work = icmp ult i64 %next, %chunks
  %may2 = call i1 @may_help(ptr %pool, i64 %index)
  %work = and i1 %has.work, %may2
  %quit2 = load atomic i64, ptr %p.quit seq_cst, align 8
  %leave2 = icmp ne i64 %quit2, 0
  %up = or i1 %work, %leave2
  br i1 %up, label %get.up, label %sleep
get.up:
  %swap = cmpxchg ptr %helper, i64 1, i64 0 seq_cst seq_cst
  %self = extractvalue { i64, i1 } %swap, 1
  ; Somebody else woke this helper just now: the lock was released for it.
  br i1 %self, label %alone, label %sleep
alone:
  %less = atomicrmw sub ptr %p.sleepers, i64 1 seq_cst
  br label %woken
sleep:
  %ignored = call i32 %acquire(ptr %lock, i32 1)
  br label %woken
woken:
  %ticket2 = load atomic i64, ptr %p.ticket seq_cst, align 8
  %next2 = and i64 %ticket2, 4294967295
  %next3 = add i64 %next2, 1
  %chunks2 = lshr i64 %ticket2, 32
  %enough = icmp ult i64 %next3, %chunks2
  %wakes = zext i1 %enough to i64
  call void @wake(ptr %pool, i64 %wakes)
  br label %poll
out:
  ret void
}

; For whoever changes the pool: whether it is now theirs.
define internal i32 @seize(ptr %pool) nounwind {
  %p.busy = getelementptr i64, ptr %pool, i64 $BUSY
  %swap = cmpxchg ptr %p.busy, i64 0, i64 1 acquire monotonic
  %mine = extractvalue { i64, i1 } %swap, 1
  %number = zext i1 %mine to i32
  ret i32 %number
}

define internal void @yield_pool(ptr %pool) nounwind {
  %p.busy = getelementptr i64, ptr %pool, i64 $BUSY
  store atomic i64 0, ptr %p.busy release, align 8
  ret void
}

define internal void @wake_all(ptr %pool) nounwind {
  call void @wake(ptr %pool, i64 1000000)
  ret void
}

; To measure how long a pause is.
define internal void @pauses(i64 %count) nounwind {
entry:
  br label %turn
turn:
  %i = phi i64 [ 0, %entry ], [ %next, %turn ]
  call void @pause()
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %count
  br i1 %more, label %turn, label %out
out:
  ret void
}

declare i64 @llvm.umin.i64(i64, i64)
"""

JOB_LOOP = """
; Runs the jobs of a program one after another: RAN, STOPPED or RAISED.
; %thread is the Python thread that let the interpreter go, or null if it holds it.
define internal i32 @jobs(ptr %program, ptr %p.thread) nounwind {
entry:
  %p.pool = getelementptr i64, ptr %program, i64 $POOL
  %pool = load ptr, ptr %p.pool
  %p.jobs = getelementptr i64, ptr %program, i64 $JOBS
  %jobs = load i64, ptr %p.jobs
  %p.table = getelementptr i64, ptr %program, i64 $JOB_TABLE
  %table = load ptr, ptr %p.table
  %p.scratch = getelementptr i64, ptr %program, i64 $OWN_SCRATCH
  %scratch = load ptr, ptr %p.scratch
  %p.stop = getelementptr i64, ptr %program, i64 $STOP
  %p.alone = getelementptr i64, ptr %program, i64 $ALONE
  %alone = load i64, ptr %p.alone
  %p.helpers = getelementptr i64, ptr %pool, i64 $HELPERS
  %helpers = load i64, ptr %p.helpers
  %no.helpers = icmp eq i64 %helpers, 0
  %wants.none = icmp ne i64 %alone, 0
  %by.itself = or i1 %no.helpers, %wants.none
  br i1 %by.itself, label %begin, label %ask
ask:
  %seized = call i32 @seize(ptr %pool)
  %is.seized = icmp ne i32 %seized, 0
  br i1 %is.seized, label %allow, label %begin
allow:
  %p.allows = getelementptr i64, ptr %program, i64 $ALLOWS
  %allows = load i64, ptr %p.allows
  %p.allowed = getelementptr i64, ptr %pool, i64 $ALLOWED
  store atomic i64 %allows, ptr %p.allowed monotonic, align 8
  br label %begin
begin:
  %own = phi i32 [ 0, %entry ], [ 0, %ask ], [ %seized, %allow ]
  %shared = icmp ne i32 %own, 0
  br label %head
head:
  %i = phi i64 [ 0, %begin ], [ %i.next, %next ]
  %since = phi i64 [ 0, %begin ], [ %since.next, %next ]
  %more = icmp slt i64 %i, %jobs
  br i1 %more, label %look, label %out
look:
  %stop = load atomic i64, ptr %p.stop monotonic, align 8
  %stopping = icmp ne i64 %stop, 0
  br i1 %stopping, label %out, label %job
job:
  %place = mul i64 %i, $JOB_WORDS
  %p.job = getelementptr i64, ptr %table, i64 %place
  %function = load ptr, ptr %p.job
  %p.args = getelementptr i64, ptr %p.job, i64 $ARGS
  %args = load ptr, ptr %p.args
  %p.units = getelementptr i64, ptr %p.job, i64 $UNITS
  %units = load i64, ptr %p.units
  %p.chunks = getelementptr i64, ptr %p.job, i64 $CHUNKS
  %chunks = load i64, ptr %p.chunks
  %p.cost = getelementptr i64, ptr %p.job, i64 $COST
  %cost = load i64, ptr %p.cost
  %several = icmp ugt i64 %chunks, 1
  %together = and i1 %several, %shared
  br i1 %together, label %share, label %single
share:
  call void @share(ptr %pool, ptr %function, ptr %args, i64 %units, i64 %chunks,
                   ptr %p.scratch)
  br label %signals
single:
  call void %function(ptr %args, i64 0, i64 %units, ptr %scratch)
  br label %signals
signals:
  %since.now = add i64 %since, %cost
  %due = icmp ugt i64 %since.now, $SIGNAL_NANOSECONDS
  br i1 %due, label %check, label %next
check:
  %raised = call i32 @check_signals(ptr %pool, ptr %p.thread)
  %interrupted = icmp ne i32 %raised, 0
  br i1 %interrupted, label %out, label %next
next:
  %since.next = phi i64 [ %since.now, %signals ], [ 0, %check ]
  %i.next = add i64 %i, 1
  br label %head
out:
  %result = phi i32 [ $RAN, %head ], [ $STOPPED, %look ], [ $RAISED, %check ]
  br i1 %shared, label %give.back, label %end
give.back:
  call void @yield_pool(ptr %pool)
  br label %end
end:
  ret i32 %result
}

; Lets Python run its signal handlers: not 0 if one of them raised.
define internal i32 @check_signals(ptr %pool, ptr %p.thread) nounwind {
entry:
  %p.restore = getelementptr i64, ptr %pool, i64 $PyEval_RestoreThread
  %p.save = getelementptr i64, ptr %pool, i64 $PyEval_SaveThread
  %p.check = getelementptr i64, ptr %pool, i64 $PyErr_CheckSignals
  %restore = load ptr, ptr %p.restore
  %save = load ptr, ptr %p.save
  %check = load ptr, ptr %p.check
  %thread = load ptr, ptr %p.thread
  %away = icmp ne ptr %thread, null
  br i1 %away, label %back, label %here
back:
  call void %restore(ptr %thread)
  br label %here
here:
  %raised = call i32 %check()
  br i1 %away, label %leave, label %out
leave:
  %again = call ptr %save()
  store ptr %again, ptr %p.thread
  br label %out
out:
  ret i32 %raised
}

; Runs a program, with the interpreter let go if it is to be; called with it held.
define internal i32 @execute(ptr %program) nounwind {
entry:
  %p.thread = alloca ptr, align 8
  store ptr null, ptr %p.thread
  %p.pool = getelementptr i64, ptr %program, i64 $POOL
  %pool = load ptr, ptr %p.pool
  %p.releases = getelementptr i64, ptr %program, i64 $RELEASES_GIL
  %releases = load i64, ptr %p.releases
  %let.go = icmp ne i64 %releases, 0
  br i1 %let.go, label %release, label %run
release:
  %p.save = getelementptr i64, ptr %pool, i64 $PyEval_SaveThread
  %save = load ptr, ptr %p.save
  %saved = call ptr %save()
  store ptr %saved, ptr %p.thread
  br label %run
run:
  %result = call i32 @jobs(ptr %program, ptr %p.thread)
  br i1 %let.go, label %restore, label %out
restore:
  %p.restore = getelementptr i64, ptr %pool, i64 $PyEval_RestoreThread
  %take = load ptr, ptr %p.restore
  %thread = load ptr, ptr %p.thread
  call void %take(ptr %thread)
  br label %out
out:
  ret i32 %result
}
"""

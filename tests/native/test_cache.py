"""Machine code on disk: private, sealed, bounded, and never trusted."""

import multiprocessing
import os
import stat
import sys
import time
import types
from pathlib import Path

import pytest

from interactive_graphs.kernels.native import cache as caches
from interactive_graphs.kernels.native.cache import Cache, default_directory

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "made" / "when" / "needed"


@pytest.fixture
def store(directory):
    store = Cache(directory)
    store.write("name", b"machine code" * 100)
    return store


def file_of(directory, name="name"):
    return directory / f"{name}.object"


def test_gives_back_what_was_written(store, directory):
    assert store.read("name") == b"machine code" * 100
    assert Cache(directory).read("name") == b"machine code" * 100
    assert store.read("other") is None
    store.write("name", b"new")
    assert store.read("name") == b"new"
    store.write("empty", b"")
    assert store.read("empty") == b""


def test_reading_makes_nothing(directory):
    assert Cache(directory).read("name") is None
    assert not directory.exists()


def test_nowhere_keeps_nothing():
    store = Cache(None)
    store.write("name", b"code")
    store.tidy()
    assert store.read("name") is None


@posix
def test_directory_and_files_are_closed_to_others(store, directory):
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {0o600}


@posix
def test_nothing_is_left_half_written(store, directory):
    assert sorted(p.name for p in directory.iterdir()) == ["key", "name.object"]


def corrupt_byte(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: corrupt_byte(content, 0),
        lambda content: corrupt_byte(content, 30),
        lambda content: corrupt_byte(content, len(content) - 1),
        lambda content: corrupt_byte(content, len(content) // 2),
        lambda content: bytes(len(content)),
    ],
)
def test_damaged_files_are_as_if_not_there(store, directory, damage):
    path = file_of(directory)
    path.write_bytes(damage(path.read_bytes()))
    assert store.read("name") is None
    store.write("name", b"again")
    assert store.read("name") == b"again"


def test_a_file_under_another_name_is_not_read(store, directory):
    os.rename(file_of(directory), file_of(directory, "gemm"))
    assert store.read("gemm") is None


def test_a_file_sealed_by_another_user_is_not_read(store, directory, tmp_path):
    foreign = Cache(tmp_path / "foreign")
    foreign.write("name", b"evil code")
    file_of(directory).write_bytes(file_of(foreign.directory).read_bytes())
    assert store.read("name") is None


def test_without_its_key_nothing_is_read(store, directory):
    (directory / "key").unlink()
    assert Cache(directory).read("name") is None
    again = Cache(directory)
    again.write("other", b"code")
    assert again.read("other") == b"code"
    assert again.read("name") is None  # sealed with the lost key


def test_a_key_that_was_cut_off_is_made_again(store, directory):
    (directory / "key").write_bytes(b"short")
    again = Cache(directory)
    again.write("other", b"code")
    assert again.read("other") == b"code"


@posix
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602, 0o601])
def test_files_open_to_others_are_not_read(store, directory, mode):
    file_of(directory).chmod(mode)
    assert store.read("name") is None


@posix
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777, 0o701])
def test_a_directory_open_to_others_is_not_used(store, directory, mode):
    directory.chmod(mode)
    assert store.read("name") is None
    store.write("more", b"code")
    assert not file_of(directory, "more").exists()


@posix
def test_a_key_open_to_others_is_not_used(store, directory):
    (directory / "key").chmod(0o644)
    assert Cache(directory).read("name") is None


@posix
def test_what_belongs_to_another_user_is_not_read(store, directory, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert store.read("name") is None
    store.write("more", b"code")
    assert not file_of(directory, "more").exists()


@posix
def test_links_and_pipes_are_not_read(store, directory, tmp_path):
    content = file_of(directory).read_bytes()
    target = tmp_path / "target"
    target.write_bytes(content)
    target.chmod(0o600)
    file_of(directory).unlink()
    file_of(directory).symlink_to(target)
    assert store.read("name") is None
    file_of(directory).unlink()
    os.mkfifo(file_of(directory), 0o600)
    assert store.read("name") is None  # and does not wait for a writer


@posix
def test_a_directory_that_is_a_link_is_not_used(store, directory, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(directory)
    assert Cache(link).read("name") is None


def test_a_directory_that_cannot_be_made_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = Cache(tmp_path / "file" / "below")
    store.write("name", b"code")
    assert store.read("name") is None


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write")
def test_a_directory_that_cannot_be_written_keeps_nothing(store, directory):
    directory.chmod(0o500)
    store.write("more", b"code")
    assert store.read("name") is not None
    directory.chmod(0o700)


def test_a_full_disk_is_no_error(store, directory, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    store.write("more", b"code")
    assert store.read("more") is None
    assert not list(directory.glob("*.part"))


def test_the_oldest_go_when_there_is_too_much(directory):
    store = Cache(directory, limit=3000)
    now = time.time()
    for number in range(6):
        store.write(str(number), bytes(900))
        os.utime(file_of(directory, str(number)), (now + number, now + number))
    os.utime(file_of(directory, "1"), (now + 10, now + 10))  # it was used again
    store.tidy()
    left = {path.stem for path in directory.glob("*.object")}
    assert left == {"1", "4", "5"}
    assert (directory / "key").exists()


def test_reading_makes_a_file_young(store, directory):
    os.utime(file_of(directory), (1000, 1000))
    store.read("name")
    assert file_of(directory).stat().st_mtime > time.time() - 100


def test_tidying_happens_by_itself(directory):
    store = Cache(directory, limit=5000)
    for number in range(200):
        store.write(str(number), bytes(900))
    assert len(list(directory.glob("*.object"))) < 100


def test_left_overs_of_killed_processes_go(store, directory):
    for name, age in (("old.part", 7200), ("new.part", 10)):
        (directory / name).write_bytes(b"half")
        os.utime(directory / name, (time.time() - age,) * 2)
    store.tidy()
    assert not (directory / "old.part").exists()
    assert (directory / "new.part").exists()


def write_many(directory, together):
    store = Cache(Path(directory))
    together.wait()
    for number in range(40):
        store.write(str(number), b"code" * 1000)
        assert store.read(str(number)) in (b"code" * 1000, None)


def test_processes_that_begin_together_share_one_key(directory, monkeypatch):
    # A new process imports what is the main module here, and tests of magics leave a
    # notebook's, which is nowhere to be found.
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(3)
    given = (directory, together)
    jobs = [context.Process(target=write_many, args=given) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()  # how long three Pythons take to begin is for the machine to say
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    store = Cache(directory)
    assert all(store.read(str(number)) == b"code" * 1000 for number in range(40))


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.delenv("INTERACTIVE_GRAPHS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return monkeypatch


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="XDG is for others")
def test_the_directory_is_where_the_system_wants_it(environment, tmp_path):
    environment.setenv("HOME", str(tmp_path))
    assert default_directory() == tmp_path / ".cache/interactive_graphs/native"
    environment.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert default_directory() == Path("/elsewhere/interactive_graphs/native")
    environment.setenv("XDG_CACHE_HOME", "not/absolute")
    assert default_directory() == tmp_path / ".cache/interactive_graphs/native"


@pytest.mark.parametrize(
    ("platform", "directory"),
    [
        ("darwin", "Library/Caches/interactive_graphs/native"),
        ("win32", "AppData/Local/interactive_graphs/native"),
    ],
)
def test_other_systems_have_other_places(environment, tmp_path, platform, directory):
    environment.setenv("HOME", str(tmp_path))
    environment.setenv("USERPROFILE", str(tmp_path))
    environment.delenv("LOCALAPPDATA", raising=False)
    environment.setattr(sys, "platform", platform)
    assert default_directory() == tmp_path / directory


def test_the_environment_names_a_place_or_none(environment, tmp_path):
    environment.setenv("INTERACTIVE_GRAPHS_CACHE", str(tmp_path / "here"))
    assert default_directory() == tmp_path / "here"
    assert caches.user_cache().directory == tmp_path / "here"
    assert caches.user_cache() is caches.user_cache()
    environment.setenv("INTERACTIVE_GRAPHS_CACHE", "off")
    assert default_directory() is None
    assert caches.user_cache().directory is None


def test_a_user_without_a_home_has_no_cache(environment):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    environment.setattr(Path, "home", homeless)
    assert default_directory() is None

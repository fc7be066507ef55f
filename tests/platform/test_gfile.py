"""`tf.gfile`: TensorFlow's behaviour and its errors."""

import os

import pytest

import interactive_graphs as tf


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text("hello\nworld\nüx", encoding="utf-8")
    (tmp_path / "bin").write_bytes(b"\xff\xfe\n\x00")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x").write_text("1")
    return str(tmp_path)


def test_what_is_there(folder):
    assert tf.gfile.Exists(folder)
    assert not tf.gfile.Exists(f"{folder}/no")
    assert tf.gfile.IsDirectory(folder)
    assert not tf.gfile.IsDirectory(f"{folder}/a.txt")
    assert sorted(tf.gfile.ListDirectory(folder)) == ["a.txt", "bin", "sub"]
    assert tf.gfile.Glob(f"{folder}/a*") == [f"{folder}/a.txt"]
    both = tf.gfile.Glob([f"{folder}/a*", f"{folder}/s*"])
    assert both == [f"{folder}/a.txt", f"{folder}/sub"]
    assert tf.gfile.Stat(f"{folder}/a.txt").length == 15
    assert tf.gfile.Stat(f"{folder}/a.txt").mtime_nsec > 10**18
    assert tf.gfile.Stat(folder).is_directory


def test_reading(folder):
    path = f"{folder}/a.txt"
    assert tf.gfile.GFile(path).read() == "hello\nworld\nüx"
    assert tf.gfile.FastGFile(path, "rb").read() == b"hello\nworld\n\xc3\xbcx"
    assert tf.gfile.Open(path).readlines() == ["hello\n", "world\n", "üx"]
    with tf.gfile.GFile(path) as file:
        assert (file.name, file.mode, file.size()) == (path, "r", 15)
        assert file.read(2) == "he"
        assert file.tell() == 2
        file.seek(0)
        assert file.readline() == "hello\n"
        assert file.next() == "world\n"
        file.seek(offset=-1, whence=2)
        assert list(file) == ["x"]
        with pytest.raises(StopIteration):
            file.next()
    assert file.read(5) == "hello"  # opened again


def test_writing(folder):
    path = f"{folder}/new"
    with tf.gfile.GFile(path, "w") as file:
        file.write("one ü")
        file.write(b" two")
        assert file.tell() == 10
        file.flush()
        assert tf.gfile.GFile(path).read() == "one ü two"
    with tf.gfile.GFile(path, "a") as file:
        file.write("!")
    assert tf.gfile.GFile(path, "rb").read() == "one ü two!".encode()
    with tf.gfile.GFile(path, "w+") as file:
        file.write("both")
        assert file.read() == "both"


def test_a_forgotten_file_is_written(folder):
    tf.gfile.GFile(f"{folder}/new", "w").write("text")
    assert tf.gfile.GFile(f"{folder}/new").read() == "text"


def test_changes(folder):
    tf.gfile.MkDir(f"{folder}/m")
    tf.gfile.MkDir(f"{folder}/m")
    tf.gfile.MakeDirs(f"{folder}/q/r")
    tf.gfile.MakeDirs(f"{folder}/q/r")
    tf.gfile.Copy(f"{folder}/a.txt", f"{folder}/b.txt")
    tf.gfile.Copy(f"{folder}/bin", f"{folder}/b.txt", overwrite=True)
    assert tf.gfile.GFile(f"{folder}/b.txt", "rb").read() == b"\xff\xfe\n\x00"
    tf.gfile.Rename(f"{folder}/b.txt", f"{folder}/m/c")
    tf.gfile.Remove(f"{folder}/m/c")
    walked = {path: (dirs, files) for path, dirs, files in tf.gfile.Walk(folder)}
    assert walked[f"{folder}/q"] == (["r"], [])
    assert walked[f"{folder}/sub"] == ([], ["x"])
    assert next(iter(tf.gfile.Walk(folder, in_order=False)))[0] != folder
    tf.gfile.DeleteRecursively(f"{folder}/a.txt")
    tf.gfile.DeleteRecursively(folder)
    assert not os.path.exists(folder)


E = tf.errors
ERRORS = [
    (lambda d: tf.gfile.ListDirectory(f"{d}/no"), E.NotFoundError, "Could not find directory D/no"),
    (lambda d: tf.gfile.MkDir(f"{d}/q/r"), E.NotFoundError, "D/q/r; No such file or directory"),
    (lambda d: tf.gfile.MakeDirs(f"{d}/bin"), E.FailedPreconditionError, "D/bin is not a directory"),
    (lambda d: tf.gfile.MakeDirs(f"{d}/bin/x"), E.FailedPreconditionError, "D/bin/x is not a directory"),
    (lambda d: tf.gfile.Remove(f"{d}/no"), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.Remove(f"{d}/sub"), E.FailedPreconditionError, "D/sub; Is a directory"),
    (lambda d: tf.gfile.Rename(f"{d}/no", f"{d}/n"), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.Rename(f"{d}/bin", f"{d}/a.txt"), E.AlreadyExistsError, "file already exists"),
    (lambda d: tf.gfile.Copy(f"{d}/bin", f"{d}/a.txt"), E.AlreadyExistsError, "file already exists"),
    (lambda d: tf.gfile.Copy(f"{d}/no", f"{d}/n"), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.Stat(f"{d}/no"), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.DeleteRecursively(f"{d}/no"), E.NotFoundError, "D/no not found"),
    (lambda d: tf.gfile.GFile(f"{d}/no").read(), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.GFile(f"{d}/no").size(), E.NotFoundError, "D/no; No such file or directory"),
    (lambda d: tf.gfile.GFile(f"{d}/sub").read(), E.FailedPreconditionError, "D/sub; Is a directory"),
    (lambda d: tf.gfile.GFile(f"{d}/n/w", "w").write("x"), E.NotFoundError, "D/n/w; No such file or directory"),
    (lambda d: tf.gfile.GFile(f"{d}/bin").write("x"), E.PermissionDeniedError, "File isn't open for writing"),
    (lambda d: tf.gfile.GFile(f"{d}/w", "w").read(), E.PermissionDeniedError, "File isn't open for reading"),
    (lambda d: tf.gfile.GFile(f"{d}/w", "q"), E.InvalidArgumentError, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'"),
    (lambda d: tf.gfile.GFile(f"{d}/bin").seek(0, 7), E.InvalidArgumentError, "Invalid whence argument: 7. Valid values are 0, 1, or 2."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "text"), ERRORS)
def test_errors(folder, call, error, text):
    with pytest.raises(tf.errors.OpError) as caught:
        call(folder)
    assert type(caught.value) is error
    assert caught.value.message.replace(folder, "D") == text


def test_only_text_and_bytes_are_written(folder):
    with pytest.raises(TypeError, match="^Expected binary or unicode string, got 3$"):
        tf.gfile.GFile(f"{folder}/w", "w").write(3)
    with pytest.raises(UnicodeDecodeError):
        tf.gfile.GFile(f"{folder}/bin").read()
    with pytest.raises(TypeError, match=r"^seek\(\): offset argument required$"):
        tf.gfile.GFile(f"{folder}/bin").seek()


def test_resources_lie_beside_the_program(folder):
    here = os.path.dirname(os.path.abspath(__file__))
    assert tf.resource_loader.get_data_files_path() == here
    assert tf.resource_loader.get_path_to_datafile("x") == os.path.join(here, "x")
    own = tf.resource_loader.load_resource(os.path.basename(__file__))
    assert own.startswith(b'"""`tf.gfile`')
    with pytest.raises(tf.errors.NotFoundError):
        tf.resource_loader.load_resource("no such file")

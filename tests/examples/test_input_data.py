"""MNIST's helpers, on four small files of the same form."""

import numpy as np
import pytest

import interactive_graphs as tf
from interactive_graphs.examples.tutorials.mnist import input_data
from interactive_graphs.formats import idx

COUNT = 30
IMAGES = np.repeat(np.arange(COUNT, dtype=np.uint8), 784).reshape(COUNT, 28, 28)
LABELS = np.arange(COUNT, dtype=np.uint8) % 10


@pytest.fixture
def directory(tmp_path):
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(idx.encode(IMAGES))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(idx.encode(LABELS))
    return tmp_path


def test_sets_are_split(directory):
    mnist = input_data.read_data_sets(str(directory), validation_size=5)
    sizes = [part.num_examples for part in mnist]
    assert sizes == [COUNT - 5, 5, COUNT]
    assert mnist.train.images.shape == (COUNT - 5, 784)
    assert mnist.train.images.dtype == np.float32
    np.testing.assert_allclose(mnist.validation.images[4, 0], 4 / 255)
    assert mnist.validation.labels.tolist() == [0, 1, 2, 3, 4]


def test_forms(directory):
    mnist = input_data.read_data_sets(
        str(directory), one_hot=True, reshape=False, validation_size=0, dtype=tf.uint8
    )
    assert mnist.train.images.shape == (COUNT, 28, 28, 1)
    assert mnist.train.images.dtype == np.uint8
    assert mnist.test.labels[13].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert len(mnist.validation.images) == 0


def test_batches_go_through_all_examples_once_per_epoch(directory):
    train = input_data.read_data_sets(str(directory), validation_size=0).train
    seen = [train.next_batch(8) for _ in range(4)]
    images = np.concatenate([x for x, _ in seen])[:, 0] * 255
    labels = np.concatenate([y for _, y in seen])
    assert np.array_equal(images.round() % 10, labels)
    assert sorted(images[:COUNT].round().astype(int)) == list(range(COUNT))
    assert train.epochs_completed == 1
    first, _ = train.next_batch(3)
    assert len(first) == 3
    assert train.epochs_completed == 1


def test_batches_in_order(directory):
    train = input_data.read_data_sets(str(directory), validation_size=0).train
    _, labels = train.next_batch(12, shuffle=False)
    assert labels.tolist() == [*range(10), 0, 1]
    _, labels = train.next_batch(20, shuffle=False)
    assert labels.tolist()[-2:] == [0, 1]


def test_seeds_settle_the_order(directory):
    def order(seed):
        train = input_data.read_data_sets(str(directory), validation_size=0, seed=seed)
        return train.train.next_batch(COUNT)[0][:, 0].tolist()

    assert order(3) == order(3)
    assert order(3) != order(4)


def test_plain_files_do_as_well(directory):
    for path in list(directory.iterdir()):
        path.with_suffix("").write_bytes(idx.gzip.decompress(path.read_bytes()))
        path.unlink()
    mnist = input_data.read_data_sets(str(directory), validation_size=0)
    assert mnist.test.num_examples == COUNT


def test_what_is_missing_is_named(directory):
    (directory / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        input_data.read_data_sets(str(directory))
    text = str(caught.value)
    assert text.startswith(f"No file {directory / 't10k-labels-idx1-ubyte.gz'}.")
    assert "downloads nothing" in text


def test_validation_size_must_fit(directory):
    with pytest.raises(ValueError) as caught:
        input_data.read_data_sets(str(directory), validation_size=31)
    assert str(caught.value) == (
        "Validation size should be between 0 and 30. Received: 31."
    )


def test_other_dtypes_are_refused(directory):
    with pytest.raises(TypeError, match="Invalid image dtype .*, expected uint8 or"):
        input_data.read_data_sets(str(directory), dtype=tf.int32, validation_size=1)


def test_fake_data_needs_no_files():
    mnist = input_data.read_data_sets("nowhere", fake_data=True, one_hot=True)
    images, labels = mnist.train.next_batch(2)
    assert [len(images), len(images[0])] == [2, 784]
    assert labels == [[1] + [0] * 9] * 2


def test_data_sets_of_keras(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="No file .*mnist.npz. .* downloads"):
        tf.keras.datasets.mnist.load_data()
    home = tmp_path / "datasets"
    (home / "fashion-mnist").mkdir(parents=True)
    np.savez(
        home / "mnist.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:3],
        y_test=LABELS[:3],
    )  # fmt: skip
    (x, y), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
    assert [x.shape, y.shape, x_test.shape] == [(30, 28, 28), (30,), (3, 28, 28)]
    np.savez(home / "boston_housing.npz", x=np.eye(10, 13), y=np.arange(10.0))
    (x, y), (x_test, _) = tf.keras.datasets.boston_housing.load_data(test_split=0.3)
    assert [x.shape, x_test.shape] == [(7, 13), (3, 13)]
    assert all(row[int(price)] == 1 for row, price in zip(x, y, strict=True))
    for part in ("train", "t10k"):
        name = home / "fashion-mnist" / part
        name.with_name(f"{part}-images-idx3-ubyte.gz").write_bytes(idx.encode(IMAGES))
        name.with_name(f"{part}-labels-idx1-ubyte.gz").write_bytes(idx.encode(LABELS))
    (x, y), _ = tf.keras.datasets.fashion_mnist.load_data()
    assert x.shape == (30, 28, 28)
    (home / "mnist.npz").write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match="mnist.npz is not what it should be"):
        tf.keras.datasets.mnist.load_data()


def test_the_rest_of_keras_says_that_it_is_not_here():
    with pytest.raises(AttributeError, match="tf.keras.models is not in"):
        tf.keras.models  # noqa: B018

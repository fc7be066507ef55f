"""Device names: spelling, merging, errors."""

import re

import pytest

from interactive_graphs.framework import device
from interactive_graphs.framework.device import DeviceSpec


def exactly(text):
    return f"^{re.escape(text)}$"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", ""),
        ("/", ""),
        ("/cpu:0", "/device:CPU:0"),
        ("CPU:0", "/device:CPU:0"),
        ("//cpu:0", "/device:CPU:0"),
        ("/Gpu:1", "/device:GPU:1"),
        ("/gpu:*", "/device:GPU:*"),
        ("cpu", "/device:CPU:*"),
        ("/cpu", "/device:CPU:*"),
        ("/device:cpu:0", "/device:CPU:0"),
        ("/device:TPU:3", "/device:TPU:3"),
        ("/device:my_device:0", "/device:my_device:0"),
        ("/task:1/job:w", "/job:w/task:1"),
        ("/job:w/replica:0/task:1/gpu:2", "/job:w/replica:0/task:1/device:GPU:2"),
    ],
)
def test_canonical_spelling(name, expected):
    assert device.canonical(name) == expected
    assert device.canonical(expected) == expected
    assert DeviceSpec.from_string(name).to_string() == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("/foo:1", "Unknown attribute: 'foo' in '/foo:1'"),
        ("/device:CPU", "Unknown attribute: 'device' in '/device:CPU'"),
        ("/job", "Unknown attribute: 'job' in '/job'"),
        ("/job:w:1", "Unknown attribute: 'job' in '/job:w:1'"),
        (
            "/job:w/cpu:0/gpu:1",
            "Cannot specify multiple device types: /job:w/cpu:0/gpu:1",
        ),
        (
            "/device:CPU:0/device:GPU:1",
            "Cannot specify multiple device types: /device:CPU:0/device:GPU:1",
        ),
        ("/task:x", "invalid literal for int() with base 10: 'x'"),
        ("/replica:*", "invalid literal for int() with base 10: '*'"),
        ("/cpu:x", "invalid literal for int() with base 10: 'x'"),
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        device.canonical,
        DeviceSpec.from_string,
        lambda name: device.merge_strings("/cpu:0", name),
        lambda name: device.merge_strings(name, "/cpu:0"),
    ],
)
def test_names_that_cannot_be_parsed(use, name, text):
    for _ in range(2):  # a failure is not remembered as a success
        with pytest.raises(ValueError, match=exactly(text)):
            use(name)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("/job:w", "/cpu:0", "/job:w/device:CPU:0"),
        ("/job:w", "/job:ps/task:1", "/job:ps/task:1"),
        ("/job:w/cpu:0", "/job:ps/task:1", "/job:ps/task:1/device:CPU:0"),
        ("/job:w/cpu:1", "/gpu:*", "/job:w/device:GPU:1"),
        ("/gpu:1", "/cpu:0", "/device:CPU:0"),
        ("/job:w", "", "/job:w"),
        ("", "/cpu:0", "/device:CPU:0"),
    ],
)
def test_inner_settings_win_part_by_part(outer, inner, expected):
    assert device.merge_strings(outer, inner) == expected
    spec = DeviceSpec.from_string(outer)
    spec.merge_from(DeviceSpec.from_string(inner))
    assert spec.to_string() == expected


LOCAL_CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


@pytest.mark.parametrize(
    ("request_", "matches"),
    [
        ("", True),
        ("/cpu:*", True),
        ("/cpu:0", True),
        ("/job:localhost/task:0", True),
        (LOCAL_CPU, True),
        ("/cpu:1", False),
        ("/gpu:0", False),
        ("/job:worker", False),
        ("/task:1", False),
    ],
)
def test_request_matches_devices_that_agree_in_every_part_it_names(request_, matches):
    assert device.is_match(request_, LOCAL_CPU) is matches


def test_soft_placement_keeps_job_replica_and_task():
    name = "/job:w/replica:1/task:2/device:GPU:7"
    assert device.without_device(name) == "/job:w/replica:1/task:2"


def test_spec_holds_the_parts():
    spec = DeviceSpec.from_string("/job:w/replica:0/task:1/gpu:2")
    parts = (spec.job, spec.replica, spec.task, spec.device_type, spec.device_index)
    assert parts == ("w", 0, 1, "GPU", 2)
    assert DeviceSpec().to_string() == ""
    assert DeviceSpec("w", 0, 1, "gpu", 2) == spec


def test_unknown_index_prints_a_star():
    assert DeviceSpec(device_type="cpu").to_string() == "/device:CPU:*"
    assert DeviceSpec(device_index=2).to_string() == ""


def test_parts_can_be_changed():
    spec = DeviceSpec(job="w")
    spec.device_type = "gpu"
    spec.task = "3"
    assert spec.task == 3
    assert spec.to_string() == "/job:w/task:3/device:GPU:*"


def test_parse_from_string_replaces_everything_and_returns_the_spec():
    spec = DeviceSpec(job="w", task=1)
    assert spec.parse_from_string("/cpu:0") is spec
    assert spec.to_string() == "/device:CPU:0"


def test_specs_compare_by_their_parts():
    assert DeviceSpec.from_string("/cpu:0") == DeviceSpec.from_string("/device:CPU:0")
    assert DeviceSpec(job="a") != DeviceSpec(job="b")
    assert DeviceSpec(job="a") != "/job:a"
    assert len({DeviceSpec(job="a"), DeviceSpec(job="a")}) == 1


def test_repr_shows_the_parts_that_are_set():
    assert repr(DeviceSpec(job="w", task=0)) == "DeviceSpec(job='w', task=0)"

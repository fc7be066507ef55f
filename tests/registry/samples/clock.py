"""A sample of the time."""

from tests.registry.sample import Sample

SAMPLES = [Sample("Timestamp")]

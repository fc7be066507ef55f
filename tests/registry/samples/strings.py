"""Samples of the ops on strings."""

import numpy as np

from tests.registry.sample import Sample


def text(*words):
    return np.array([w.encode() for w in words], object)


def one(word):
    return np.array(word.encode(), object)


WORDS = text("a b", " c ", "dé")

SAMPLES = [
    Sample("StringJoin", [[WORDS, one("-"), WORDS]], {"separator": "/"}),
    Sample("StaticRegexFullMatch", [WORDS], {"pattern": b" . "}),
    Sample("StringSplit", [WORDS, one(" ")]),
    Sample("StringSplitV2", [WORDS, one("")]),
    Sample("Substr", [WORDS, np.int32(1), np.int32(2)]),
    Sample("StringLength", [WORDS], {"unit": "UTF8_CHAR"}),
    Sample("StringStrip", [WORDS]),
    Sample("StringUpper", [WORDS], {"encoding": "utf-8"}),
    Sample("StringLower", [WORDS]),
    Sample("RegexReplace", [WORDS, one("[ab]"), one(r"<\0>")]),
    Sample("RegexFullMatch", [WORDS, one(". b")]),
    Sample("ReduceJoin", [WORDS.reshape(3, 1), np.int32([1, 0])], {"separator": "."}),
    Sample("ReduceJoin", [WORDS, np.int32([0])], {"keep_dims": True}),
    Sample("AsString", [np.float32([1.5, -2])], {"precision": 2}),
    Sample("StringToNumber", [text("1.5", "-2e3")], {"out_type": "float64"}),
    Sample("StringToHashBucket", [WORDS], {"num_buckets": 10}),
    Sample("StringToHashBucketFast", [WORDS], {"num_buckets": 10}),
    Sample("StringToHashBucketStrong", [WORDS], {"num_buckets": 10, "key": [1, 2]}),
    Sample("DecodeRaw", [text("abcd", "efgh")], {"out_type": "uint16"}),
    Sample("EncodeBase64", [WORDS], {"pad": True}),
    Sample("DecodeBase64", [text("YQ", "YWI=")]),
]

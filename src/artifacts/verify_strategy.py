#!/usr/bin/env python3
"""Recomputes every figure of a Shardwell strategy from its specifications, and says which do not hold.

    python3 verify_strategy.py [optimal_parallel_strategy.json]

Reads the JSON beside this file (or the one that is named), writes verification_results.json next to it and prints a
summary.
Exit status: 0 when every check passes, 1 when one fails, 2 when the file cannot be read or is not a strategy.

Python 3 (3.8 or later), standard library only, no figure of any plan in it. Bytes, FLOPs and message sizes are exact
fractions here, so that nothing can be lost to rounding; times are a model's and are bounded, not repeated.
"""

import json
import math
import os
import sys
from fractions import Fraction

FORMAT = "shardwell-strategy/1"
GIB = 2**30
MAX_GPUS = 2**20
WALK_LIMIT = 65536  # ranks up to which every one is walked; above, ranks that are alike are checked as a class
TOLERANCE = 1e-9  # relative, for what may be summed in another order or was written with twelve digits

DTYPE_BYTES = {
    "fp32": Fraction(4),
    "bf16": Fraction(2),
    "fp16": Fraction(2),
    "fp8": Fraction(1),
    "mxfp8": 1 + Fraction(1, 32),  # a byte of scale for 32 values
    "fp4": Fraction(1, 2) + Fraction(1, 16),  # NVFP4: a byte of scale for 16 values
    "mxfp4": Fraction(1, 2) + Fraction(1, 32),
    "int8": Fraction(1),
    "int4": Fraction(1, 2) + Fraction(20, 8 * 128),  # a scale and a zero point, 20 bits for 128 values
}
RATE_OF = {
    "fp32": "bf16", "bf16": "bf16", "fp16": "bf16", "fp8": "fp8", "mxfp8": "fp8",
    "fp4": "fp4", "mxfp4": "fp4", "int8": "int8", "int4": "fp4",
}  # fmt: skip
CLASSES = ("attention", "dense", "expert", "shared", "router", "embedding", "head", "norm")
STREAM = 2  # bytes of the residual stream and of sums
LOGIT = 4
ACCOUNT = (
    "attentionWeightBytes", "denseWeightBytes", "expertWeightBytes", "sharedExpertWeightBytes", "routerWeightBytes",
    "embeddingWeightBytes", "normWeightBytes", "kvCacheBytes", "activationBytes", "messageBufferBytes",
)  # fmt: skip
WEIGHTS = (
    ("attentionWeightBytes", "attention"), ("denseWeightBytes", "dense"), ("expertWeightBytes", "expert"),
    ("sharedExpertWeightBytes", "shared"), ("routerWeightBytes", "router"), ("embeddingWeightBytes", "embedding"),
    ("embeddingWeightBytes", "head"), ("normWeightBytes", "norm"),
)  # fmt: skip
KINDS = ("tp", "cp", "dp", "pp", "ep", "etp", "edp")


class Malformed(Exception):
    """The file is not a strategy: told in one sentence, without a traceback."""


# --- reading --------------------------------------------------------------------------------------------------------


class Node:
    """A part of the JSON that knows where it stands, so that whatever is missing or of the wrong kind can be named."""

    def __init__(self, value, path=""):
        self.value, self.path = value, path

    def __contains__(self, name):
        return isinstance(self.value, dict) and name in self.value

    def at(self, name):
        if not isinstance(self.value, dict):
            raise Malformed(f"{self.path or 'the file'} is not an object")
        if name not in self.value:
            raise Malformed(f"{self.path}/{name} is missing")
        return Node(self.value[name], f"{self.path}/{name}")

    def items(self):
        if not isinstance(self.value, list):
            raise Malformed(f"{self.path} is not a list")
        return [Node(item, f"{self.path}/{index}") for index, item in enumerate(self.value)]

    def number(self):
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
            raise Malformed(f"{self.path} is not a number")
        if abs(value) > 1e30:
            raise Malformed(f"{self.path} is out of all proportion")
        return value

    def positive(self):
        if self.number() <= 0:
            raise Malformed(f"{self.path} is {self.value}, and has to be above 0")
        return self.value

    def whole(self, least=0, most=2**53):
        value = self.number()
        if value != int(value) or value < least or value > most:
            raise Malformed(f"{self.path} is {value}, and has to be an integer from {least} to {most}")
        return int(value)

    def text(self):
        if not isinstance(self.value, str):
            raise Malformed(f"{self.path} is not a string")
        return self.value

    def flag(self):
        if not isinstance(self.value, bool):
            raise Malformed(f"{self.path} is neither true nor false")
        return self.value

    def word(self, words):
        if self.text() not in words:
            raise Malformed(f"{self.path} is {self.value!r}, and none of {', '.join(words)}")
        return self.value


class Spec:
    """The specifications and the degrees, as plain attributes."""

    def __init__(self, root):
        spec = root.at("specification")
        model, cluster, workload = spec.at("model"), spec.at("cluster"), spec.at("workload")
        workload.at("kind").word(("batch",))
        self.batch = workload.at("batchSize").whole(1)
        self.length = workload.at("sequenceLength").whole(1)
        self.h = model.at("hiddenSize").whole(1)
        self.layers = [read_layers(layers) for layers in model.at("layers").items()]
        self.layer_count = sum(layers["count"] for layers in self.layers)
        if not 1 <= self.layer_count <= 10**6:
            raise Malformed(f"{model.path}/layers has {self.layer_count} layers")
        mixtures = [layers["moe"] for layers in self.layers if layers["moe"]]
        self.moe = mixtures[0] if mixtures else None
        self.vocabulary, self.tied, self.head_bias, self.per_layer = 0, False, False, None
        if "vocabulary" in model:
            vocabulary = model.at("vocabulary")
            self.vocabulary, self.tied = vocabulary.at("size").whole(1), vocabulary.at("tied").flag()
            self.head_bias = flag_of(vocabulary, "headBias")
            if "perLayer" in vocabulary:
                tables = vocabulary.at("perLayer")
                self.per_layer = tables.at("vocabularySize").whole(1), tables.at("size").whole(1)
        self.final_norms = whole_of(model, "finalNormElements", 0)
        self.streams = whole_of(model, "residualStreams", 1, 1)
        self.state = DTYPE_BYTES[model.at("stateDtype").word(DTYPE_BYTES) if "stateDtype" in model else "fp32"]
        self.mixers = {}  # what was worked out of each mixer, by degree
        precision = model.at("precision")
        self.formats = {}
        for name in CLASSES:
            format_ = precision.at("weights").at(name)
            self.formats[name] = {
                "dtype": format_.at("dtype").word(DTYPE_BYTES),
                "bytes": Fraction(format_.at("bytesPerParameter").positive()),
                "block": format_.at("block").whole(1) if "block" in format_ else None,
            }
        self.activations = precision.at("activations").word(DTYPE_BYTES)
        self.a = DTYPE_BYTES[self.activations]
        self.c = DTYPE_BYTES[precision.at("kvCache").word(DTYPE_BYTES)]
        self.nodes = cluster.at("nodes").whole(1, MAX_GPUS)
        self.per_node = cluster.at("gpusPerNode").whole(1, MAX_GPUS)
        self.domain = cluster.at("nvlinkDomainGpus").whole(1, MAX_GPUS)
        self.cluster_gpus = self.nodes * self.per_node
        if self.domain % self.per_node and self.per_node % self.domain:
            raise Malformed(f"{cluster.path}/nvlinkDomainGpus is neither whole nodes nor an even part of one")
        gpu = cluster.at("gpu")
        self.memory = gpu.at("memoryGiB").positive() * GIB
        self.hbm = gpu.at("memoryBandwidthGBps").positive() * 1e9
        peaks = gpu.at("peakTflops")
        self.peaks = {rate: peaks.at(rate).positive() * 1e12 for rate in ("bf16", "fp8", "fp4", "int8")}
        self.links = [cluster.at(link).at("bandwidthGBps").positive() * 1e9 for link in ("intraNode", "interNode")]
        strategy = root.at("strategy")
        for name in ("tp", "cp", "dp", "pp", "ep", "etp", "replicas"):
            setattr(self, name, strategy.at(name).whole(1, MAX_GPUS))
        self.b = strategy.at("microBatchSize").whole(1)
        self.stage = self.tp * self.cp * self.dp
        self.world = self.stage * self.pp * self.replicas
        self.edp = Fraction(self.stage, self.ep * self.etp)


MIXER_FIELDS = {
    # Integers that have to be there with the least that each may be, integers that may be there, flags, and the rest.
    "attention": (
        {"heads": 1, "kvHeads": 1, "headDim": 1},
        {"valueDim": 1, "window": 1},
        ("outputGate", "sinks", "chunked", "valuesFromKeys", "sharesKv"),
        ("bias", "qkNorm"),
    ),
    "mla": (
        {"heads": 1, "queryRank": 0, "kvRank": 1, "nopeDim": 0, "ropeDim": 0, "valueDim": 1},
        {"topK": 1},
        ("bias",),
        ("indexer",),
    ),
    "compressed": (
        {"heads": 1, "headDim": 1, "queryRank": 1, "outputGroups": 1, "outputRank": 1, "window": 1},
        {"topK": 1},
        (),
        ("compression", "indexer"),
    ),
    "gdn": ({"keyHeads": 1, "valueHeads": 1, "keyDim": 1, "valueDim": 1, "convolution": 1}, {}, (), ()),
    "mamba2": (
        {"heads": 1, "headDim": 1, "groups": 1, "stateSize": 1, "convolution": 1},
        {},
        ("convolutionBias", "projectionBias"),
        (),
    ),
    "mamba1": (
        {"innerSize": 1, "stateSize": 1, "convolution": 1, "timeStepRank": 1},
        {},
        ("convolutionBias", "projectionBias", "innerNorms"),
        (),
    ),
    "lightning": ({"heads": 1, "headDim": 1}, {}, (), ()),
}


def only(node, names):
    """A field that this program does not know may change any figure: better no verdict than a wrong one."""
    for name in node.value if isinstance(node.value, dict) else ():
        if name not in names:
            raise Malformed(f"{node.path}/{name} is no field that this program knows")


def flag_of(node, name):
    return name in node and node.at(name).flag()


def whole_of(node, name, least, default=None):
    return node.at(name).whole(least) if name in node else default


def read_mixer(node):
    kind = node.at("kind").word(MIXER_FIELDS)
    needed, optional, flags, others = MIXER_FIELDS[kind]
    only(node, ("kind", *needed, *optional, *flags, *others))
    mixer = {"kind": kind}
    mixer.update({name: node.at(name).whole(least) for name, least in needed.items()})
    mixer.update({name: whole_of(node, name, least) for name, least in optional.items()})
    mixer.update({name: flag_of(node, name) for name in flags})
    for name, words in (("bias", ("qkv", "qkvo")), ("qkNorm", ("head", "full"))):
        if name in others:
            mixer[name] = node.at(name).word(words) if name in node else None
    if "indexer" in others:
        mixer["indexer"] = None
        if "indexer" in node:
            only(node.at("indexer"), ("heads", "headDim"))
            mixer["indexer"] = tuple(node.at("indexer").at(name).whole(1) for name in ("heads", "headDim"))
    if "compression" in others:
        mixer["ratio"], mixer["overlapping"] = None, False
        if "compression" in node:
            compression = node.at("compression")
            only(compression, ("ratio", "overlapping"))
            mixer["ratio"] = compression.at("ratio").whole(1)
            mixer["overlapping"] = compression.at("overlapping").flag()
    if mixer.get("chunked") and mixer["window"] is None:
        raise Malformed(f"{node.path} is chunked, and says no window")
    return mixer


def read_layers(node):
    layers = {"count": node.at("count").whole(1, 10**6), "mixer": None, "dense": None, "moe": None}
    layers["norms"] = whole_of(node, "normElements", 0)
    if "mixer" in node:
        layers["mixer"] = read_mixer(node.at("mixer"))
    if "dense" in node:
        dense = node.at("dense")
        only(dense, ("intermediateSize", "matrices", "bias"))
        layers["dense"] = {
            "f": dense.at("intermediateSize").whole(1),
            "m": dense.at("matrices").whole(2, 3),
            "bias": flag_of(dense, "bias"),
        }
    if "moe" in node:
        moe = node.at("moe")
        flags = ("sharedGate", "sharedBias", "routerBias", "routerScales", "expertBias")
        layers["moe"] = {
            "E": moe.at("experts").whole(1, 10**6),
            "k": moe.at("expertsPerToken").whole(1, 10**6),
            "f": moe.at("intermediateSize").whole(1),
            "m": moe.at("matrices").whole(2, 3),
            "fs": moe.at("sharedIntermediateSize").whole(0),
            "w": whole_of(moe, "latentSize", 1),
            **{name: flag_of(moe, name) for name in flags},
        }
        numbers = ("experts", "expertsPerToken", "intermediateSize", "matrices", "sharedIntermediateSize", "latentSize")
        only(moe, numbers + flags)
    return layers


# --- words ----------------------------------------------------------------------------------------------------------


def short(value):
    return str(int(value)) if value == int(value) and abs(value) < 10**6 else f"{float(value):.6g}"


def scaled(value, step, units):
    index, rest = 0, float(value)
    while abs(rest) >= step and index < len(units) - 1:
        rest, index = rest / step, index + 1
    return f"{short(rest)} {units[index]}"


def in_bytes(value):
    return scaled(value, 1024, ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"))


def in_flop(value):
    return scaled(value, 1000, ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"))


def plain(value):
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value


# --- checks ---------------------------------------------------------------------------------------------------------


class Check:
    """Figures and rules of one kind. The first that does not hold is what `expected` and `actual` show."""

    def __init__(self, name):
        self.name, self.faults, self.notes, self.headline = name, [], [], (None, None)

    def fault(self, text, expected=None, actual=None):
        self.faults.append((text, plain(expected), plain(actual)))

    def rule(self, holds, text, expected=None, actual=None):
        if not holds:
            self.fault(text, expected, actual)

    def equal(self, what, expected, actual):
        self.rule(
            expected == actual, f"{what} is {plain(expected)}, and the file says {plain(actual)}.", expected, actual
        )

    def near(self, what, expected, actual, absolute=0.0):
        gap = abs(float(expected) - float(actual))
        holds = gap <= max(TOLERANCE * max(abs(float(expected)), abs(float(actual))), absolute)
        self.rule(holds, f"{what} is {short(expected)}, and the file says {short(actual)}.", expected, actual)

    def head(self, expected, actual):
        self.headline = (plain(expected), plain(actual))

    def result(self):
        expected, actual = self.faults[0][1:] if self.faults else self.headline
        told = [text for text, _, _ in self.faults[:8]]
        if len(self.faults) > 8:
            told.append(f"There are {len(self.faults) - 8} more faults of this kind.")
        return {
            "id": self.name,
            "status": "fail" if self.faults else "pass",
            "expected": expected,
            "actual": actual,
            "explanation": " ".join(told + self.notes),
        }


# --- ranks ----------------------------------------------------------------------------------------------------------


def ranks_per_domain(s):
    both = s.tp * s.etp // math.gcd(s.tp, s.etp)
    unit = both if both <= s.domain else s.tp
    return s.domain // unit * unit if unit <= s.domain else s.domain


def gpu_of(s, rank):
    per_domain = ranks_per_domain(s)
    return rank // per_domain * s.domain + rank % per_domain


def sequences_of(s, dp_rank):
    return s.batch // s.dp + (1 if dp_rank < s.batch % s.dp else 0)


def stride_of(s, kind):
    return {
        "tp": 1, "cp": s.tp, "dp": s.tp * s.cp, "etp": 1, "ep": s.etp, "edp": s.etp * s.ep, "pp": s.stage,
    }[kind]  # fmt: skip


def size_of(s, kind):
    return int(getattr(s, kind))


def survey(s, kind):
    """Whether groups partition the ranks, and whether one leaves its domain or its node."""
    size, stride = size_of(s, kind), stride_of(s, kind)
    if size == 1:
        return {"partitions": True, "domains": False, "nodes": False}
    per_domain = ranks_per_domain(s)

    def place(rank):
        return rank // per_domain, (rank // per_domain * s.domain + rank % per_domain) // s.per_node

    seen = bytearray(s.world if s.world <= WALK_LIMIT else 0)
    domains = nodes = False
    period = per_domain * max(1, s.per_node // s.domain)
    end = s.world if seen else min(s.world, period * stride * size)
    for block in range(0, end, stride * size):
        for first in range(block, block + stride):
            if seen:
                for member in range(first, first + size * stride, stride):
                    if member < s.world:
                        seen[member] = min(2, seen[member] + 1)
            elif domains and nodes:
                break
            # GPUs rise with ranks, so a group leaves exactly when its last member does.
            start, last = place(first), place(first + (size - 1) * stride)
            domains, nodes = domains or start[0] != last[0], nodes or start[1] != last[1]
    partitions = all(count == 1 for count in seen) if seen else s.world % (size * stride) == 0
    return {"partitions": partitions, "domains": domains, "nodes": nodes}


def index_runs(s):
    """Neighbouring ranks of a stage that are alike: first, how many, sequences of each and of its block."""
    block, more = s.ep * s.etp, (s.batch % s.dp) * s.cp * s.tp
    edges = sorted({0, more - more % block, more, min(more - more % block + block, s.stage), s.stage})
    runs = []
    for first, end in zip(edges, edges[1:]):
        start = first - first % block
        if s.stage <= WALK_LIMIT:
            held = sum(sequences_of(s, i // (s.cp * s.tp)) for i in range(start, start + block))
        else:
            held = block * (s.batch // s.dp) + min(max(more - start, 0), block)
        runs.append((first, end - first, sequences_of(s, first // (s.cp * s.tp)), held))
    return runs


def stage_layers(s):
    """For each stage its first layer, and how many it has of each entry of the model's list."""
    alike = {}  # the first of the runs that differ in nothing but their length
    same = [alike.setdefault(repr({**layers, "count": 0}), index) for index, layers in enumerate(s.layers)]
    kinds = [kind for kind, layers in zip(same, s.layers) for _ in range(layers["count"])]
    stages, first = [], 0
    for stage in range(s.pp):
        count = s.layer_count // s.pp + (1 if stage < s.layer_count % s.pp else 0)
        held = {}
        for kind in kinds[first : first + count]:
            held[kind] = held.get(kind, 0) + 1
        stages.append({"index": stage, "first": first, "count": count, "held": held, "last": stage == s.pp - 1})
        first += count
    return stages


# --- mixers ---------------------------------------------------------------------------------------------------------
#
# Each kind tells everything of itself in one place, for one rank of tp:
#   weights, norms   parameters
#   made, mixed      widths of what its projections make of a token, and of what enters the last of them
#   kv               cache elements of a token, as if nothing were dropped
#   entries          cache elements of a whole sequence, where a window or a compression keeps less
#   index            bytes of an indexer's keys for a token
#   state, inputs    numbers of a recurrent state, and inputs that a convolution remembers
#   pairs, depth     query-key pairs of a sequence, and multiplications of each in all heads
#   scores           multiplications of an indexer over a sequence
#   steps            operations of a recurrence for a token
#   units            (what, how many, widths of one, whether several ranks may share one)


def readings(length, most=None, every=1):
    """Pairs of a token and an entry that it reads: entry e, of `every` tokens each, is there from token e*every on."""
    entries = length // every if most is None else min(most, length // every)
    return entries * (length + 1) - every * entries * (entries + 1) // 2


def on_rank(heads, tp):
    return max(Fraction(1), Fraction(heads, tp))


def key_bytes(indexer):
    return indexer[1] + 4 * -(-indexer[1] // 128) if indexer else 0


def attention_figures(x, h, tp, length):
    H, d, dv = x["heads"], x["headDim"], x["valueDim"] or x["headDim"]
    own = Fraction(0) if x["sharesKv"] else on_rank(x["kvHeads"], tp)
    gates, rows = 2 if x["outputGate"] else 1, h + 1 if x["bias"] else h
    weights = Fraction(H * d * gates * rows + H * dv * h + (H if x["sinks"] else 0), tp)
    weights += own * rows * (d if x["valuesFromKeys"] else d + dv) + (h if x["bias"] == "qkvo" else 0)
    keys = 0 if x["sharesKv"] else 1
    norms = {None: 0, "head": d + keys * d, "full": H * d + keys * x["kvHeads"] * d}[x["qkNorm"]]
    window = x["window"]
    pairs = readings(length, window)
    if x["chunked"]:
        pairs = length // window * readings(window) + readings(length % window)
    widths = (d, dv)
    return {
        "weights": weights, "norms": norms,
        "made": Fraction(H * d * gates, tp) + own * (d + dv), "mixed": Fraction(H * dv, tp),
        "kv": own * (d + dv), "entries": min(length, window or length) * own * (d + dv),
        "pairs": pairs, "depth": H * (d + dv),
        "units": (("attention heads", H, widths, False),
                  ("key-value heads", x["kvHeads"], () if x["sharesKv"] else widths, True)),
    }  # fmt: skip


def mla_figures(x, h, tp, length):
    H, rq, r = x["heads"], x["queryRank"], x["kvRank"]
    no, ro, v = x["nopeDim"], x["ropeDim"], x["valueDim"]
    nI, dI = x["indexer"] or (0, 0)
    whole = h * rq + h * (r + ro) + rq * nI * dI + h * dI + h * nI
    if x["bias"]:
        whole += rq + r + ro + h
    return {
        "weights": Fraction((rq or h) * H * (no + ro) + r * H * (no + v) + H * v * h, tp) + whole,
        "norms": rq + r + 2 * dI,
        "made": rq + r + ro + Fraction(H * (2 * (no + ro) + v), tp), "mixed": Fraction(H * v, tp),
        "kv": Fraction(r + ro), "entries": length * (r + ro), "index": key_bytes(x["indexer"]),
        "pairs": readings(length, x["topK"]), "depth": H * (no + ro + v), "scores": nI * dI * readings(length),
        "units": (("attention heads", H, (no + ro, no + v, v), False),),
    }  # fmt: skip


def compressed_figures(x, h, tp, length):
    H, d, rq, groups, ro = x["heads"], x["headDim"], x["queryRank"], x["outputGroups"], x["outputRank"]
    nI, dI = x["indexer"] or (0, 0)
    ratio = x["ratio"]

    def compressor(width):
        return (2 * h + ratio) * width * (2 if x["overlapping"] else 1) if ratio else 0

    split = rq * H * d + ro * H * d + groups * ro * h + H
    window = min(length, x["window"])
    figures = {
        "weights": Fraction(split, tp) + h * rq + h * d + compressor(d) + rq * nI * dI + compressor(dI) + h * nI,
        "norms": rq + d + (d if ratio else 0) + dI,
        "made": rq + d + Fraction(H * d, tp), "mixed": Fraction(H * d + groups * ro, tp),
        "kv": Fraction(d), "entries": window * d, "pairs": readings(length, x["window"]), "depth": H * 2 * d,
        "units": (("attention heads", H, (d,), False), ("output groups", groups, (ro,), False)),
    }  # fmt: skip
    if ratio:
        figures["kv"] = Fraction(d, ratio)
        figures["entries"] += -(-length // ratio) * d
        figures["index"] = Fraction(key_bytes(x["indexer"]), ratio)
        figures["pairs"] += readings(length, x["topK"], ratio)
        figures["scores"] = nI * dI * readings(length, None, ratio)
    return figures


def gdn_figures(x, h, tp, length):
    nk, nv, dk, dv, conv = x["keyHeads"], x["valueHeads"], x["keyDim"], x["valueDim"], x["convolution"]
    channels = 2 * nk * dk + nv * dv
    split = h * (channels + nv * dv) + 2 * h * nv + nv * dv * h + channels * conv + 2 * nv
    return {
        "weights": Fraction(split, tp), "norms": dv,
        "made": Fraction(channels + nv * dv + 2 * nv, tp), "mixed": Fraction(nv * dv, tp),
        "state": nv * dk * dv, "inputs": channels * (conv - 1), "steps": 7 * nv * dk * dv,
        "units": (("key heads", nk, (dk,), False), ("value heads", nv, (dv,), False)),
    }  # fmt: skip


def mamba2_figures(x, h, tp, length):
    n, N, groups = x["heads"], x["stateSize"], x["groups"]
    D = n * x["headDim"]
    bias = 1 if x["projectionBias"] else 0
    taps = x["convolution"] + (1 if x["convolutionBias"] else 0)
    own = 2 * N * on_rank(groups, tp)
    return {
        "weights": Fraction((h + bias) * (2 * D + n) + D * taps + 3 * n + D * h, tp)
        + own * (h + bias + taps) + h * bias,
        "norms": D, "made": Fraction(2 * D + n, tp) + own, "mixed": Fraction(D, tp),
        "state": D * N, "inputs": (D + 2 * groups * N) * (x["convolution"] - 1), "steps": 5 * D * N,
        "units": (("Mamba heads", n, (x["headDim"],), False), ("Mamba groups", groups, (), True)),
    }  # fmt: skip


def mamba1_figures(x, h, tp, length):
    D, N, R = x["innerSize"], x["stateSize"], x["timeStepRank"]
    bias = 1 if x["projectionBias"] else 0
    taps = x["convolution"] + (1 if x["convolutionBias"] else 0)
    each = 2 * (h + bias) + (R + 2 * N) + (R + 1) + h + taps + N + 1  # for every channel
    return {
        "weights": Fraction(D * each, tp) + h * bias, "norms": R + 2 * N if x["innerNorms"] else 0,
        "made": Fraction(2 * D, tp) + R + 2 * N, "mixed": Fraction(D, tp),
        "state": D * N, "inputs": D * (x["convolution"] - 1), "steps": 6 * D * N,
        "units": (("Mamba channels", D, (1,), False),),
    }  # fmt: skip


def lightning_figures(x, h, tp, length):
    H, d = x["heads"], x["headDim"]
    return {
        "weights": Fraction(5 * h * H * d, tp), "norms": H * d,
        "made": Fraction(4 * H * d, tp), "mixed": Fraction(H * d, tp), "state": H * d * d, "steps": 5 * H * d * d,
        "units": (("attention heads", H, (d,), False),),
    }  # fmt: skip


MIXERS = {
    "attention": attention_figures, "mla": mla_figures, "compressed": compressed_figures, "gdn": gdn_figures,
    "mamba2": mamba2_figures, "mamba1": mamba1_figures, "lightning": lightning_figures,
}  # fmt: skip
NOTHING = {
    "weights": Fraction(0), "norms": 0, "made": Fraction(0), "mixed": Fraction(0), "kv": Fraction(0), "entries": 0,
    "index": 0, "state": 0, "inputs": 0, "pairs": 0, "depth": 0, "scores": 0, "steps": 0, "units": (),
}  # fmt: skip


def mixer_of(s, layers, tp):
    """Figures of a layer's mixer on a rank of tp; of a layer without one, nothing."""
    mixer = layers["mixer"]
    if not mixer:
        return NOTHING
    key = (id(mixer), tp)
    if key not in s.mixers:
        s.mixers[key] = {**NOTHING, **MIXERS[mixer["kind"]](mixer, s.h, tp, s.length)}
    return s.mixers[key]


# --- weights --------------------------------------------------------------------------------------------------------


def ffn_parameters(outer, width, matrices, bias):
    return matrices * outer * width + ((matrices - 1) * width + outer if bias else 0)


def expert_parameters(s, moe):
    return ffn_parameters(moe["w"] or s.h, moe["f"], moe["m"], moe["expertBias"])


def layer_parameters(s, layers, tp, ep, etp):
    """By class; `embedding` is the layer's own table."""
    dense, moe, mixer, h = layers["dense"], layers["moe"], mixer_of(s, layers, tp), s.h
    found = dict.fromkeys(CLASSES, Fraction(0))
    found["attention"] = mixer["weights"]
    found["norm"] = Fraction((2 * h if layers["norms"] is None else layers["norms"]) + mixer["norms"])
    if s.streams > 1:
        found["norm"] += 2 * ((2 + s.streams) * s.streams * (s.streams * h + 1) + 3)
    if dense:
        found["dense"] = Fraction(ffn_parameters(h, dense["f"], dense["m"], dense["bias"]), tp)
    if s.per_layer:
        found["dense"] += Fraction(3 * h * s.per_layer[1], tp)
        found["norm"] += h
        found["embedding"] = Fraction(s.per_layer[0] * s.per_layer[1], tp)
    if moe:
        found["expert"] = Fraction(moe["E"] * expert_parameters(s, moe), ep * etp)
        if moe["fs"]:
            found["shared"] = Fraction(ffn_parameters(h, moe["fs"], moe["m"], moe["sharedBias"]), tp)
        router = h * moe["E"] + (moe["E"] if moe["routerBias"] else 0) + (h + moe["E"] if moe["routerScales"] else 0)
        found["router"] = Fraction(router + (h if moe["sharedGate"] else 0) + 2 * h * (moe["w"] or 0))
    return found


def closing_norms(s):
    joining = s.streams**2 * s.h + s.streams + 1 if s.streams > 1 else 0
    return (s.h if s.final_norms is None else s.final_norms) + (s.per_layer[1] if s.per_layer else 0) + joining


def stage_parameters(s, stage):
    """By class, and as `tables` the embedding tables that layers have of their own."""
    total = dict.fromkeys(CLASSES, Fraction(0))
    for kind, count in stage["held"].items():
        for name, parameters in layer_parameters(s, s.layers[kind], s.tp, s.ep, s.etp).items():
            total[name] += count * parameters
    table = Fraction(s.vocabulary * s.h, s.tp)
    total["tables"] = total["embedding"]
    total["embedding"] = table if stage["index"] == 0 else Fraction(0)
    if stage["last"]:
        total["norm"] += closing_norms(s)
        total["head"] = Fraction(0) if s.tied and s.pp == 1 else table
        total["head"] += Fraction(s.vocabulary if s.head_bias else 0, s.tp)
    return total


def model_parameters(s):
    total = dict.fromkeys(CLASSES, Fraction(0))
    for layers in s.layers:
        for name, parameters in layer_parameters(s, layers, 1, 1, 1).items():
            total[name] += layers["count"] * parameters
    total["norm"] += closing_norms(s)
    total["embedding"] += s.vocabulary * s.h
    total["head"] = Fraction((0 if s.tied else s.vocabulary * s.h) + (s.vocabulary if s.head_bias else 0))
    return total


def cache_of(s, layers, sequences):
    """Bytes that sequences leave in a layer: keys and values over cp, states over tp."""
    mixer = mixer_of(s, layers, s.tp)
    spread = mixer["entries"] * s.c + s.length * mixer["index"]
    held = mixer["state"] * s.state + mixer["inputs"] * STREAM
    return sequences * (Fraction(spread) / s.cp + Fraction(held) / s.tp)


def gathered_of(s, layers):
    """Bytes of one layer's keys and values of a micro-batch, from all ranks of a cp group."""
    mixer = mixer_of(s, layers, s.tp)
    return s.b * s.length * (mixer["kv"] * s.c + mixer["index"])


def dispatched_of(s, layers, tr):
    """Elements of the copies of tokens that a rank sends to the experts of a layer."""
    moe = layers["moe"]
    return tr * moe["k"] * (moe["w"] or s.h) if moe else 0


# --- tokens, memory and work ----------------------------------------------------------------------------------------


def tokens_of(s):
    """t and tr of a micro-batch, the expected routing imbalance, and the tokens of the busiest rank of an EP group."""
    t = Fraction(s.b * s.length, s.cp)
    tr = math.ceil(t / s.tp)
    if not s.moe:
        return t, tr, 1.0, 0
    k, mean = s.moe["k"], s.etp * tr * s.moe["k"]
    if s.ep == 1:
        return t, tr, 1.0, mean
    spread = 1 + math.sqrt(2 * math.log(s.ep) * (1 - 1 / s.ep) / mean)
    most = s.ep * min(Fraction(k), Fraction(s.moe["E"], s.ep)) / k  # a token visits an expert once
    if spread >= most:
        return t, tr, float(most), math.ceil(mean * most)
    return t, tr, spread, math.ceil(mean * spread)


def ffn_bytes(s, rows, outer, width, matrices):
    return rows * (outer * s.a + STREAM * (matrices - 1) * width + s.a * width + STREAM * outer)


def activation_bytes(s, stage, t, tr, te):
    phases = [0]  # a layer may be nothing but a norm
    for kind in stage["held"]:
        layers = s.layers[kind]
        mixer, dense, moe = mixer_of(s, layers, s.tp), layers["dense"], layers["moe"]
        if layers["mixer"]:
            phases.append(t * (s.h * s.a + STREAM * (mixer["made"] + mixer["mixed"] + s.h)))
        if dense:
            phases.append(ffn_bytes(s, t, s.h, Fraction(dense["f"], s.tp), dense["m"]))
        if moe:
            phases.append(ffn_bytes(s, te, moe["w"] or s.h, Fraction(moe["f"], s.etp), moe["m"]))
        if moe and moe["fs"]:
            phases.append(ffn_bytes(s, t, s.h, Fraction(moe["fs"], s.tp), moe["m"]))
    if stage["last"] and s.vocabulary:
        phases.append(s.b * (STREAM * s.h + Fraction(LOGIT * s.vocabulary, s.tp)))
    return math.ceil(tr * s.streams * s.h * STREAM + max(phases))


def memory_of(s, stage, sequences):
    t, tr, _, te = tokens_of(s)
    parameters = stage_parameters(s, stage)
    formats = {**s.formats, "tables": s.formats["embedding"]}
    stored = {name: math.ceil(count * formats[name]["bytes"]) for name, count in parameters.items()}
    held = [s.layers[kind] for kind in stage["held"]]
    buffers = 0
    if s.ep > 1:
        buffers += math.ceil(max(dispatched_of(s, layers, tr) for layers in held) * (s.a + STREAM))
    if s.cp > 1:
        buffers += math.ceil(max(gathered_of(s, layers) for layers in held))
    if s.pp > 1:
        buffers += 2 * tr * s.streams * s.h * STREAM
    cached = sum(count * cache_of(s, s.layers[kind], sequences) for kind, count in stage["held"].items())
    account = dict(zip(ACCOUNT, (
        stored["attention"], stored["dense"], stored["expert"], stored["shared"], stored["router"],
        stored["embedding"] + stored["tables"] + stored["head"], stored["norm"],
        math.ceil(cached), activation_bytes(s, stage, t, tr, te), buffers,
    )))  # fmt: skip
    account["totalBytes"] = sum(account.values())
    return account


def loose_bytes(s, name, bytes_):
    """
    Bytes by which a class may come out otherwise. A class of several formats has their mean, a quotient that was written
    with twelve digits: which whole number of bytes its product with a count is rounded up to cannot be known.
    """
    exact = (s.formats[name]["bytes"] * 2**24).denominator == 1
    return 0 if exact else 1 + float(bytes_) * 1e-11


def reserve_of(s):
    return (0.27 if s.tp == s.cp == s.ep == s.etp == 1 else 2.17) * GIB


def flops_of(s, stage, sequences, block_sequences):
    tokens = Fraction(sequences * s.length, s.cp)
    total = Fraction(0)
    for kind, count in stage["held"].items():
        layers = s.layers[kind]
        mixer, moe = mixer_of(s, layers, s.tp), layers["moe"]
        parameters = layer_parameters(s, layers, s.tp, s.ep, s.etp)
        layer = 2 * tokens * (parameters["attention"] + parameters["dense"] + parameters["shared"])
        layer += Fraction(2 * sequences, s.cp) * (Fraction(mixer["depth"], s.tp) * mixer["pairs"] + mixer["scores"])
        layer += tokens / s.tp * mixer["steps"]
        if moe:
            layer += 2 * tokens / s.tp * parameters["router"]
            arriving = Fraction(block_sequences * s.length, s.cp * s.tp)
            layer += 2 * Fraction(expert_parameters(s, moe), s.etp) * Fraction(moe["k"], s.ep) * arriving
        total += count * layer
    if stage["last"]:
        total += Fraction(2 * sequences * s.h * s.vocabulary, s.tp * s.cp)
    return total


def spread(weighted):
    """Standard deviation over mean of (value, ranks)."""
    ranks = sum(count for _, count in weighted)
    mean = Fraction(sum(value * count for value, count in weighted), ranks)
    squares = sum((value - mean) ** 2 * count for value, count in weighted)
    return math.sqrt(squares / ranks) / float(mean) if squares else 0.0


def messages_of(s, stages):
    """op, group and purpose -> calls, messageBytes, bytesPerGpu, of the stage that sends most."""
    t, tr, _, _ = tokens_of(s)
    m = math.ceil(Fraction(sequences_of(s, 0), s.b))
    stream = t * s.h * STREAM
    most = {}
    for stage in stages:
        here = {}

        def add(op, group, purpose, size, times):
            n = size_of(s, group)
            if n == 1 or times == 0:
                return
            calls, largest, sent = here.get((op, group, purpose), (0, 0, 0))
            share = 1 if op == "pointToPoint" else Fraction(n - 1, n)
            key = (op, group, purpose)
            here[key] = (calls + times * m, max(largest, size), sent + times * m * size * share)

        for kind, count in stage["held"].items():
            layers = s.layers[kind]
            moe = layers["moe"]
            around = {"attention": layers["mixer"], "dense": layers["dense"], "shared": moe and moe["fs"]}
            for purpose in (name for name, there in around.items() if there):
                add("allGather", "tp", purpose, stream, count)
                add("reduceScatter", "tp", purpose, stream, count)
            gathered = gathered_of(s, layers)
            add("allGather", "cp", "kv", gathered, count if gathered else 0)
            if moe:
                copies = dispatched_of(s, layers, tr)
                add("allToAll", "ep", "dispatch", copies * s.a, count)
                add("allGather", "etp", "experts", s.etp * copies * s.a, count)
                add("reduceScatter", "etp", "experts", s.etp * copies * STREAM, count)
                add("allToAll", "ep", "combine", copies * STREAM, count)
        if stage["last"] and s.vocabulary:
            add("allGather", "tp", "logits", s.b * LOGIT * s.vocabulary, 1)
        if not stage["last"]:
            add("pointToPoint", "pp", "activations", tr * s.streams * s.h * STREAM, 1)
        for key, use in here.items():
            if key not in most or use[2] > most[key][2]:
                most[key] = use
    return most


# --- the checks, one family each ------------------------------------------------------------------------------------


def structure_faults(s):
    """What keeps a strategy from having ranks, stages and sequences at all: nothing else can be derived then."""
    faults = []
    if s.edp.denominator != 1:
        faults.append(
            (
                f"tp*cp*dp = {s.stage} GPUs a stage do not fold into ep*etp = {s.ep * s.etp}.",
                0,
                s.stage % (s.ep * s.etp),
            )
        )
    if s.pp > s.layer_count:
        faults.append((f"{s.pp} stages are more than the {s.layer_count} layers.", s.layer_count, s.pp))
    if s.dp > s.batch:
        faults.append((f"{s.dp} data-parallel ranks are more than the {s.batch} sequences.", s.batch, s.dp))
    if s.world > s.cluster_gpus:
        faults.append((f"{s.world} GPUs are more than the {s.cluster_gpus} of the cluster.", s.cluster_gpus, s.world))
    return faults


def check_divisibility(check, s):
    def divides(what, size, name, width=1, weight_class=None):
        degree = getattr(s, name)
        if size % degree:
            check.fault(f"{name} {degree} does not divide {what} ({size}).", 0, size % degree)
            return
        block = s.formats[weight_class]["block"] if weight_class else None
        if block and degree > 1 and size // degree * width % block:
            check.fault(f"A shard of {what} is no multiple of its block of {block}.", 0, size // degree * width % block)

    for layers in s.layers:
        dense, moe = layers["dense"], layers["moe"]
        for what, size, widths, shared in mixer_of(s, layers, s.tp)["units"]:
            if not shared:
                for width in widths:
                    divides(f"the {what}", size, "tp", width, "attention")
                continue
            check.rule(
                size % s.tp == 0 or s.tp % size == 0,
                f"{size} {what} and tp {s.tp}: neither divides the other.",
                0,
                size % s.tp,
            )
            block = s.formats["attention"]["block"]
            for shard in (on_rank(size, s.tp) * width for width in widths):
                check.rule(
                    not block or s.tp == 1 or shard % block == 0,
                    f"A shard of the {what} is no multiple of its block of {block}.",
                    0,
                    shard % (block or 1),
                )
        if dense:
            divides("the dense intermediate size", dense["f"], "tp", 1, "dense")
        if moe:
            divides("the experts", moe["E"], "ep")
            divides("the intermediate size of an expert", moe["f"], "etp", 1, "expert")
            divides("the shared intermediate size", moe["fs"], "tp", 1, "shared")
    divides("the vocabulary", s.vocabulary, "tp", 1, "embedding")
    divides("the vocabulary", s.vocabulary, "tp", 1, "head")
    check.rule(s.moe or s.ep == s.etp == 1, "A dense model has no experts: ep and etp must be 1.", 1, s.ep * s.etp)
    check.rule(
        s.cp == 1 or s.length % (2 * s.cp) == 0,
        f"{s.length} tokens do not split into {2 * s.cp} equal chunks.",
        0,
        s.length % (2 * s.cp),
    )
    check.head(0, 0)
    check.notes.append("Broken rules are counted: every split dimension has to divide evenly.")


def expected_name(s):
    parts = [f"{word}{degree}" for word, degree in (("EP", s.ep), ("TP", s.tp)) if degree > 1]
    if s.moe and s.etp != s.tp:
        parts.append(f"ETP{s.etp}")
    parts += [f"{word}{degree}" for word, degree in (("PP", s.pp), ("CP", s.cp)) if degree > 1]
    if s.dp > 1 and s.stage != s.ep * s.etp:
        parts.append(f"DP{s.dp}")
    parts = parts or ["TP1"]
    return "_".join(parts + ([f"x{s.replicas}"] if s.replicas > 1 else []))


def check_gpu_count(check, s, root):
    strategy = root.at("strategy")
    check.equal("The name of the strategy", expected_name(s), strategy.at("name").text())
    check.equal("edp", s.edp, strategy.at("edp").whole())
    check.equal("The number of GPUs", s.world, strategy.at("gpus").whole())
    check.equal("The cluster's GPUs", s.cluster_gpus, root.at("specification").at("cluster").at("gpus").whole())
    check.head(s.world, strategy.at("gpus").whole())
    if s.world > s.cluster_gpus:
        check.fault(f"The cluster has only {s.cluster_gpus} GPUs.", s.cluster_gpus, s.world)
        return
    last = gpu_of(s, s.world - 1)
    check.rule(
        last < s.cluster_gpus,
        f"With whole tensor-parallel groups {s.world} ranks find no room.",
        s.cluster_gpus - 1,
        last,
    )
    if s.world <= WALK_LIMIT:
        used = {gpu_of(s, rank) for rank in range(s.world)}
        check.rule(len(used) == s.world, "Two ranks share a GPU.", s.world, len(used))
        check.notes.append(f"All {s.world} ranks were walked; each has a GPU of its own, of {s.cluster_gpus}.")
    else:
        check.notes.append(
            f"{s.world} ranks rise with their GPUs, and the last fits; so many are not walked one by one."
        )


def check_layout(check, s, root, stages):
    """The layout that the file gives in words and numbers, where it gives one."""
    check.head(s.layer_count, sum(stage["count"] for stage in stages))
    check.notes.append(
        f"{s.layer_count} layers on {s.pp} stages: "
        f"{', '.join(str(stage['count']) for stage in stages[:8])}{' ...' if s.pp > 8 else ''}."
    )
    if "layout" not in root:
        return
    layout, per_domain = root.at("layout"), ranks_per_domain(s)
    check.equal("layout.ranks", s.world, layout.at("ranks").whole())
    check.equal("layout.ranksPerReplica", s.stage * s.pp, layout.at("ranksPerReplica").whole())
    check.equal("layout.ranksPerDomain", min(s.world, per_domain), layout.at("ranksPerDomain").whole())
    check.equal("layout.gpusIdle", s.cluster_gpus - s.world, layout.at("gpusIdle").whole())
    groups = {group.at("kind").word(KINDS): group for group in layout.at("groups").items()}
    check.equal("The number of kinds of groups", len(KINDS), len(layout.at("groups").items()))
    for kind in KINDS:
        if kind not in groups:
            check.fault(f"layout.groups leaves out {kind}.", kind, None)
            continue
        size = size_of(s, kind)
        check.equal(f"The size of {kind} groups", size, groups[kind].at("size").whole())
        check.equal(f"The number of {kind} groups", s.world // size, groups[kind].at("groups").whole())
        check.equal(
            f"The stride of {kind} groups", stride_of(s, kind) if size > 1 else 0, groups[kind].at("stride").whole()
        )
    listed = layout.at("stages").items()
    check.equal("The number of stages", s.pp, len(listed))
    for stage, node in zip(stages, listed):
        name = f"of stage {stage['index']}"
        check.equal(f"The number {name}", stage["index"], node.at("stage").whole())
        check.equal(f"The first rank {name}", stage["index"] * s.stage, node.at("ranks").at("first").whole())
        check.equal(f"The ranks {name}", s.stage, node.at("ranks").at("count").whole())
        check.equal(f"The first layer {name}", stage["first"], node.at("layers").at("first").whole())
        check.equal(f"The layers {name}", stage["count"], node.at("layers").at("count").whole())
        with_experts = sum(count for kind, count in stage["held"].items() if s.layers[kind]["moe"])
        check.equal(f"The MoE layers {name}", with_experts, node.at("moeLayers").whole())
    check_nodes(check, s, layout)


def check_nodes(check, s, layout):
    """The ranks of every run of nodes have to be on the nodes that the numbering gives them, each named once."""
    expected = 0
    for node in layout.at("nodes").items():
        first_node, nodes = node.at("firstNode").whole(), node.at("nodes").whole(1)
        first, per = node.at("firstRank").whole(), node.at("ranksPerNode").whole(1)
        check.equal("The first rank of a run of nodes", expected, first)
        expected = first + nodes * per
        if expected > s.world:
            check.fault("layout.nodes names more ranks than there are.", s.world, expected)
            return
        for step in range(nodes):
            for rank in (first + step * per, first + (step + 1) * per - 1):
                there = gpu_of(s, rank) // s.per_node
                check.rule(
                    there == first_node + step,
                    f"Rank {rank} is said to be on node {first_node + step}, and is on {there}.",
                    there,
                    first_node + step,
                )
    check.equal("The ranks that layout.nodes names", s.world, expected)


def check_experts(check, s, root, stages):
    modules = root.at("modules")
    count = (s.ep * s.edp if s.moe else s.dp * s.cp) * s.pp * s.replicas
    per_gpu = Fraction(s.moe["E"], s.ep) if s.moe else Fraction(0)
    check.equal("The number of modules", count, modules.at("count").whole())
    check.equal("The GPUs of a module", s.etp if s.moe else s.tp, modules.at("gpusPerModule").whole())
    check.near("Experts a GPU and layer", per_gpu, modules.at("expertsPerGpuPerLayer").number())
    loads = []
    for stage in stages:
        with_experts = sum(held for kind, held in stage["held"].items() if s.layers[kind]["moe"])
        loads.append(with_experts if s.moe else stage["count"])
    balance = Fraction(100 * sum(loads), len(loads) * max(loads))
    check.near("The balance of modules in percent", balance, modules.at("balancePercent").number())
    if s.moe and s.moe["E"] % s.ep == 0:
        homes = [0] * s.moe["E"]
        for ep_rank in range(s.ep):
            for expert in range(ep_rank * s.moe["E"] // s.ep, (ep_rank + 1) * s.moe["E"] // s.ep):
                homes[expert] += 1
        check.rule(all(home == 1 for home in homes), "An expert has no home, or two in one EP group.", 1, max(homes))
        check.notes.append(
            f"Each of {s.moe['E']} experts of a layer has one home in every EP group; a GPU holds {short(per_gpu)}."
        )
    elif s.moe:
        check.fault(f"{s.moe['E']} experts do not divide over {s.ep} EP ranks.", 0, s.moe["E"] % s.ep)
    else:
        check.notes.append("The model is dense: there are no experts to place.")
    check.head(per_gpu, modules.at("expertsPerGpuPerLayer").number())


def published_account(s):
    f = s.moe["f"]
    attention = math.ceil(Fraction(s.h * s.h * 2, s.tp))
    experts = math.ceil(Fraction(2 * s.h * f * 2 * s.moe["E"] * s.layer_count, s.tp * s.ep))
    activations = math.ceil(Fraction(s.batch * s.length * s.h, s.tp))
    return {
        "attentionWeightBytes": attention,
        "expertWeightBytes": experts,
        "activationBytes": activations,
        "totalBytes": attention + experts + activations,
    }


def check_memory(check, s, root, classes):
    memory = root.at("estimate").at("memory")
    largest = max(classes, key=lambda item: (item["memory"]["totalBytes"], -item["first"]))
    account, reserve = largest["memory"], reserve_of(s)
    total = account["totalBytes"]
    check.equal("The rank that needs most", largest["first"], memory.at("largestRank").whole())
    keep = 0
    if "constraints" in root and "memoryFreeGiB" in root.at("constraints"):
        keep = root.at("constraints").at("memoryFreeGiB").number() * GIB
    # Memory was written in GiB with twelve digits, and the reserve is no whole number of bytes: one byte is let pass.
    slack = 1 + s.memory * 1e-12 + sum(loose_bytes(s, class_, account[name]) for name, class_ in WEIGHTS)
    check.rule(
        total + reserve + keep < s.memory + slack,
        f"Rank {largest['first']} needs {in_bytes(total + reserve + keep)} with the reserve, of {in_bytes(s.memory)}.",
        int(s.memory),
        total,
    )
    free = memory.at("freeBytes").number()
    check.rule(
        abs(s.memory - total - reserve - free) < 1 + slack,
        f"{in_bytes(s.memory - total - reserve)} stay free, and the file says {in_bytes(free)}.",
        int(s.memory - total - reserve),
        free,
    )
    said, published = (
        memory.at("perGpu"),
        memory.at("accounting").word(("physical", "published-summary")) == "published-summary",
    )
    if published and not s.moe:
        check.fault("The published summary has no words for a model without experts.", "physical", "published-summary")
        return
    if published:
        account = published_account(s)
        check.notes.append(
            "The account is in the published summary's words, a convention; what fits was judged by the physical one."
        )
    else:
        check.near("The reserve", reserve, said.at("runtimeReserveBytes").number(), 1.0)
    loose = {name: 0.0 for name in account}
    if not published:
        for name, class_ in WEIGHTS:
            loose[name] += loose_bytes(s, class_, account[name])
        loose["totalBytes"] = sum(loose.values())
    for name, bytes_ in account.items():
        near = abs(bytes_ - said.at(name).whole()) <= loose[name]
        if not near:
            check.equal(f"{name} of rank {largest['first']}", bytes_, said.at(name).whole())
    if not published:
        parts = sum(said.at(name).whole() for name in ACCOUNT)
        check.equal("The sum of the parts", parts, said.at("totalBytes").whole())
    share = 100 * account["totalBytes"] / s.memory
    check.near("The share of memory in percent", share, memory.at("utilizationPercent").number())
    check.head(account["totalBytes"], said.at("totalBytes").whole())
    check.notes.append(
        f"{in_bytes(account['totalBytes'])} of {in_bytes(s.memory)} are in use, {share:.3g} %; "
        f"rank {largest['first']} needs most."
    )
    if share < 5:
        check.notes.append("So little because the model is small for the cluster, which is no fault.")


def rate_of(s, name):
    dtype = s.formats[name]["dtype"]
    return RATE_OF[s.activations if DTYPE_BYTES[s.activations] > DTYPE_BYTES[dtype] else dtype]


def check_compute(check, s, root, classes):
    compute = root.at("estimate").at("compute")
    flops = max(item["flops"] for item in classes)
    counts = model_parameters(s)
    main = max(CLASSES, key=lambda name: (counts[name], -CLASSES.index(name)))
    peak = s.peaks[rate_of(s, main)]
    step = root.at("estimate").at("time").at("stepMs").positive() / 1e3
    check.near("The FLOPs of the busiest rank", flops, compute.at("flopsPerGpu").number())
    check.near("The peak in TFLOP/s", peak / 1e12, compute.at("peakTflops").number())
    check.near(
        "The share of the peak in percent", 100 * float(flops) / peak / step, compute.at("utilizationPercent").number()
    )
    if "publishedUtilizationPercent" in compute and s.moe:
        tokens = s.batch * s.length
        published = (2 * tokens * s.h**2 + 4 * tokens * s.h * s.moe["f"]) * s.layer_count
        share = 100 * published / (s.tp * s.world) / peak
        check.near("The published compute figure in percent", share, compute.at("publishedUtilizationPercent").number())
    model = root.at("specification").at("model")
    total = sum(counts.values())
    idle = sum(
        x["count"] * (x["moe"]["E"] - x["moe"]["k"]) * expert_parameters(s, x["moe"]) for x in s.layers if x["moe"]
    )
    elements = sum(x["count"] * mixer_of(s, x, 1)["kv"] for x in s.layers)
    check.near("The number of parameters", total, model.at("parameters").at("total").number())
    check.near("The number of active parameters", total - idle, model.at("parameters").at("active").number())
    # A compressed cache has a fraction of an entry for a token.
    check.near("KV elements a token", elements, model.at("kvElementsPerToken").number())
    check.head(flops, compute.at("flopsPerGpu").number())
    check.notes.append(
        f"The busiest rank does {in_flop(flops)} a step, {100 * float(flops) / peak / step:.3g} % of the peak; "
        "a low share is no fault."
    )


def check_balance(check, s, root, classes):
    balance = root.at("estimate").at("balance")
    found = {
        "expertVariancePercent": spread([(item["experts"], item["ranks"]) for item in classes]),
        "computeVariancePercent": spread([(item["flops"], item["ranks"]) for item in classes]),
        "memoryVariancePercent": spread([(item["memory"]["totalBytes"], item["ranks"]) for item in classes]),
    }
    total = max(item["memory"]["totalBytes"] for item in classes)
    loose = sum(loose_bytes(s, class_, total) for _, class_ in WEIGHTS)
    for name, share in found.items():
        spare = 100 * loose / total if name == "memoryVariancePercent" else 0
        check.near(name, 100 * share, balance.at(name).number(), max(1e-10, spare))
    imbalance = tokens_of(s)[2]
    check.near("The expected routing imbalance", imbalance, balance.at("expectedRoutingImbalance").number())
    alike = s.pp == 1 and s.batch % s.dp == 0
    check.rule(
        not alike or max(found.values()) == 0, "Ranks differ although all have the same to do.", 0, max(found.values())
    )
    causes = []
    if s.layer_count % s.pp:
        causes.append("stages of unequal length")
    if s.pp > 1:
        causes.append("what only the first and the last stage hold")
    if s.batch % s.dp:
        causes.append("data-parallel ranks with one sequence more")
    if max(found.values()) > 0:
        check.notes.append(f"Ranks differ because of {' and '.join(causes)}.")
    else:
        check.notes.append("All ranks hold and do the same.")
    check.head(100 * found["expertVariancePercent"], balance.at("expertVariancePercent").number())


def check_communication(check, s, root, stages):
    expected = messages_of(s, stages)
    surveys = {kind: survey(s, kind) for kind in KINDS}
    for kind, found in surveys.items():
        check.rule(found["partitions"], f"The {kind} groups do not partition the ranks.", True, False)
    both = s.tp * s.etp // math.gcd(s.tp, s.etp)
    for kind, fits in (("tp", s.tp <= s.domain), ("etp", both <= s.domain)):
        check.rule(
            not (fits and surveys[kind]["domains"]),
            f"A {kind} group would fit in a fast domain, and is split.",
            False,
            True,
        )
    seen = set()
    sent = 0.0
    for use in root.at("estimate").at("communication").at("perCollective").items():
        key = tuple(use.at(name).text() for name in ("op", "group", "purpose"))
        name = " ".join(key)
        if key not in expected or key in seen:
            check.fault(f"{name} is in the file{' twice' if key in seen else ', and none is needed'}.", None, name)
            continue
        seen.add(key)
        calls, size, bytes_ = expected[key]
        group = surveys[key[1]]
        check.equal(f"The group size of {name}", size_of(s, key[1]), use.at("groupSize").whole())
        check.equal(f"The calls of {name}", calls, use.at("calls").whole())
        check.near(f"The message of {name} in bytes", size, use.at("messageBytes").number())
        check.near(f"The bytes a GPU sends for {name}", bytes_, use.at("bytesPerGpu").number())
        check.equal(f"Whether {name} leaves a fast domain", group["domains"], use.at("crossesDomains").flag())
        check.equal(f"Whether {name} leaves a node", group["nodes"], use.at("crossesNodes").flag())
        sent += use.at("bytesPerGpu").number()
    for key in expected:
        check.rule(key in seen, f"{' '.join(key)} is missing.", " ".join(key), None)
    check.head(float(sum(use[2] for use in expected.values())), sent)
    walked = "one by one" if s.world <= WALK_LIMIT else "by classes of equal groups"
    check.notes.append(
        f"Groups were rebuilt from the numbering of ranks, {walked}; a GPU sends {in_bytes(sent)} a step."
    )


def weights_read(s, stage):
    """Bytes of weights that a rank reads for every micro-batch whatever its kernels do. Tables are not read."""
    parameters = stage_parameters(s, stage)
    bytes_ = sum(parameters[name] * s.formats[name]["bytes"] for name in ("attention", "dense", "shared", "router"))
    if s.moe:
        _, tr, _, _ = tokens_of(s)
        # With 32 tokens for each expert on average, the chance that one has none is e^-32 and less.
        if s.etp * tr * s.moe["k"] * s.ep >= 32 * s.moe["E"]:
            bytes_ += parameters["expert"] * s.formats["expert"]["bytes"]
    return bytes_


def check_time(check, s, root, stages, classes):
    estimate = root.at("estimate")
    time = estimate.at("time")
    step = time.at("stepMs").positive() / 1e3
    m = math.ceil(Fraction(sequences_of(s, 0), s.b))
    check.equal("The number of micro-batches", m, time.at("microBatches").whole())
    rates = [s.peaks[rate_of(s, name)] for name in CLASSES] + [s.peaks["bf16"], s.peaks[RATE_OF[s.activations]]]
    least = max(
        float(max(item["flops"] for item in classes)) / max(rates),
        max(m * float(weights_read(s, stage)) for stage in stages) / s.hbm,
    )
    check.rule(
        step >= least * (1 - TOLERANCE),
        f"A step of {step * 1e3:.6g} ms is shorter than the {least * 1e3:.6g} ms that its work or its weights take.",
        least * 1e3,
        step * 1e3,
    )
    parts = [part.at("ms").number() for part in time.at("breakdown").items()]
    check.near("The sum of the breakdown in ms", sum(parts), step * 1e3)
    check.rule(
        all(part >= 0 for part in parts), "A part of the breakdown takes less than no time.", 0, min(parts, default=0)
    )
    bubble = time.at("bubblePercent").number()
    check.rule(
        abs(bubble) < 1e-6 if s.pp == 1 else -1e-6 < bubble < 100,
        f"A bubble of {bubble} % cannot be with {s.pp} stages.",
        0,
        bubble,
    )
    for use in estimate.at("communication").at("perCollective").items():
        ms, name = use.at("ms").number(), f"The {use.at('op').text()} for {use.at('purpose').text()}"
        bound = use.at("bytesPerGpu").number() / sum(s.links) * 1e3
        check.rule(
            bound * (1 - TOLERANCE) <= ms,
            f"{name} takes {ms:.6g} ms, less than its bytes on both links together.",
            bound,
            ms,
        )
        check.rule(
            ms * (1 - TOLERANCE) <= step * 1e3, f"{name} takes {ms:.6g} ms, longer than the step.", step * 1e3, ms
        )
    tokens = s.batch * s.length / step
    check.near("Tokens a second", tokens, estimate.at("throughput").at("tokensPerSecond").number())
    check.near(
        "Tokens a second and GPU", tokens / s.world, estimate.at("throughput").at("tokensPerSecondPerGpu").number()
    )
    words = ("derived", "calibrated", "extrapolated")
    each = [estimate.at("evidenceOf").at(name).word(words) for name in ("memory", "compute", "time")]
    check.equal("The evidence of the whole", max(each, key=words.index), estimate.at("evidence").word(words))
    check.rule(
        each[2] != "derived", "Times come from fitted curves: no datasheet derives them.", "calibrated", "derived"
    )
    check.head(f"at least {least * 1e3:.6g} ms", f"{step * 1e3:.6g} ms")
    check.notes.append(
        f"A step of {step * 1e3:.6g} ms gives {tokens:.6g} tokens/s; it cannot be below {least * 1e3:.6g} ms. "
        "Times are a model's, bounded here and not repeated."
    )


def check_batch(check, s):
    most = sequences_of(s, 0)
    dealt = sum(sequences_of(s, rank) for rank in range(s.dp))
    check.equal("The number of sequences dealt", s.batch, dealt)
    check.rule(s.b <= most, f"A micro-batch of {s.b} is more than the {most} sequences of a rank.", most, s.b)
    check.rule(s.replicas == 1, "One batch is split over dp: there is nothing for a second replica.", 1, s.replicas)
    check.head(s.batch, dealt)
    check.notes.append(
        f"{s.batch} sequences over {s.dp} data-parallel ranks, at most {most} each, {s.b} in a micro-batch."
    )


def check_constraints(check, s, root):
    check.head(0, 0)
    if "constraints" not in root:
        check.notes.append("The file names no constraints.")
        return
    constraints = root.at("constraints")
    values = {name: getattr(s, name) for name in ("tp", "cp", "dp", "pp", "ep", "etp", "replicas")}
    values["gpus"] = s.world
    for name, value in values.items():
        if name not in constraints:
            continue
        bound = constraints.at(name)
        exact = not isinstance(bound.value, dict)
        low = bound.whole(1) if exact else (bound.at("min").whole(1) if "min" in bound else 1)
        high = low if exact else (bound.at("max").whole(1) if "max" in bound else value)
        check.rule(
            low <= value <= max(low, high), f"{name} is {value}, and has to be from {low} to {high}.", low, value
        )
    check.notes.append("Every degree is held against what was asked for.")


def check_search(check, root):
    search = root.at("search")
    counts = {name: search.at(name).whole() for name in ("enumerated", "evaluated", "pruned")}
    rejected = search.at("rejected")
    if not isinstance(rejected.value, dict):
        raise Malformed(f"{rejected.path} is not an object")
    turned_away = sum(rejected.at(reason).whole() for reason in rejected.value)
    exhaustive = search.at("exhaustive").flag()
    accounted = counts["evaluated"] + counts["pruned"] + turned_away
    if exhaustive:
        check.equal("The number of candidates", accounted, counts["enumerated"])
    check.rule(
        counts["evaluated"] >= 1, "No candidate was evaluated, so none can have been chosen.", 1, counts["evaluated"]
    )
    if "verdict" in root:
        verdict = root.at("verdict").word(("optimal", "valid", "invalid"))
        check.rule(
            exhaustive or verdict != "optimal", "A search that was cut short proves nothing optimal.", "valid", verdict
        )
    check.head(accounted if exhaustive else counts["enumerated"], counts["enumerated"])
    check.notes.append(
        f"{counts['evaluated']} candidates evaluated, {counts['pruned']} pruned, {turned_away} rejected, "
        f"of {counts['enumerated']}."
    )
    return exhaustive


# --- all together ---------------------------------------------------------------------------------------------------


def rank_classes(s, stages):
    classes = []
    runs = index_runs(s)
    for stage in stages:
        accounts = {}
        with_experts = sum(count for kind, count in stage["held"].items() if s.layers[kind]["moe"])
        for first, count, sequences, block_sequences in runs:
            if sequences not in accounts:
                accounts[sequences] = memory_of(s, stage, sequences)
            classes.append({
                "first": stage["index"] * s.stage + first,
                "ranks": count * s.replicas,
                "memory": accounts[sequences],
                "flops": flops_of(s, stage, sequences, block_sequences),
                "experts": with_experts * Fraction(s.moe["E"], s.ep) if s.moe else Fraction(0),
            })  # fmt: skip
    return classes


def verify(document):
    root = Node(document)
    if root.at("format").text() != FORMAT:
        raise Malformed(f"/format is {root.at('format').value!r}, and this program reads {FORMAT!r}")
    s = Spec(root)
    broken = structure_faults(s)
    stages = [] if broken else stage_layers(s)
    classes = [] if broken else rank_classes(s, stages)
    families = (
        ("divisibility", lambda check: check_divisibility(check, s)),
        ("constraints", lambda check: check_constraints(check, s, root)),
        ("gpu-count", lambda check: check_gpu_count(check, s, root)),
        ("layers", lambda check: check_layout(check, s, root, stages)),
        ("batch-split", lambda check: check_batch(check, s)),
        ("expert-balance", lambda check: check_experts(check, s, root, stages)),
        ("memory-efficiency", lambda check: check_memory(check, s, root, classes)),
        ("compute-efficiency", lambda check: check_compute(check, s, root, classes)),
        ("load-balance", lambda check: check_balance(check, s, root, classes)),
        ("communication", lambda check: check_communication(check, s, root, stages)),
        ("time", lambda check: check_time(check, s, root, stages, classes)),
    )
    checks = []
    for name, run in families:
        check = Check(name)
        if broken:
            for text, expected, actual in broken:
                check.fault(f"Cannot be derived: {text}", expected, actual)
        else:
            run(check)
        checks.append(check.result())
    search = Check("search")
    exhaustive = check_search(search, root)
    checks.append(search.result())
    failed = [check["id"] for check in checks if check["status"] != "pass"]
    checks.append({
        "id": "overall",
        "status": "fail" if failed else "pass",
        "expected": len(checks),
        "actual": len(checks) - len(failed),
        "explanation": f"These do not pass: {', '.join(failed)}." if failed else f"All {len(checks)} checks pass.",
    })  # fmt: skip
    verdict = "invalid" if failed else "optimal" if exhaustive else "valid"
    name = root.at("strategy").at("name").text()
    return {"strategy": name, "verdict": verdict, "checks": checks}


def main(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    path = arguments[1] if len(arguments) > 1 else os.path.join(here, "optimal_parallel_strategy.json")
    results_path = os.path.join(os.path.dirname(os.path.abspath(path)), "verification_results.json")
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        results = verify(document)
        with open(results_path, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2, ensure_ascii=False)
            file.write("\n")
    except Malformed as error:
        print(f"{path} is not a strategy that can be verified: {error}.", file=sys.stderr)
        return 2
    except RecursionError:
        print(f"{path} is not a strategy that can be verified: it is nested too deep.", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"{path} cannot be read, or its results not written: {error}", file=sys.stderr)
        return 2
    print(f"{results['strategy']}: {results['verdict']}")
    for check in results["checks"]:
        print(f"  {check['status']:4}  {check['id']:18}  {check['explanation']}")
    print(f"Written to {results_path}")
    return 1 if results["verdict"] == "invalid" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

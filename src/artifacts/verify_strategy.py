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
import statistics
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
ENGINES = ("vllm", "sglang", "tensorrt-llm", "generic")
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


DEGREES = ("tp", "cp", "dp", "pp", "ep", "etp")


class Spec:
    """The specifications, as plain attributes; what is laid out on them adds its degrees."""

    def __init__(self, root):
        spec = root.at("specification")
        model, cluster = spec.at("model"), spec.at("cluster")
        self.h = model.at("hiddenSize").whole(1)
        self.layers = [read_layers(layers) for layers in model.at("layers").items()]
        self.layer_count = sum(layers["count"] for layers in self.layers)
        if not 1 <= self.layer_count <= 10**6:
            raise Malformed(f"{model.path}/layers has {self.layer_count} layers")
        self.kinds, self.modules, self.repeats = self.layers, [], 0  # what guesses tokens stands behind the model's own
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
        self.given_vocabulary, self.slots = self.vocabulary, self.moe["E"] if self.moe else 0
        self.first_rank = self.first_gpu = 0
        self.inside, self.expert_axes = False, ("edp", "ep", "etp")  # stages inside data-parallel ranks; slowest first

    def lay_out(self, strategy, replicas):
        for name in DEGREES:
            setattr(self, name, strategy.at(name).whole(1, MAX_GPUS))
        self.replicas = replicas.whole(1, MAX_GPUS)
        self.stage = self.tp * self.cp * self.dp
        self.world = self.stage * self.pp * self.replicas
        self.edp = Fraction(self.stage, self.ep * self.etp)
        self.kappa = self.cp  # parts that the cache of a sequence is cut in


class Batch(Spec):
    def __init__(self, root):
        super().__init__(root)
        workload, strategy = root.at("specification").at("workload"), root.at("strategy")
        self.batch = workload.at("batchSize").whole(1)
        self.length = workload.at("sequenceLength").whole(1)
        self.lay_out(strategy, strategy.at("replicas"))
        self.b = strategy.at("microBatchSize").whole(1)


class Worker(Spec):
    """One kind of worker of a serving strategy: all that an engine is started with, and what a mean step has to do."""

    def __init__(self, root, role, strategy, replicas, estimate):
        super().__init__(root)
        spec = root.at("specification")
        workload, engine = spec.at("workload"), spec.at("engine")
        self.role, self.strategy, self.estimate = role, strategy, estimate
        self.lay_out(strategy, replicas)
        self.most = strategy.at("maxConcurrency").whole(1)
        self.redundant = strategy.at("redundantExperts").whole(0)
        self.slots += self.redundant if self.moe else 0
        if self.vocabulary % self.tp:
            self.vocabulary = -(-self.vocabulary // (64 * self.tp)) * 64 * self.tp
        self.engine = engine.at("name").word(ENGINES)
        self.exchange = engine.at("exchange").word(("deepep", "allgather"))
        self.inside = self.engine == "vllm"
        mixers = [layers["mixer"] for layers in self.layers if layers["mixer"]]
        self.latent = all(mixer["kind"] == "mla" for mixer in mixers)
        sparse = self.latent and all(mixer["topK"] for mixer in mixers)
        if self.engine != "generic" and not (self.engine == "vllm" and sparse):
            self.kappa = 1  # each of the ranks that have a sequence together keeps all of its cache
        if self.engine == "tensorrt-llm":
            self.expert_axes = ("edp", "etp", "ep")
        memory = engine.at("memory")
        self.basis = memory.at("basis").word(("total", "static", "free"))
        self.fraction = Fraction(memory.at("memoryFraction").positive())
        alone = self.tp == self.cp == self.dp == self.ep == self.etp == 1
        self.overhead = Fraction(memory.at("overheadAloneBytes" if alone else "overheadWithCollectivesBytes").number())
        self.logit, self.page = Fraction(memory.at("logitBytes").positive()), memory.at("blockTokens").whole(1)
        reserved = memory.at("outputReserve").positive()
        self.keep = Fraction(spec.at("memoryFreeGiB").number()) * GIB
        self.batch_tokens, self.max_sequences = engine.at("maxBatchTokens").whole(1), engine.at("maxSequences").whole(1)
        self.input, self.output = workload.at("inputTokens").whole(1), workload.at("outputTokens").whole(1)
        self.uniform = workload.at("routing").value == "uniform"
        # In doubles, as it was planned: exactly, 40 tokens less nine tenths of them would not be four.
        self.computed = max(1, math.ceil(self.input * (1 - workload.at("prefixCacheHitRate").number())))
        self.history = self.input - self.computed
        self.passes = -(-self.computed // self.batch_tokens)
        self.guesses, self.gained = 0, Fraction(1)
        if "speculative" in workload:
            self.guesses = workload.at("speculative").at("tokens").whole(1)
            chance = Fraction(workload.at("speculative").at("acceptance").number())
            self.gained = sum((chance**i for i in range(self.guesses + 1)), Fraction(0))
            if "mtp" in spec.at("model"):
                self.guess(spec.at("model").at("mtp"))
        answer = 0 if role == "prefill" else self.output
        self.kept, self.full = self.input + math.ceil(answer * reserved), self.input + answer
        pages = self.kappa * self.page
        self.length = -(-self.kept // pages) * pages
        self.ranks = self.replicas * self.dp
        self.sequences, self.fuller = -(-self.most // self.ranks), self.most % self.ranks
        # The mean step: how many decode is the file's word, the rest follows from it.
        reads = role == "prefill" or self.output == 1
        self.decoding = Fraction(0) if reads else Fraction(estimate.at("load").at("sequences").number())
        beside = self.decoding * self.computed * self.gained / (self.output - 1) if not reads else self.computed
        self.prompt_tokens = Fraction(0) if role == "decode" else Fraction(beside)
        self.context = Fraction(0) if role == "prefill" else self.input + Fraction(self.output, 2)


    def guess(self, mtp):
        """Modules of the model's own that guess, at most one a token: lists of places in `kinds`."""
        only(mtp, ("modules", "layers"))
        count, runs = mtp.at("modules").whole(1, 100), [read_layers(layers) for layers in mtp.at("layers").items()]
        layers = [{**run, "count": 1, "guesses": True} for run in runs for _ in range(run["count"])]
        each, rest = divmod(len(layers), count)
        if rest or not each:
            raise Malformed(f"{mtp.path} has {len(layers)} layers in {count} modules")
        used = min(count, self.guesses)
        self.kinds = self.layers + layers[: used * each]
        first = len(self.layers)
        self.modules = [range(first + i * each, first + (i + 1) * each) for i in range(used)]
        self.repeats = self.guesses - used


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
        self.about = ""  # which kind of worker is told of, where there are two

    def fault(self, text, expected=None, actual=None):
        self.faults.append((self.about + text, plain(expected), plain(actual)))

    def note(self, text):
        self.notes.append(self.about + text)

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


def ranks_per_domain(s, others=0):
    """GPUs of a domain that take ranks, behind those that others have. What is larger than a domain begins with one."""
    both = s.tp * s.etp // math.gcd(s.tp, s.etp)
    unit = both if both <= s.domain else s.tp
    if unit > s.domain:
        return 0 if others else s.domain
    return (s.domain - others) // unit * unit


def seating(s):
    """From a rank to its GPU. Ranks go on where others end, and keep TP groups inside domains."""
    others, per_domain, domain = s.first_gpu % s.domain, ranks_per_domain(s), s.domain
    first_gpu, here = s.first_gpu, ranks_per_domain(s, others)
    second = first_gpu - others + domain
    return lambda rank: (
        first_gpu + rank
        if rank < here
        else second + (rank - here) // per_domain * domain + (rank - here) % per_domain
    )


def gpu_of(s, rank):
    return seating(s)(rank)


def next_first_gpu(s, taken):
    """First GPU for ranks that come after others: right there, or in the next domain where not one unit has room."""
    others = taken % s.domain
    return taken if ranks_per_domain(s, others) else taken - others + s.domain


def rank_of(s, replica, stage, index):
    inner = s.tp * s.cp
    if s.inside:
        return ((replica * s.dp + index // inner) * s.pp + stage) * inner + index % inner
    return (replica * s.pp + stage) * s.stage + index


def sequences_of(s, dp_rank):
    return s.batch // s.dp + (1 if dp_rank < s.batch % s.dp else 0)


def stride_of(s, kind):
    if kind in s.expert_axes:
        faster = s.expert_axes[s.expert_axes.index(kind) + 1 :]
        return math.prod(size_of(s, axis) for axis in faster)
    return {"tp": 1, "cp": s.tp, "dp": s.tp * s.cp, "pp": s.stage}[kind]


def size_of(s, kind):
    return int(getattr(s, kind))


def survey(s, kind):
    """Whether groups partition the ranks, and whether one leaves its domain or its node."""
    size, stride = size_of(s, kind), stride_of(s, kind)
    if size == 1:
        return {"partitions": True, "domains": False, "nodes": False}
    gpu_at = seating(s)

    def place(rank):
        gpu = gpu_at(rank)
        return gpu // s.domain, gpu // s.per_node

    if s.inside and s.pp > 1 and s.dp > 1:
        return survey_groups(groups_of(s, kind), s.world, place)
    seen = bytearray(s.world if s.world <= WALK_LIMIT else 0)
    domains = nodes = False
    # Behind the domain and node that they start in, boundaries come back every period.
    period = ranks_per_domain(s) * max(1, s.per_node // s.domain)
    end = s.world if seen else min(s.world, max(s.domain, s.per_node) + period * stride * size)
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


def groups_of(s, kind):
    """Every group of a kind, member by member: for numberings in which they are not evenly spaced."""
    size, stride = size_of(s, kind), stride_of(s, kind)
    for replica in range(s.replicas):
        if kind == "pp":
            for index in range(s.stage):
                yield [rank_of(s, replica, stage, index) for stage in range(s.pp)]
            continue
        for stage in range(s.pp):
            for index in range(s.stage):
                if index // stride % size == 0:
                    yield [rank_of(s, replica, stage, index + j * stride) for j in range(size)]


def survey_groups(groups, world, place):
    seen, domains, nodes = bytearray(world), False, False
    for members in groups:
        places = [place(rank) for rank in members]
        domains = domains or len({domain for domain, _ in places}) > 1
        nodes = nodes or len({node for _, node in places}) > 1
        for rank in members:
            seen[rank] = min(2, seen[rank] + 1)
    return {"partitions": all(count == 1 for count in seen), "domains": domains, "nodes": nodes}


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
    for kind in (kind for module in s.modules for kind in module):
        stages[-1]["held"][kind] = 1
    return stages


def moe_layers(s, stage):
    """How many of the model's own layers on the stage have experts."""
    held = ((s.kinds[kind], count) for kind, count in stage["held"].items())
    return sum(count for layers, count in held if layers["moe"] and not layers.get("guesses"))


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


def mixer_of(s, layers, tp, length=None):
    """Figures of a layer's mixer on a rank of tp, for a sequence of so many tokens; of a layer without one, nothing."""
    mixer, length = layers["mixer"], s.length if length is None else length
    if not mixer:
        return NOTHING
    key = (id(mixer), tp, length)
    if key not in s.mixers:
        s.mixers[key] = {**NOTHING, **MIXERS[mixer["kind"]](mixer, s.h, tp, length)}
    return s.mixers[key]


# --- weights --------------------------------------------------------------------------------------------------------


def ffn_parameters(outer, width, matrices, bias):
    return matrices * outer * width + ((matrices - 1) * width + outer if bias else 0)


def expert_parameters(s, moe):
    return ffn_parameters(moe["w"] or s.h, moe["f"], moe["m"], moe["expertBias"])


def layer_parameters(s, layers, tp, ep, etp, redundant=0):
    """By class, with further copies of experts in each MoE layer; `embedding` is the layer's own table."""
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
        found["expert"] = Fraction((moe["E"] + redundant) * expert_parameters(s, moe), ep * etp)
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
        redundant = s.slots - s.moe["E"] if s.moe else 0
        for name, parameters in layer_parameters(s, s.kinds[kind], s.tp, s.ep, s.etp, redundant).items():
            total[name] += count * parameters
    table = Fraction(s.vocabulary * s.h, s.tp)
    total["tables"] = total["embedding"]
    total["embedding"] = table if stage["index"] == 0 else Fraction(0)
    if stage["last"]:
        total["norm"] += closing_norms(s)
        total["head"] = Fraction(0) if s.tied and s.pp == 1 else table
        total["head"] += Fraction(s.vocabulary if s.head_bias else 0, s.tp)
        # A module joins two vectors of h by a matrix, behind norms, and its tokens are looked up on its own stage.
        total["norm"] += len(s.modules) * (2 * s.h * s.h + 3 * s.h)
        if s.modules and s.pp > 1 and not s.tied:
            total["embedding"] += table
    return total


def model_parameters(s):
    total = dict.fromkeys(CLASSES, Fraction(0))
    for layers in s.layers:
        for name, parameters in layer_parameters(s, layers, 1, 1, 1).items():
            total[name] += layers["count"] * parameters
    total["norm"] += closing_norms(s)
    vocabulary = s.given_vocabulary
    total["embedding"] += vocabulary * s.h
    total["head"] = Fraction((0 if s.tied else vocabulary * s.h) + (vocabulary if s.head_bias else 0))
    return total


def cache_of(s, layers, sequences):
    """Bytes that sequences leave in a layer: keys and values over the parts of the cache, states over tp."""
    mixer = mixer_of(s, layers, s.tp)
    spread = mixer["entries"] * s.c + s.length * mixer["index"]
    held = mixer["state"] * s.state + mixer["inputs"] * STREAM
    return sequences * (Fraction(spread) / s.kappa + Fraction(held) / s.tp)


def gathered_of(s, layers, tokens):
    """Bytes of one layer's keys and values of so many tokens, from all ranks of a cp group."""
    mixer = mixer_of(s, layers, s.tp)
    return tokens * (mixer["kv"] * s.c + mixer["index"])


def gathered_behind(s, layers, history):
    """The same of what stands before a pass of a prompt, as far back as the layer looks. Who keeps it all gathers none."""
    mixer = layers["mixer"]
    if s.kappa == 1 or not mixer:
        return 0
    windowed = mixer["kind"] == "attention" or (mixer["kind"] == "compressed" and not mixer["ratio"])
    window = mixer["window"] if windowed else None
    return gathered_of(s, layers, history if window is None else min(history, window))


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


def activation_bytes(s, stage, t, tr, te, logits):
    phases = [0]  # a layer may be nothing but a norm
    for kind in stage["held"]:
        layers = s.kinds[kind]
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
        phases.append(logits)
    return math.ceil(tr * s.streams * s.h * STREAM + max(phases))


def weights_of(s, stage):
    parameters = stage_parameters(s, stage)
    formats = {**s.formats, "tables": s.formats["embedding"]}
    stored = {name: math.ceil(count * formats[name]["bytes"]) for name, count in parameters.items()}
    return dict(zip(ACCOUNT, (
        stored["attention"], stored["dense"], stored["expert"], stored["shared"], stored["router"],
        stored["embedding"] + stored["tables"] + stored["head"], stored["norm"],
    )))  # fmt: skip


def memory_of(s, stage, sequences):
    t, tr, _, te = tokens_of(s)
    held = [s.kinds[kind] for kind in stage["held"]]
    buffers = 0
    if s.ep > 1:
        buffers += math.ceil(max(dispatched_of(s, layers, tr) for layers in held) * (s.a + STREAM))
    if s.cp > 1:
        buffers += math.ceil(max(gathered_of(s, layers, s.b * s.length) for layers in held))
    if s.pp > 1:
        buffers += 2 * tr * s.streams * s.h * STREAM
    cached = sum(count * cache_of(s, s.kinds[kind], sequences) for kind, count in stage["held"].items())
    logits = s.b * (STREAM * s.h + Fraction(LOGIT * s.vocabulary, s.tp))
    account = weights_of(s, stage)
    account["kvCacheBytes"] = math.ceil(cached)
    account["activationBytes"] = activation_bytes(s, stage, t, tr, te, logits)
    account["messageBufferBytes"] = buffers
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
        layers = s.kinds[kind]
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


def heaviest(s, stages, calls_of):
    """op, group and purpose -> calls, messageBytes, bytesPerGpu, of the stage that sends most. Groups of one call nobody."""
    most = {}
    for stage in stages:
        here = {}
        for op, group, purpose, size, times in calls_of(stage):
            n, key = size_of(s, group), (op, group, purpose)
            if n == 1 or times == 0:
                continue
            calls, largest, sent = here.get(key, (0, 0, 0))
            share = 1 if op == "pointToPoint" else Fraction(n - 1, n) * (2 if op == "allReduce" else 1)
            here[key] = (calls + times, max(largest, size), sent + times * size * share)
        for key, use in here.items():
            if key not in most or use[2] > most[key][2]:
                most[key] = use
    return most


def messages_of(s, stages):
    t, tr, _, _ = tokens_of(s)
    m = math.ceil(Fraction(sequences_of(s, 0), s.b))
    stream = t * s.h * STREAM

    def calls_of(stage):
        for kind, count in stage["held"].items():
            layers, times = s.kinds[kind], count * m
            moe = layers["moe"]
            around = {"attention": layers["mixer"], "dense": layers["dense"], "shared": moe and moe["fs"]}
            for purpose in (name for name, there in around.items() if there):
                yield "allGather", "tp", purpose, stream, times
                yield "reduceScatter", "tp", purpose, stream, times
            gathered = gathered_of(s, layers, s.b * s.length)
            yield "allGather", "cp", "kv", gathered, times if gathered else 0
            if moe:
                copies = dispatched_of(s, layers, tr)
                yield "allToAll", "ep", "dispatch", copies * s.a, times
                yield "allGather", "etp", "experts", s.etp * copies * s.a, times
                yield "reduceScatter", "etp", "experts", s.etp * copies * STREAM, times
                yield "allToAll", "ep", "combine", copies * STREAM, times
        if stage["last"] and s.vocabulary:
            yield "allGather", "tp", "logits", s.b * LOGIT * s.vocabulary, m
        if not stage["last"]:
            yield "pointToPoint", "pp", "activations", tr * s.streams * s.h * STREAM, m

    return heaviest(s, stages, calls_of)


# --- the checks, one family each ------------------------------------------------------------------------------------


def fold_faults(s):
    """What keeps a strategy from having ranks and stages at all: nothing else can be derived then."""
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
    return faults


def structure_faults(s):
    faults = fold_faults(s)
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
            divides("the experts", s.slots, "ep")
            divides("the intermediate size of an expert", moe["f"], "etp", 1, "expert")
            divides("the shared intermediate size", moe["fs"], "tp", 1, "shared")
    divides("the vocabulary", s.vocabulary, "tp", 1, "embedding")
    divides("the vocabulary", s.vocabulary, "tp", 1, "head")
    check.rule(s.moe or s.ep == s.etp == 1, "A dense model has no experts: ep and etp must be 1.", 1, s.ep * s.etp)
    check.rule(
        s.cp == 1 or isinstance(s, Worker) or s.length % (2 * s.cp) == 0,  # engines pad the parts of a prompt
        f"{s.length} tokens do not split into {2 * s.cp} equal chunks.",
        0,
        s.length % (2 * s.cp),
    )
    check.head(0, 0)
    check.note("Broken rules are counted: every split dimension has to divide evenly.")


def expected_name(s, replicas=None):
    replicas = s.replicas if replicas is None else replicas
    parts = [f"{word}{degree}" for word, degree in (("EP", s.ep), ("TP", s.tp)) if degree > 1]
    if s.moe and s.etp != s.tp:
        parts.append(f"ETP{s.etp}")
    parts += [f"{word}{degree}" for word, degree in (("PP", s.pp), ("CP", s.cp)) if degree > 1]
    if s.dp > 1 and s.stage != s.ep * s.etp:
        parts.append(f"DP{s.dp}")
    parts = parts or ["TP1"]
    return "_".join(parts + ([f"x{replicas}"] if replicas > 1 else []))


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
        check.note(f"All {s.world} ranks were walked; each has a GPU of its own, of {s.cluster_gpus}.")
    else:
        check.note(
            f"{s.world} ranks rise with their GPUs, and the last fits; so many are not walked one by one."
        )


def check_layout(check, s, root, stages):
    """The layout that the file gives in words and numbers, where it gives one."""
    check.head(s.layer_count, sum(stage["count"] for stage in stages))
    check.note(
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
        with_experts = moe_layers(s, stage)
        check.equal(f"The MoE layers {name}", with_experts, node.at("moeLayers").whole())
    check_nodes(check, s, layout)


def check_nodes(check, s, layout):
    """The ranks of every run of nodes have to be on the nodes that the numbering gives them, each named once."""
    expected = s.first_rank
    for node in layout.at("nodes").items():
        first_node, nodes = node.at("firstNode").whole(), node.at("nodes").whole(1)
        first, per = node.at("firstRank").whole(), node.at("ranksPerNode").whole(1)
        check.equal("The first rank of a run of nodes", expected, first)
        expected = first + nodes * per
        if expected > s.first_rank + s.world:
            check.fault("layout.nodes names more ranks than there are.", s.first_rank + s.world, expected)
            return
        for step in range(nodes):
            for rank in (first + step * per, first + (step + 1) * per - 1):
                there = gpu_of(s, rank - s.first_rank) // s.per_node
                check.rule(
                    there == first_node + step,
                    f"Rank {rank} is said to be on node {first_node + step}, and is on {there}.",
                    there,
                    first_node + step,
                )
    check.equal("The ranks that layout.nodes names", s.first_rank + s.world, expected)


def check_experts(check, s, modules, stages):
    """Modules are told once: of a disaggregated strategy those of the workers that write the answers."""
    per_gpu = Fraction(s.slots, s.ep)
    if modules:
        check_modules(check, s, modules, stages)
    if s.moe and s.slots % s.ep == 0:
        homes = [0] * s.slots
        for ep_rank in range(s.ep):
            for slot in range(ep_rank * s.slots // s.ep, (ep_rank + 1) * s.slots // s.ep):
                homes[slot] += 1
        check.rule(all(home == 1 for home in homes), "An expert has no home, or two in one EP group.", 1, max(homes))
        spare = s.slots - s.moe["E"]
        copies = f", {spare} of them further copies," if spare else ""
        check.note(
            f"Each of {s.slots} experts of a layer{copies} has one home in every EP group; a GPU holds {short(per_gpu)}."
        )
    elif s.moe:
        check.fault(f"{s.slots} experts do not divide over {s.ep} EP ranks.", 0, s.slots % s.ep)
    else:
        check.note("The model is dense: there are no experts to place.")
    check.head(per_gpu, modules.at("expertsPerGpuPerLayer").number() if modules else per_gpu)


def check_modules(check, s, modules, stages):
    count = (s.ep * s.edp if s.moe else s.dp * s.cp) * s.pp * s.replicas
    check.equal("The number of modules", count, modules.at("count").whole())
    check.equal("The GPUs of a module", s.etp if s.moe else s.tp, modules.at("gpusPerModule").whole())
    check.near("Experts a GPU and layer", Fraction(s.slots, s.ep), modules.at("expertsPerGpuPerLayer").number())
    loads = []
    for stage in stages:
        with_experts = moe_layers(s, stage)
        loads.append(with_experts if s.moe else stage["count"])
    balance = Fraction(100 * sum(loads), len(loads) * max(loads))
    check.near("The balance of modules in percent", balance, modules.at("balancePercent").number())


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
        check.note(
            "The account is in the published summary's words, a convention; what fits was judged by the physical one."
        )
    else:
        check.near("The reserve", reserve, said.at("runtimeReserveBytes").number(), 1.0)
    compare_account(check, s, said, {"first": largest["first"], "memory": account}, published)
    share = 100 * account["totalBytes"] / s.memory
    check.near("The share of memory in percent", share, memory.at("utilizationPercent").number())
    check.head(account["totalBytes"], said.at("totalBytes").whole())
    check.note(
        f"{in_bytes(account['totalBytes'])} of {in_bytes(s.memory)} are in use, {share:.3g} %; "
        f"rank {largest['first']} needs most."
    )
    if share < 5:
        check.note("So little because the model is small for the cluster, which is no fault.")


def compare_account(check, s, said, largest, published=False):
    account, rank = largest["memory"], largest["first"]
    loose = {name: 0.0 for name in account}
    if not published:
        for name, class_ in WEIGHTS:
            loose[name] += loose_bytes(s, class_, account[name])
        loose["totalBytes"] = sum(loose.values())
    for name, bytes_ in account.items():
        near = abs(bytes_ - said.at(name).whole()) <= loose[name]
        if not near:
            check.equal(f"{name} of rank {rank}", bytes_, said.at(name).whole())
    if not published:
        parts = sum(said.at(name).whole() for name in ACCOUNT)
        check.equal("The sum of the parts", parts, said.at("totalBytes").whole())


def rate_of(s, name):
    dtype = s.formats[name]["dtype"]
    return RATE_OF[s.activations if DTYPE_BYTES[s.activations] > DTYPE_BYTES[dtype] else dtype]


def check_compute(check, s, estimate, model, classes):
    compute = estimate.at("compute")
    flops = max(item["flops"] for item in classes)
    counts = model_parameters(s)
    main = max(CLASSES, key=lambda name: (counts[name], -CLASSES.index(name)))
    peak = s.peaks[rate_of(s, main)]
    step = estimate.at("time").at("stepMs").positive() / 1e3
    check.near("The FLOPs of the busiest rank", flops, compute.at("flopsPerGpu").number())
    check.near("The peak in TFLOP/s", peak / 1e12, compute.at("peakTflops").number())
    check.near(
        "The share of the peak in percent", 100 * float(flops) / peak / step, compute.at("utilizationPercent").number()
    )
    if "publishedUtilizationPercent" in compute and s.moe and hasattr(s, "batch"):
        tokens = s.batch * s.length
        published = (2 * tokens * s.h**2 + 4 * tokens * s.h * s.moe["f"]) * s.layer_count
        share = 100 * published / (s.tp * s.world) / peak
        check.near("The published compute figure in percent", share, compute.at("publishedUtilizationPercent").number())
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
    check.note(
        f"The busiest rank does {in_flop(flops)} a step, {100 * float(flops) / peak / step:.3g} % of the peak; "
        "a low share is no fault."
    )


def check_spread(check, s, balance, classes):
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
    check.head(100 * found["expertVariancePercent"], balance.at("expertVariancePercent").number())
    return found


def told_causes(check, found, causes):
    if max(found.values()) > 0:
        check.note(f"Ranks differ because of {' and '.join(causes)}.")
    else:
        check.note("All ranks hold and do the same.")


def check_balance(check, s, root, classes):
    balance = root.at("estimate").at("balance")
    found = check_spread(check, s, balance, classes)
    imbalance = tokens_of(s)[2]
    check.near("The expected routing imbalance", imbalance, balance.at("expectedRoutingImbalance").number())
    alike = s.pp == 1 and s.batch % s.dp == 0
    check.rule(
        not alike or max(found.values()) == 0, "Ranks differ although all have the same to do.", 0, max(found.values())
    )
    causes = stage_causes(s)
    if s.batch % s.dp:
        causes.append("data-parallel ranks with one sequence more")
    told_causes(check, found, causes)


def stage_causes(s):
    causes = []
    if s.layer_count % s.pp:
        causes.append("stages of unequal length")
    if s.pp > 1:
        causes.append("what only the first and the last stage hold")
    return causes


def check_communication(check, s, estimate, expected):
    surveys = {kind: survey(s, kind) for kind in KINDS}
    for kind, found in surveys.items():
        check.rule(found["partitions"], f"The {kind} groups do not partition the ranks.", True, False)
    both = s.tp * s.etp // math.gcd(s.tp, s.etp)
    # Some engines number the ranks of an ETP group apart, and no placement mends that.
    row = s.expert_axes[2] == "etp" or s.ep == 1
    row = row and (not s.inside or s.pp == 1 or s.dp == 1 or s.tp * s.cp % s.etp == 0)
    for kind, fits in (("tp", s.tp <= s.domain), ("etp", row and both <= s.domain)):
        check.rule(
            not (fits and surveys[kind]["domains"]),
            f"A {kind} group would fit in a fast domain, and is split.",
            False,
            True,
        )
    seen = set()
    sent = 0.0
    for use in estimate.at("communication").at("perCollective").items():
        key = tuple(use.at(name).text() for name in ("op", "group", "purpose"))
        name = " ".join(key)
        if key not in expected or key in seen:
            check.fault(f"{name} is in the file{' twice' if key in seen else ', and none is needed'}.", None, name)
            continue
        seen.add(key)
        calls, size, bytes_ = expected[key]
        group = surveys[key[1]]
        check.equal(f"The group size of {name}", size_of(s, key[1]), use.at("groupSize").whole())
        check.near(f"The calls of {name}", calls, use.at("calls").number())
        check.near(f"The message of {name} in bytes", size, use.at("messageBytes").number())
        check.near(f"The bytes a GPU sends for {name}", bytes_, use.at("bytesPerGpu").number())
        check.equal(f"Whether {name} leaves a fast domain", group["domains"], use.at("crossesDomains").flag())
        check.equal(f"Whether {name} leaves a node", group["nodes"], use.at("crossesNodes").flag())
        sent += use.at("bytesPerGpu").number()
    for key in expected:
        check.rule(key in seen, f"{' '.join(key)} is missing.", " ".join(key), None)
    check.head(float(sum(use[2] for use in expected.values())), sent)
    walked = "one by one" if s.world <= WALK_LIMIT else "by classes of equal groups"
    check.note(
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
    check_times(check, s, estimate, step)
    tokens = s.batch * s.length / step
    check.near("Tokens a second", tokens, estimate.at("throughput").at("tokensPerSecond").number())
    check.near(
        "Tokens a second and GPU", tokens / s.world, estimate.at("throughput").at("tokensPerSecondPerGpu").number()
    )
    check.head(f"at least {least * 1e3:.6g} ms", f"{step * 1e3:.6g} ms")
    check.note(
        f"A step of {step * 1e3:.6g} ms gives {tokens:.6g} tokens/s; it cannot be below {least * 1e3:.6g} ms. "
        "Times are a model's, bounded here and not repeated."
    )


def check_times(check, s, estimate, step, in_step=True, once=False):
    """What holds of times whatever is done in them: parts add up, links carry so much, and curves are no datasheet."""
    time = estimate.at("time")
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
        # A token may be sent to a rank once for all its experts there, though its copies are counted apart.
        sent = min(1, s.ep / s.moe["k"]) if once and s.moe and use.at("op").text() == "allToAll" else 1
        bound = sent * use.at("bytesPerGpu").number() / sum(s.links) * 1e3
        check.rule(
            bound * (1 - TOLERANCE) <= ms,
            f"{name} takes {ms:.6g} ms, less than its bytes on both links together.",
            bound,
            ms,
        )
        check.rule(
            not in_step or ms * (1 - TOLERANCE) <= step * 1e3,
            f"{name} takes {ms:.6g} ms, longer than the step.",
            step * 1e3,
            ms,
        )
    words = ("derived", "calibrated", "extrapolated")
    each = [estimate.at("evidenceOf").at(name).word(words) for name in ("memory", "compute", "time")]
    check.equal("The evidence of the whole", max(each, key=words.index), estimate.at("evidence").word(words))
    check.rule(
        each[2] != "derived", "Times come from fitted curves: no datasheet derives them.", "calibrated", "derived"
    )


def check_batch(check, s):
    most = sequences_of(s, 0)
    dealt = sum(sequences_of(s, rank) for rank in range(s.dp))
    check.equal("The number of sequences dealt", s.batch, dealt)
    check.rule(s.b <= most, f"A micro-batch of {s.b} is more than the {most} sequences of a rank.", most, s.b)
    check.rule(s.replicas == 1, "One batch is split over dp: there is nothing for a second replica.", 1, s.replicas)
    check.head(s.batch, dealt)
    check.note(
        f"{s.batch} sequences over {s.dp} data-parallel ranks, at most {most} each, {s.b} in a micro-batch."
    )


def check_constraints(check, s, root):
    check.head(0, 0)
    if "constraints" not in root:
        check.note("The file names no constraints.")
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
    check.note("Every degree is held against what was asked for.")


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
    check.note(
        f"{counts['evaluated']} candidates evaluated, {counts['pruned']} pruned, {turned_away} rejected, "
        f"of {counts['enumerated']}."
    )
    return exhaustive


# --- serving: one kind of worker ------------------------------------------------------------------------------------
#
# The memory knobs' bases, the engines' rules and what a mean step consists of are those of docs/accounting.md, "Serving".


def served_memory(s, stage, sequences):
    """The account of a rank, what the engine leaves for the cache there, and bytes of one sequence."""
    account = weights_of(s, stage)
    weights = sum(account.values())
    B, held = s.batch_tokens, [s.kinds[kind] for kind in stage["held"]]
    moe = next((layers["moe"] for layers in held if layers["moe"]), None)
    te = 0
    if moe:
        everybody = B * s.dp * min(Fraction(moe["k"]), Fraction(moe["E"], s.ep))
        te = math.ceil(min(everybody, Fraction(B * s.etp * moe["k"], s.tp * s.cp)))
    logits = s.max_sequences * (STREAM * s.h + s.logit * s.vocabulary)
    of_sequence = sum(count * cache_of(s, s.kinds[kind], 1) for kind, count in stage["held"].items())
    # What decodes is on all ranks of its sequence; of the prompts beside it each has a part.
    prompts = max(0, B - s.max_sequences)
    own = B - prompts + -(-prompts // s.cp)
    buffers = 0
    if s.ep > 1 and s.dp * s.cp > 1:
        copies = max(dispatched_of(s, layers, B) for layers in held)
        buffers += math.ceil(copies * (s.a + STREAM) / (s.tp * s.cp))
    if s.cp > 1:
        behind = s.input - Fraction(s.computed, s.passes)
        buffers += math.ceil(max(gathered_of(s, layers, B) + gathered_behind(s, layers, behind) for layers in held))
    if s.pp > 1:
        buffers += 2 * own * s.streams * s.h * STREAM
    account["kvCacheBytes"] = math.ceil(sequences * of_sequence)
    account["activationBytes"] = activation_bytes(s, stage, own, own, te, logits)
    account["messageBufferBytes"] = buffers
    account["totalBytes"] = sum(account.values())
    all_, step = Fraction(s.memory), account["activationBytes"] + buffers
    free = all_ - s.overhead - weights - step
    pool = {
        "total": s.fraction * all_ - s.overhead - weights - step,
        "static": min(s.fraction * all_ - weights, free),
        "free": s.fraction * free,
    }[s.basis] - s.keep
    return {"account": account, "pool": pool, "sequence": of_sequence, "rest": all_ - weights - step - pool}


def entries_read(mixer, context):
    """Entries of a layer's cache that a token reads which comes after so many others."""
    there, kind = context + 1, mixer["kind"] if mixer else None
    if kind == "attention":
        if mixer["chunked"]:
            return context % mixer["window"] + 1
        return min(there, mixer["window"] or there)
    if kind == "mla":
        return min(there, mixer["topK"] or there)
    if kind == "compressed":
        packed = there // mixer["ratio"] if mixer["ratio"] else 0
        return min(there, mixer["window"]) + min(packed, mixer["topK"] or packed)
    return 0


def decode_flops(s, layers, context):
    """Attention and indexer of one decoded token on a rank. Latent attention works on its latents then."""
    x = layers["mixer"]
    if not x or x["kind"] not in ("attention", "mla", "compressed"):
        return 0
    depth = mixer_of(s, layers, s.tp)["depth"]
    if x["kind"] == "mla":
        depth = x["heads"] * (x["kvRank"] + x["ropeDim"] + x["kvRank"])
    flops = Fraction(2 * depth * entries_read(x, context), s.tp)
    if x.get("indexer"):
        every = 1 if x["kind"] == "mla" else x["ratio"]
        flops += 2 * x["indexer"][0] * x["indexer"][1] * ((context + 1) // every) if every else 0
    return flops


def flops_of_kinds(s, held, decoded, prompt_tokens, ranks):
    """Work of layers, by kind and count, on tokens that decode and tokens of prompts."""
    prompts = Fraction(prompt_tokens) / s.computed
    # Ranks that have a sequence together part its prompt, and compute its answer each for itself.
    tokens, context = decoded + Fraction(prompt_tokens) / s.cp, math.floor(s.context + Fraction(1, 2))
    total = Fraction(0)
    for kind, count in held.items():
        layers = s.kinds[kind]
        moe, parameters = layers["moe"], layer_parameters(s, layers, s.tp, s.ep, s.etp)
        whole, before = mixer_of(s, layers, s.tp, s.input), mixer_of(s, layers, s.tp, s.history)
        pairs, scores = whole["pairs"] - before["pairs"], whole["scores"] - before["scores"]
        layer = 2 * tokens * (parameters["attention"] + parameters["dense"] + parameters["shared"])
        layer += prompts / s.cp * 2 * (Fraction(whole["depth"], s.tp) * pairs + scores)
        layer += decoded / s.kappa * decode_flops(s, layers, context) + tokens / s.tp * whole["steps"]
        if moe:
            layer += 2 * tokens / s.tp * parameters["router"]
            arriving = (decoded + prompt_tokens) * ranks * moe["k"]
            layer += 2 * arriving * expert_parameters(s, moe) / (s.ep * s.etp * s.edp)
        total += count * layer
    return total


def served_flops(s, stage, decoding, prompt_tokens, ranks):
    decoded, prompts = decoding * (1 + s.guesses), Fraction(prompt_tokens) / s.computed
    total = flops_of_kinds(s, stage["held"], decoded, prompt_tokens, ranks)
    if not stage["last"]:
        return total
    chosen = decoded + prompts
    if s.modules:
        joining = 2 * 2 * s.h * s.h
        again = flops_of_kinds(s, dict.fromkeys(s.modules[-1], 1), Fraction(decoding), 0, ranks)
        total += len(s.modules) * joining * (decoded + Fraction(prompt_tokens) / s.cp)
        total += s.repeats * (again + joining * decoding)
        chosen += s.guesses * decoding
    return total + Fraction(2 * s.h * s.vocabulary, s.tp) * chosen


def context_calls(s, layers, name, tokens):
    """What the ranks that have a sequence together send one another in a layer: op, purpose, bytes."""
    mixer = layers["mixer"]
    if name == "prefill":
        history = s.history + Fraction((s.passes - 1) * s.computed, 2 * s.passes)  # the mean over a prompt's passes
        gathered = gathered_of(s, layers, tokens) + gathered_behind(s, layers, history)
        return [("allGather", "kv", gathered)] if gathered else []
    if s.kappa == 1 or not mixer or mixer["kind"] not in ("attention", "mla", "compressed"):
        return []
    width = mixer["kvRank"] if mixer["kind"] == "mla" else mixer.get("valueDim") or mixer["headDim"]
    rows = tokens * Fraction(mixer["heads"], s.tp)  # each a query's head, with a log-sum-exp and an output on each rank
    return [
        ("allGather", "log-sum-exps", s.kappa * rows * 4),
        ("allReduce", "partial attention", rows * width * STREAM),
    ]


def expert_calls(s, moe, name, tokens, stream):
    """What a MoE layer sends: op, group, purpose, bytes."""
    decode = name != "prefill"
    calls = []
    if decode and s.dp == 1:
        calls.append(("allReduce", "cp", "experts", stream))
    elif decode and s.ep * s.etp > 1:
        calls.append(("allGather", "cp", "experts", stream))
    if s.dp == 1 and (decode or s.cp == 1):  # all ranks have all tokens
        return calls + [("allReduce", "tp", "experts", stream)]
    if moe["fs"]:
        calls.append(("allReduce", "tp", "shared", stream))
    elements = tokens * (moe["w"] or s.h) / (s.tp * s.cp)
    for purpose, op, bytes_ in (("dispatch", "allGather", s.a), ("combine", "reduceScatter", STREAM)):
        op, copies = (op, s.ep) if s.exchange == "allgather" else ("allToAll", moe["k"])
        calls.append((op, "ep", purpose, elements * copies * bytes_))
    for op, bytes_ in (("allGather", s.a), ("reduceScatter", STREAM)):
        calls.append((op, "etp", "experts", s.etp * elements * bytes_))
    return calls


def served_messages(s, stages):
    passes = []  # name, how many in a mean step, tokens of one, parts of them, sequences whose next token is chosen
    if s.decoding:
        tokens = s.decoding * (1 + s.guesses)
        passes.append(("decode", 1, tokens, 1, tokens))
    if s.prompt_tokens:
        tokens = Fraction(s.computed, s.passes)
        # Ranks that only read prompts do it together; beside answers each waits for the others' passes.
        together = s.dp if s.decoding else 1
        passes.append(("prefill", s.prompt_tokens / tokens * together, tokens, s.cp, Fraction(1, s.passes)))

    def calls_of(stage):
        own = [(*each, stage["held"]) for each in passes]
        if stage["last"] and s.modules and s.decoding:
            # Beyond a guess of each module the last one guesses again; every guess is chosen.
            again = dict.fromkeys(s.modules[-1], 1)
            own.append(("draft", s.repeats, s.decoding, 1, s.decoding, again))
            own.append(("draft", len(s.modules), s.decoding, 1, s.decoding, {}))
        for name, times, tokens, parts, chosen, held in own:
            stream = tokens * s.h * STREAM / parts
            for kind, count in held.items():
                layers = s.kinds[kind]
                for purpose, there in (("attention", layers["mixer"]), ("dense", layers["dense"])):
                    yield "allReduce", "tp", f"{purpose} ({name})", stream, times * count if there else 0
                for op, purpose, bytes_ in context_calls(s, layers, name, tokens):
                    yield op, "cp", f"{purpose} ({name})", bytes_, times * count
                for op, group, purpose, bytes_ in (
                    expert_calls(s, layers["moe"], name, tokens, stream) if layers["moe"] else ()
                ):
                    yield op, group, f"{purpose} ({name})", bytes_, times * count
            if stage["last"] and s.vocabulary:
                yield "allGather", "tp", f"logits ({name})", chosen * 2 * s.vocabulary, times
            if not stage["last"]:
                yield "pointToPoint", "pp", f"activations ({name})", stream * s.streams, times

    return heaviest(s, stages, calls_of)


def served_classes(s, stages):
    """Ranks that are alike: of each stage those of the data-parallel ranks with room for one request more, and the others."""
    shares = [(s.sequences, s.fuller or s.ranks)] + ([(s.sequences - 1, s.ranks - s.fuller)] if s.fuller else [])
    classes = []
    for stage in stages:
        with_experts = moe_layers(s, stage)
        flops = served_flops(s, stage, s.decoding, s.prompt_tokens, s.dp)
        for sequences, count in shares:
            found = served_memory(s, stage, sequences)
            classes.append({
                "first": rank_of(s, 0, stage["index"], 0),
                "ranks": count * s.tp * s.cp,
                "memory": found["account"],
                "found": found,
                "flops": flops,
                "experts": with_experts * Fraction(s.slots, s.ep),
            })  # fmt: skip
    return classes


def held_in(s, bytes_, of_sequence):
    if bytes_ < 0:
        return 0
    return 2**53 - 1 if of_sequence == 0 else bytes_ // of_sequence


def check_engine(check, s):
    moe = bool(s.moe)
    check.rule(not moe or s.edp == 1, f"Experts are not split over all {s.stage} GPUs of a stage.", 1, s.edp)
    check.rule(moe or s.redundant == 0, "A dense model has no experts to copy.", 0, s.redundant)
    if s.engine != "generic":
        check.rule(moe or s.dp == 1, f"{s.engine} serves a dense model without data parallelism in a worker.", 1, s.dp)
    if s.engine == "vllm":
        check.rule(s.ep == 1 or s.etp == 1, "vllm gives a GPU whole experts or a part of all.", 1, min(s.ep, s.etp))
        alone = s.dp == s.pp == 1 and not s.guesses
        check.rule(s.cp == 1 or alone, "vllm's cp has no dp, no pp and no guessed tokens beside it.", 1, s.cp)
        check.rule(s.cp == 1 or s.latent, "vllm's cp is for models of latent attention alone.", 1, s.cp)
    if s.engine in ("sglang", "tensorrt-llm"):
        check.rule(s.cp == 1, f"{s.engine} has a cp for prompts or answers alone: it is not costed.", 1, s.cp)
    if s.engine == "tensorrt-llm":
        check.rule(s.tp == 1 or s.dp == 1, "tensorrt-llm splits attention by heads or by requests.", 1, min(s.tp, s.dp))
    if s.engine in ("vllm", "tensorrt-llm"):
        check.rule(s.redundant == 0 or s.ep > 1, f"{s.engine} copies experts only with ep > 1.", 0, s.redundant)
    check.rule(
        s.sequences <= s.max_sequences,
        f"{s.sequences} requests on a data-parallel rank are more than the engine runs at once.",
        s.max_sequences,
        s.sequences,
    )
    check.head(0, 0)
    check.note(f"{s.engine} was asked for nothing that it cannot be told.")


def check_served_memory(check, s, classes):
    memory = s.estimate.at("memory")
    said = memory.at("perGpu")
    memory.at("accounting").word(("physical",))
    largest = max(classes, key=lambda item: (item["memory"]["totalBytes"], -item["first"]))
    account, found = largest["memory"], largest["found"]
    slack = 1 + s.memory * 1e-12 + sum(loose_bytes(s, class_, account[name]) for name, class_ in WEIGHTS)
    tightest = min((item["found"] for item in classes), key=lambda each: held_in(s, each["pool"], each["sequence"]))
    pool = memory.at("kvPoolBytes").number()
    check.near("The KV pool", max(0, tightest["pool"]), pool, 1 + slack)
    check.near("The reserve", found["rest"], said.at("runtimeReserveBytes").number(), 1 + slack)
    free = s.memory - account["totalBytes"] - float(found["rest"])
    check.near("What stays free", free, memory.at("freeBytes").number(), 2 + slack)
    for item in classes:
        lacks = item["memory"]["kvCacheBytes"] - item["found"]["pool"]
        check.rule(lacks <= 1 + slack, f"Rank {item['first']} has no room for its requests.", 0, lacks)
    if s.keep:
        check.note(f"{in_bytes(float(s.keep))} of each GPU are kept free of it, as was asked for.")
    least, most = tightest["pool"] - slack, tightest["pool"] + slack

    def requests(bytes_):
        running = min(s.max_sequences, held_in(s, bytes_, tightest["sequence"]))
        return s.ranks * (running * s.kept // s.full)

    def tokens(bytes_):
        return math.floor(max(0, bytes_) * s.length / tightest["sequence"]) if tightest["sequence"] else 0

    for name, of in (("maxConcurrency", requests), ("kvCacheTokens", tokens)):
        value = memory.at(name).whole()
        check.rule(
            of(least) <= value <= of(most), f"{name} is {of(most)}, and the file says {value}.", of(most), value
        )
    check.equal("The rank that needs most", largest["first"], memory.at("largestRank").whole())
    compare_account(check, s, said, largest)
    share = 100 * account["totalBytes"] / s.memory
    check.near("The share of memory in percent", share, memory.at("utilizationPercent").number())
    check.head(account["totalBytes"], said.at("totalBytes").whole())
    check.note(
        f"{in_bytes(account['totalBytes'])} of {in_bytes(s.memory)} are in use on rank {largest['first']}; "
        f"{in_bytes(pool)} are left for the cache, {tokens(most)} tokens."
    )


def check_served_balance(check, s, classes):
    balance = s.estimate.at("balance")
    found = check_spread(check, s, balance, classes)
    imbalance = balance.at("expectedRoutingImbalance").number()
    most = 1.0
    if s.moe and s.ep > 1:
        most = float(s.ep * min(Fraction(s.moe["k"]), Fraction(s.slots, s.ep)) / s.moe["k"])
    check.rule(
        1 - TOLERANCE <= imbalance <= most * (1 + TOLERANCE),
        f"A routing imbalance of {imbalance} cannot be: it lies from 1 to {most:.6g}.",
        most,
        imbalance,
    )
    causes = stage_causes(s) + (["data-parallel ranks with room for one request more"] if s.fuller else [])
    check.rule(bool(causes) or max(found.values()) == 0, "Ranks differ although all have the same to do.", 0, 1)
    told_causes(check, found, causes)


def weights_decoded(s, stage):
    """Bytes of weights that a rank reads for its decoding, whatever its kernels do. Tables are not read."""
    parameters = stage_parameters(s, stage)
    bytes_ = sum(parameters[name] * s.formats[name]["bytes"] for name in ("attention", "dense", "shared", "router"))
    if s.moe and s.uniform and s.slots == s.moe["E"]:
        # With 32 tokens for each expert on average, the chance that one has none is e^-32 and less.
        copies = s.decoding * (1 + s.guesses) * s.dp * s.moe["k"] / s.pp
        if copies >= 32 * s.moe["E"]:
            bytes_ += parameters["expert"] * s.formats["expert"]["bytes"]
    return bytes_


def cache_decoded(s, stage):
    """Bytes of one sequence's cache, as a rank has it, that a decoding token reads, at its shortest context."""
    total = Fraction(0)
    for kind, count in stage["held"].items():
        layers = s.kinds[kind]
        mixer, figures = layers["mixer"], mixer_of(s, layers, s.tp, s.input)
        if not mixer:
            continue
        if mixer["kind"] == "attention":
            total += 0 if mixer["chunked"] else count * figures["entries"] * s.c / s.kappa
        elif mixer["kind"] in ("mla", "compressed"):
            width = mixer["headDim"] if mixer["kind"] == "compressed" else mixer["kvRank"] + mixer["ropeDim"]
            total += count * entries_read(mixer, s.input - 1) * width * s.c / s.kappa
        else:
            total += count * Fraction(figures["state"] * s.state + figures["inputs"] * STREAM) / s.tp
    return total


def fastest(s):
    return max([s.peaks[rate_of(s, name)] for name in CLASSES] + [s.peaks["bf16"], s.peaks[RATE_OF[s.activations]]])


def least_decode(s, stages):
    """Seconds until each decoding sequence has passed every stage: all weights one after the other; on each stage all caches."""
    if not s.decoding:
        return 0.0
    weights = [float(weights_decoded(s, stage)) for stage in stages]
    longest = max(
        max(own + float(s.decoding * cache_decoded(s, stage)), 0) / s.hbm for own, stage in zip(weights, stages)
    )
    work = max(float(served_flops(s, stage, s.decoding, 0, s.dp)) for stage in stages) / fastest(s)
    return max(sum(weights) / s.hbm, longest, work)


def check_served_time(check, s, stages, classes):
    time = s.estimate.at("time")
    step = time.at("stepMs").number() / 1e3
    least = float(max(item["flops"] for item in classes)) / fastest(s)
    if s.decoding:
        least = max(least, max(float(weights_decoded(s, stage)) for stage in stages) / s.hbm)
    read = max(float(served_flops(s, stage, 0, s.computed, 1)) for stage in stages) / fastest(s)
    bounds = [("A mean step", step, least)]
    if s.role != "decode":
        bounds.append(("A prompt alone", time.at("prefillMs").number() / 1e3, read))
    for what, seconds, bound in bounds:
        check.rule(
            seconds >= bound * (1 - TOLERANCE),
            f"{what} of {seconds * 1e3:.6g} ms is shorter than the {bound * 1e3:.6g} ms that its work or weights take.",
            bound * 1e3,
            seconds * 1e3,
        )
    if not s.decoding:
        check.equal("A decode step where nothing decodes, in ms", 0, time.at("decodeStepMs").number())
    time.at("microBatches").whole(1)
    # Beside answers, and where two have room in a step, several prompts' passes may go together: they take less than
    # their messages one by one.
    together = s.role == "both" or (s.role == "prefill" and 2 * s.computed <= s.batch_tokens)
    check_times(check, s, s.estimate, step, not together, True)
    check.head(f"at least {least * 1e3:.6g} ms", f"{step * 1e3:.6g} ms")
    check.note(f"No mean step is shorter than {least * 1e3:.6g} ms; times are a model's, bounded here and not repeated.")


def check_served_layout(check, s, root, stages):
    check.head(s.layer_count, sum(stage["count"] for stage in stages))
    check.note(f"{s.layer_count} layers on {s.pp} stages.")
    if "layout" not in root:
        return
    told = [node for node in root.at("layout").at("workers").items() if node.at("role").text() == s.role]
    if len(told) != 1:
        check.fault(f"layout.workers tells {len(told)} times of the role {s.role}.", 1, len(told))
        return
    layout = told[0]
    for name, value in (
        ("workers", s.replicas), ("ranks", s.world), ("ranksPerWorker", s.stage * s.pp), ("firstRank", s.first_rank),
        ("firstGpu", s.first_gpu), ("ranksPerDomain", min(s.world, ranks_per_domain(s))),
    ):  # fmt: skip
        check.equal(f"layout.{name}", value, layout.at(name).whole())
    groups = {group.at("kind").word(KINDS): group for group in layout.at("groups").items()}
    for kind in KINDS:
        if kind not in groups:
            check.fault(f"layout.groups leaves out {kind}.", kind, None)
            continue
        size = size_of(s, kind)
        check.equal(f"The size of {kind} groups", size, groups[kind].at("size").whole())
        check.equal(f"The number of {kind} groups", s.world // size, groups[kind].at("groups").whole())
        own = next(groups_of(s, kind)) if size > 1 else [0]
        listed = [rank.whole() for rank in groups[kind].at("firstGroup").items()]
        check.equal(f"The first {kind} group", [s.first_rank + rank for rank in own[: max(1, len(listed))]], listed)
    listed = layout.at("stages").items()
    check.equal("The number of stages", s.pp, len(listed))
    for stage, node in zip(stages, listed):
        name, ranks = f"of stage {stage['index']}", node.at("ranks")
        first, run = ranks.at("first").whole(), ranks.at("run").whole(1)
        runs, every = ranks.at("runs").whole(1), ranks.at("every").whole()
        check.equal(f"The number {name}", stage["index"], node.at("stage").whole())
        check.rule(runs > 1 or every == 0, f"One run of ranks {name} is no distance from the next.", 0, every)
        own = [s.first_rank + rank_of(s, 0, stage["index"], index) for index in range(s.stage)]
        held = [first + j * every + i for j in range(runs) for i in range(run)] if run * runs == s.stage else []
        check.rule(own == held, f"The ranks {name} are others.", own[0], first)
        check.equal(f"The first layer {name}", stage["first"], node.at("layers").at("first").whole())
        check.equal(f"The layers {name}", stage["count"], node.at("layers").at("count").whole())
        with_experts = moe_layers(s, stage)
        check.equal(f"The MoE layers {name}", with_experts, node.at("moeLayers").whole())
    check_nodes(check, s, layout)


# --- serving: all workers together ----------------------------------------------------------------------------------


def read_workers(root):
    """Prefill workers first: their ranks are, too. Each kind starts where the one before it ends."""
    strategy, estimate = root.at("strategy"), root.at("estimate")
    if strategy.at("mode").word(("aggregated", "disaggregated")) == "aggregated":
        return [Worker(root, "both", strategy, strategy.at("replicas"), estimate)]
    workers = []
    for role in ("prefill", "decode"):
        half = strategy.at(role)
        workers.append(Worker(root, role, half.at("strategy"), half.at("workers"), estimate.at("halves").at(role)))
    return workers


def settle(workers):
    rank = taken = 0
    for s in workers:
        s.first_rank, s.first_gpu = rank, next_first_gpu(s, taken)
        rank, taken = rank + s.world, gpu_of(s, s.world - 1) + 1


def check_served_gpus(check, workers, root):
    strategy = root.at("strategy")
    world, room = sum(s.world for s in workers), workers[0].cluster_gpus
    names = []
    for s in workers:
        one = expected_name(s) if s.role == "both" else expected_name(s, 1)
        check.equal("The name of the strategy", one, s.strategy.at("name").text())
        check.equal("edp", s.edp, s.strategy.at("edp").whole())
        names.append(one if s.role == "both" else f"{one}x{s.replicas}")
        if s.role != "both":
            check.equal("The GPUs of a worker", s.stage * s.pp, s.strategy.at("gpus").whole())
    check.equal("The name of it all", "+".join(names), strategy.at("name").text())
    check.equal("The number of GPUs", world, strategy.at("gpus").whole())
    check.equal("The cluster's GPUs", room, root.at("specification").at("cluster").at("gpus").whole())
    if "layout" in root:
        check.equal("layout.gpusIdle", room - world, root.at("layout").at("gpusIdle").whole())
    check.head(world, strategy.at("gpus").whole())
    last = gpu_of(workers[-1], workers[-1].world - 1)
    check.rule(last < room, f"{world} ranks find no room: the last would be on GPU {last}.", room - 1, last)
    if world <= WALK_LIMIT:
        used = {gpu_of(s, rank) for s in workers for rank in range(s.world)}
        check.rule(len(used) == world, "Two ranks share a GPU.", world, len(used))
        check.note(f"All {world} ranks were walked; each has a GPU of its own, of {room}.")
    else:
        check.note(f"{world} ranks rise with their GPUs, and the last fits; so many are not walked one by one.")


def present(workload, writing):
    """Requests that are inside at once, where the load says it."""
    for name in ("concurrency", "staticBatch"):
        if name in workload:
            return workload.at(name).whole(1)
    if "saturated" in workload:
        workload.at("saturated").flag()
        return writing.most if writing.output > 1 else None  # without answers, who waits is nowhere counted
    workload.at("requestsPerSecond").positive()
    return None


def check_load(check, workers):
    for s in workers:
        check.about = about(s)
        load = s.estimate.at("load")
        check.near("The mean context", s.context, load.at("contextTokens").number())
        check.near("The prompt tokens of a step", s.prompt_tokens, load.at("promptTokens").number())
        said, most = load.at("sequences").number(), Fraction(s.most, s.ranks) if s.decoding else 0
        check.rule(
            0 <= said <= float(most) * (1 + TOLERANCE),
            f"{said} sequences decode on a data-parallel rank, which has room for {plain(most)}.",
            most,
            said,
        )
    check.about = ""


def check_steady_state(check, workers, stages, root):
    workload, estimate, s = root.at("specification").at("workload"), root.at("estimate"), workers[-1]
    time, throughput = estimate.at("time"), estimate.at("throughput")
    rate = throughput.at("requestsPerSecond").positive()
    ttft, tpot = time.at("ttftMs").number() / 1e3, time.at("tpotMs").number() / 1e3
    gpus = sum(worker.world for worker in workers)
    check_load(check, workers)
    check.near("Tokens a second", rate * s.output, throughput.at("tokensPerSecond").number())
    check.near("Tokens a second and GPU", rate * s.output / gpus, throughput.at("tokensPerSecondPerGpu").number())
    check.near("Tokens a second and user", 1 / tpot if tpot else 0, throughput.at("tokensPerSecondPerUser").number())
    answering = rate * tpot * (s.output - 1)
    inside, wanted = rate * ttft + answering, present(workload, s)
    check.rule(
        wanted is None or wanted * 0.9 <= inside <= wanted * 1.01,
        f"By rate and stay {inside:.6g} requests are inside at once, and there are {wanted}.",
        wanted,
        inside,
    )
    check.rule(answering <= s.most * 1.01, f"{answering:.6g} are answered at once, of {s.most}.", s.most, answering)
    decoding = float(s.decoding) * s.ranks
    check.rule(
        "staticBatch" in workload
        or min(s.most, answering) / 2 * (1 - TOLERANCE)
        <= decoding
        <= max(s.replicas, answering * 2) * (1 + TOLERANCE),
        f"{decoding:.6g} sequences are said to decode at once, and by rate and TPOT it is {answering:.6g}.",
        answering,
        decoding,
    )
    least = least_decode(s, stages) / float(s.gained)
    check.rule(
        s.output == 1 or tpot >= least * (1 - TOLERANCE),
        f"A TPOT of {tpot * 1e3:.6g} ms is shorter than the {least * 1e3:.6g} ms that weights and cache take.",
        least * 1e3,
        tpot * 1e3,
    )
    check_latencies(check, time, workload)
    waits = time.at("queueingMs").number() + time.at("transferMs").number()
    check.rule(
        0 <= waits * (1 - TOLERANCE) <= ttft * 1e3, "Queueing and transfer exceed the TTFT.", ttft * 1e3, waits
    )
    used = throughput.at("utilizationPercent").number()
    check.rule(0 < used <= 100 * (1 + TOLERANCE), f"{used} % is no share of time in use.", 100, used)
    low, high = (node.number() for node in pair_of(throughput.at("interval")))
    total = throughput.at("tokensPerSecond").number()
    check.rule(low <= total <= high, "The throughput lies outside of its own interval.", total, low)
    if "requestsPerSecond" in workload:
        asked = workload.at("requestsPerSecond").number()
        check.rule(
            rate >= asked * (1 - TOLERANCE),
            f"{asked} requests come a second, and {rate:.4g} are answered: the queue grows without end.",
            asked,
            rate,
        )
    if workers[0].role == "prefill":
        readers, step = workers[0], workers[0].estimate.at("time").at("stepMs").number() / 1e3
        check.rule(
            rate * step <= readers.ranks * 1.01,
            f"{rate:.4g} prompts a second are more than the prefill workers read in steps of {step * 1e3:.4g} ms.",
            readers.ranks,
            rate * step,
        )
    check.head(wanted if wanted is not None else rate, inside if wanted is not None else rate)
    check.note(
        f"{rate:.6g} requests a second, {ttft * 1e3:.6g} ms to the first token and {tpot * 1e3:.6g} ms to each further: "
        f"{inside:.6g} requests are inside at once, {answering:.6g} of them being answered."
    )


def pair_of(node):
    items = node.items()
    if len(items) != 2:
        raise Malformed(f"{node.path} is not a pair")
    return items


def share_within(bound, mean, low, high):
    """How probably a figure is within a bound: log-normal on either side of its mean, a tenth beyond either end of the interval."""
    if mean <= 0:
        return 1.0
    normal = statistics.NormalDist()
    away = math.log(bound / mean)
    end = math.log((mean / low if away < 0 else high / mean)) if low > 0 else 0.0
    if end <= 0:
        return float(bound >= mean)
    return normal.cdf(away / end * normal.inv_cdf(0.9))


def check_latencies(check, time, workload):
    slo = workload.at("slo")
    for name, mean_name in (("ttft", "ttftMs"), ("tpot", "tpotMs")):
        latency, mean = time.at(name), time.at(mean_name).number()
        word = name.upper()
        check.near(f"The mean {word}", latency.at("meanMs").number(), mean)
        check.rule(mean >= 0, f"A {word} of {mean} ms is no time.", 0, mean)
        p50, p95 = latency.at("p50Ms").number(), latency.at("p95Ms").number()
        check.rule(p50 <= p95 * (1 + TOLERANCE), f"Half of the {word}s are longer than 95 % of them.", p95, p50)
        low, high = (node.number() for node in pair_of(latency.at("intervalMs")))
        check.rule(low <= mean <= high, f"The mean {word} lies outside of its own interval.", mean, low)
        if mean_name in slo:
            bound = slo.at(mean_name).positive()
            check.rule(
                mean * (1 - TOLERANCE) <= bound, f"A mean {word} of {mean} ms misses {bound} ms.", bound, mean
            )
            kept = 100 * share_within(bound, mean, low, high)
            if "boundKeptPercent" in latency:
                told = latency.at("boundKeptPercent").number()
                check.near(f"The probability that {word} keeps {bound} ms, in percent,", told, kept)
            if "confidence" in slo:
                wanted = 100 * slo.at("confidence").positive()
                check.rule(
                    kept >= wanted * (1 - TOLERANCE),
                    f"{word} is within {bound} ms with {kept:.6g} %, and {wanted:.6g} % are asked for.",
                    wanted,
                    kept,
                )


def check_halves(checks, root):
    """What stands above two halves is the decode workers', but for the memory of a GPU and the prompt."""
    whole = root.at("estimate")
    if "halves" not in whole:
        return
    prefill, decode = whole.at("halves").at("prefill"), whole.at("halves").at("decode")
    needs = [half.at("memory").at("perGpu").at("totalBytes").whole() for half in (prefill, decode)]
    larger = prefill if needs[0] > needs[1] else decode
    pairs = [("memory-efficiency", "memory", name, decode) for name in ("kvPoolBytes", "kvCacheTokens", "maxConcurrency")]
    shares = ("perGpu", "utilizationPercent", "largestRank", "freeBytes")
    pairs += [("memory-efficiency", "memory", name, larger) for name in shares]
    steps = ("stepMs", "decodeStepMs", "microBatches", "bubblePercent", "breakdown")
    pairs += [("time", "time", name, decode) for name in steps] + [("time", "time", "prefillMs", prefill)]
    for family, part, name, half in pairs:
        same = whole.at(part).at(name).value == half.at(part).at(name).value
        checks[family].rule(same, f"{part}.{name} is not that of the half which it stands for.", name, "another")
    for family, part in (
        ("compute-efficiency", "compute"), ("communication", "communication"), ("load-balance", "balance"),
        ("steady-state", "load"),
    ):  # fmt: skip
        same = whole.at(part).value == decode.at(part).value
        checks[family].rule(same, f"{part} is not that of the decode workers.", part, "another")


def about(s):
    return {"both": "", "prefill": "Prefill workers: ", "decode": "Decode workers: "}[s.role]


def serving_checks(root):
    workers = read_workers(root)
    broken = [(about(s) + text, expected, actual) for s in workers for text, expected, actual in fold_faults(s)]
    model, modules = root.at("specification").at("model"), root.at("modules")
    names = (
        "divisibility", "engine-rules", "gpu-count", "layers", "expert-balance", "memory-efficiency",
        "compute-efficiency", "load-balance", "communication", "time", "steady-state",
    )  # fmt: skip
    checks = {name: Check(name) for name in names}
    if broken:
        for check in checks.values():
            for text, expected, actual in broken:
                check.fault(f"Cannot be derived: {text}", expected, actual)
        return [check.result() for check in checks.values()]
    settle(workers)
    for s in workers:
        for check in checks.values():
            check.about = about(s)
        stages = stage_layers(s)
        classes = served_classes(s, stages)
        check_divisibility(checks["divisibility"], s)
        check_engine(checks["engine-rules"], s)
        check_served_layout(checks["layers"], s, root, stages)
        check_experts(checks["expert-balance"], s, None if s.role == "prefill" else modules, stages)
        check_served_memory(checks["memory-efficiency"], s, classes)
        check_compute(checks["compute-efficiency"], s, s.estimate, model, classes)
        check_served_balance(checks["load-balance"], s, classes)
        check_communication(checks["communication"], s, s.estimate, served_messages(s, stages))
        check_served_time(checks["time"], s, stages, classes)
    for check in checks.values():
        check.about = ""
    check_served_gpus(checks["gpu-count"], workers, root)
    check_steady_state(checks["steady-state"], workers, stage_layers(workers[-1]), root)
    check_halves(checks, root)
    return [check.result() for check in checks.values()]


# --- all together ---------------------------------------------------------------------------------------------------


def rank_classes(s, stages):
    classes = []
    runs = index_runs(s)
    for stage in stages:
        accounts = {}
        with_experts = moe_layers(s, stage)
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


def batch_checks(root):
    s = Batch(root)
    broken = structure_faults(s)
    stages = [] if broken else stage_layers(s)
    classes = [] if broken else rank_classes(s, stages)
    estimate, model, modules = root.at("estimate"), root.at("specification").at("model"), root.at("modules")
    families = (
        ("divisibility", lambda check: check_divisibility(check, s)),
        ("constraints", lambda check: check_constraints(check, s, root)),
        ("gpu-count", lambda check: check_gpu_count(check, s, root)),
        ("layers", lambda check: check_layout(check, s, root, stages)),
        ("batch-split", lambda check: check_batch(check, s)),
        ("expert-balance", lambda check: check_experts(check, s, modules, stages)),
        ("memory-efficiency", lambda check: check_memory(check, s, root, classes)),
        ("compute-efficiency", lambda check: check_compute(check, s, estimate, model, classes)),
        ("load-balance", lambda check: check_balance(check, s, root, classes)),
        ("communication", lambda check: check_communication(check, s, estimate, messages_of(s, stages))),
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
    return checks


def verify(document):
    root = Node(document)
    if root.at("format").text() != FORMAT:
        raise Malformed(f"/format is {root.at('format').value!r}, and this program reads {FORMAT!r}")
    kind = root.at("specification").at("workload").at("kind").word(("batch", "serving"))
    checks = (batch_checks if kind == "batch" else serving_checks)(root)
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

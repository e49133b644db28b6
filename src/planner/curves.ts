/**
 * How much of the datasheet real kernels reach: curves with few parameters each, as data. Fitted to measurements and kept in
 * catalog/calibrations; evaluated by cost/curves.ts and cost/link-curves.ts, where each form stands.
 *
 * Efficiencies are shares of the datasheet's peak or bandwidth, times are seconds, sizes bytes. A share may pass 1 where the
 * kernel runs at a faster rate than the one it is held against (an attention with fp8 values against the bf16 peak) or where
 * the switch reduces for the ranks (an all-reduce against the link's bandwidth).
 */
import type { Evidence } from './cluster.ts';
import type { ComputeDtype } from './precision.ts';

export type Interval = readonly [least: number, most: number];

/** The box of shapes that was measured, by dimension. Outside it a figure is an extrapolation. */
export type ShapeRange = Readonly<Record<string, Interval>>;

interface Fitted {
  /** `calibrated` where this GPU and format were measured; `extrapolated` where the curve is a relative's. */
  readonly evidence: Evidence;
  readonly range: ShapeRange;
}

/** A matrix product C[m,n] = A[m,k] B[k,n]. */
export interface GemmCurve extends Fitted {
  /** Share of the peak that a large product reaches. */
  readonly efficiency: number;
  /** Elements of the output at which half of `efficiency` is reached: small outputs leave SMs idle. */
  readonly half: number;
  /** Depth that every product pays beside its k: prologue and epilogue of a tile. */
  readonly halfDepth: number;
  /** How sharply the compute and the memory roof meet; 1 adds them, infinity takes the larger. */
  readonly sharpness: number;
  readonly memoryEfficiency: number;
  /** Seconds per root of k: what is left of a deep product's latency when it is split over k. */
  readonly rampPerRootDepth: number;
  /** Reads and writes of 3 bytes an element of A by the kernel that quantises it, at HBM speed; 0 where there is none. */
  readonly quantise: number;
  /** Bytes of them of which L2 holds half: far fewer cost next to nothing, far more all of their time. */
  readonly cachedInputs: number;
  readonly floor: number;
}

/** The products of a layer's experts, launched together: permute, gate and up, activation, down, and the weighted sum. */
export interface ExpertsCurve extends Fitted {
  /** The unit that the kernel multiplies on. */
  readonly rate: ComputeDtype;
  /** Whether it is one of TensorRT-LLM's generated kernels, which an engine runs where it is told to (`Engine.generatedExperts`). */
  readonly generated?: true;
  readonly efficiency: number;
  /** Output elements, as in GemmCurve. */
  readonly half: number;
  /** Rows that each expert read costs beside its own: tiles are not full. */
  readonly halfRows: number;
  readonly halfHidden: number;
  readonly halfIntermediate: number;
  readonly sharpness: number;
  readonly memoryEfficiency: number;
  /** Share of HBM bandwidth at which rows are permuted and summed. */
  readonly rowEfficiency: number;
  readonly perExpert: number;
  readonly perRoute: number;
  /** Seconds by which a launch of many tokens is longer than one of few, and the tokens at which 63 % of it is reached. */
  readonly ramp: number;
  readonly rampTokens: number;
  readonly floor: number;
}

/** Causal attention over prompts, FlashAttention with the kernels that rotate the heads and write the cache. */
export interface PrefillCurve extends Fitted {
  /** Against the bf16 peak, whatever the format. */
  readonly efficiency: number;
  /** Keys that each query costs beside its own. */
  readonly half: number;
  /** Queries that each head of each sequence costs beside its own, and that a launch costs beside those. */
  readonly halfQueries: number;
  readonly idleQueries: number;
  /** Head dimension that a pair costs beside its own: the exponentials. */
  readonly halfDim: number;
  readonly memoryEfficiency: number;
  readonly floor: number;
}

/** Attention of one new token a sequence over its cache. MLA's counts one KV head. */
export interface DecodeCurve extends Fitted {
  /** Against the bf16 peak. */
  readonly efficiency: number;
  readonly memoryEfficiency: number;
  readonly sharpness: number;
  /** Seconds for each KV head of each sequence, and the query heads that cost as much as one more. */
  readonly perTile: number;
  readonly headsPerTile: number;
  /** Seconds by which a large read is longer than its bytes at full bandwidth, and the bytes at which 63 % of it is reached. */
  readonly ramp: number;
  readonly rampBytes: number;
  /** Seconds that a long context costs whatever else, and the context at which half of it is reached. */
  readonly serial: number;
  readonly serialTokens: number;
  readonly floor: number;
}

/** Kernels that only move memory: bytes beyond L2 / (bandwidth · efficiency) + floor. */
export interface StreamCurve {
  readonly efficiency: number;
  /** Bytes of which L2 holds half, as for the kernel that quantises: it is one of them. */
  readonly cachedBytes: number;
  readonly floor: number;
}

/** A collective over n ranks. Exponents are of n. */
export interface CollectiveCurve extends Fitted {
  readonly latency: number;
  readonly latencyExponent: number;
  /** What the protocol for large messages costs more than that for small ones, and the bytes at which 63 % of it is paid. */
  readonly ramp: number;
  readonly rampExponent: number;
  readonly rampBytes: number;
  readonly rampBytesExponent: number;
  /** Share of the link's bandwidth that the bytes on the wire reach ("bus bandwidth"), at one rank. */
  readonly efficiency: number;
  readonly efficiencyExponent: number;
  /** Ranks beyond which the share grows no more: the most that were measured. */
  readonly efficiencyRanks: number;
  /**
   * Bytes a second of the link that it was measured over, where GPUs meet at their host: what more than two of them lose there is the host's, which passes on
   * so many bytes a second whatever their own links are.
   */
  readonly hostLink?: number;
}

/** All-reduce by an engine's own kernels: every rank reads all others in one step, or else two steps. */
export interface CustomAllReduceCurve {
  readonly oneShot: CollectiveCurve;
  readonly twoShot: CollectiveCurve;
}

/** One direction of an expert-parallel exchange: fast link within the node or domain, network between nodes. */
export interface ExchangeCurve extends Fitted {
  readonly latency: number;
  readonly latencyExponent: number;
  readonly efficiency: number;
  readonly efficiencyExponent: number;
  /** For each doubling of the nodes, and share of the network's bandwidth. */
  readonly nodeLatency: number;
  readonly networkEfficiency: number;
}

export interface ExchangeCurves {
  /** Each token once to each rank that wants it, or to each node (`dedupe`), against a copy for each of its experts. */
  readonly dedupe: boolean;
  readonly dispatch: ExchangeCurve;
  readonly combine: ExchangeCurve;
}

/** A collective that spans nodes: what the part inside a node takes, joined with what the network takes. */
export interface NetworkCurve extends Fitted {
  /** Seconds for each doubling of the nodes. */
  readonly latency: number;
  /** Share of the network's bandwidth, all cards of a node together. */
  readonly efficiency: number;
  /** How far both overlap: 1 not at all, infinity wholly. */
  readonly sharpness: number;
}

export interface CollectiveCurves {
  readonly allReduce: CollectiveCurve;
  readonly allGather: CollectiveCurve;
  readonly reduceScatter: CollectiveCurve;
  readonly allToAll: CollectiveCurve;
  /** Within a replayed CUDA graph and a fast domain. */
  readonly customAllReduce: CustomAllReduceCurve;
  /** DeepEP, for prompts and for decoding. */
  readonly exchangeNormal: ExchangeCurves;
  readonly exchangeLowLatency: ExchangeCurves;
  readonly network: NetworkCurve;
}

/** The formats that products were measured in: fp8 with a scale a tensor is `fp8`, with a scale for 128 values `fp8Block`. */
export type GemmFormat = ComputeDtype | 'fp8Block';

/**
 * Experts also in MXFP4 weights, multiplied in whichever format the kernel converts them to, and in any other weights that are converted to 16 bits on
 * the way in (`weightOnly`).
 */
export type ExpertsFormat = GemmFormat | 'mxfp4' | 'weightOnly';

export type KvFormat = 'bf16' | 'fp8';

export interface OperatorCurves {
  readonly evidence: Evidence;
  readonly source: string;
  /** Whether the tables' GPU ran at the clocks that its power sustains already: what is served there is no slower in compute than they say. */
  readonly sustainedClocks?: true;
  readonly gemm: Readonly<Record<GemmFormat, GemmCurve>>;
  /** Kernels for the same work, of which the fastest runs. */
  readonly groupedGemm: Readonly<Record<ExpertsFormat, readonly ExpertsCurve[]>>;
  /** Attention to all that went before, and to a window of it: the kernels differ. */
  readonly prefillAttention: Readonly<Record<'full' | 'window', Readonly<Record<KvFormat, PrefillCurve>>>>;
  /** Heads that share KV heads, and heads that have their own: engines run different kernels for them. */
  readonly decodeAttention: Readonly<Record<'grouped' | 'multiHead', Readonly<Record<KvFormat, DecodeCurve>>>>;
  readonly mlaPrefill: Readonly<Record<KvFormat, PrefillCurve>>;
  readonly mlaDecode: Readonly<Record<KvFormat, DecodeCurve>>;
  readonly stream: StreamCurve;
  readonly collectives: CollectiveCurves;
}

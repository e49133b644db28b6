/** The files that calibration makes. */
import type { Calibration } from '../../src/catalog/calibration.ts';
import { detailTable, misses, summaryTable } from './document.ts';

/** One line for each curve and each report, so that a change of one is a change of one line. */
export function calibrationFile(calibration: Calibration): string {
  const name = calibration.id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `/** Made by \`npm run calibrate\` from ${calibration.source}. Not to be edited. */
import type { Calibration } from '../calibration.ts';

export const ${name}: Calibration = ${literal(calibration, 0)};
`;
}

function literal(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? quoted(value) : String(value);
  const flat = flatLiteral(value);
  const isLeaf = ('evidence' in value && 'range' in value) || 'operator' in value;
  if (isLeaf || (flat.length + 2 * depth < 120 && depth > 0)) return flat;
  const indent = '  '.repeat(depth + 1);
  const close = '  '.repeat(depth);
  if (Array.isArray(value)) return `[\n${value.map((x) => `${indent}${literal(x, depth + 1)},\n`).join('')}${close}]`;
  const entries = Object.entries(value).map(([key, x]) => `${indent}${keyOf(key)}: ${literal(x, depth + 1)},\n`);
  return `{\n${entries.join('')}${close}}`;
}

function flatLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flatLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, x]) => `${keyOf(key)}: ${flatLiteral(x)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

const keyOf = (key: string): string => (/^\w+$/.test(key) && !/^\d/.test(key) ? key : quoted(key));

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function documentFile(calibrations: readonly Calibration[]): string {
  const details = calibrations.map((c) => `### ${c.gpu}\n\n${detailTable(c)}`).join('\n\n');
  return `${introduction}
## Errors

Relative error of the curve against each measured row, median / p90 in percent over all rows; where an operator has several
formats or kernels the one with the largest median stands here. Rows left out of a fit are counted under the details. Aim: median
below 8, p90 below 25 for products, attention and collectives above their floors.

${summaryTable(calibrations)}

### What misses the aim

By both measures, over all rows and above the floor alone.

${misses(calibrations)}

${missNotes}
## By GPU

Above the floor: rows that take at least twice the curve's floor.

${details}
`;
}

const introduction = `# How fast kernels and collectives really are

Made by \`npm run calibrate\`; not edited by hand. The curves stand in \`src/catalog/calibrations/\`, their types in \`src/planner/curves.ts\`,
their forms in \`src/planner/cost/curves.ts\` and \`src/planner/cost/link-curves.ts\`.

The measurements are the operator tables that NVIDIA's aiconfigurator collected (ai-dynamo/aiconfigurator @095f58a51c4c, Apache-2.0:
TensorRT-LLM's kernels, NCCL, DeepEP by SGLang), the same repository's multi-node DeepEP rows, and published all-reduce sweeps. Only fitted numbers are
committed. Fits minimise the relative error (Levenberg and Marquardt on the logarithm of time, Cauchy weights of scale 0.15).

## Forms

peak and bandwidth are the datasheet's, so that a curve serves a relative with other figures. Every form rises with each dimension of
the work and falls with each rate; a property test holds them to it.

| Operator | Seconds |
|---|---|
| product | ((2·(k + k0)·(mn + h)/(peak·e))^q + (bytes/(bandwidth·em))^q)^(1/q) + quantise·b²/(b + cached)/bandwidth + r·√k + floor, b = 3·mk |
| experts | ((2·M·(hidden + h0)·((rows + r0·touched)·(inter + i0) + h)/(peak·e))^q + (touched weights/(bandwidth·em))^q)^(1/q) + rows·6·(hidden + inter)/(bandwidth·er) + experts·x + routes·y + ramp·(1 − exp(−tokens/t0)) + floor |
| prefill | 2·(sequences·heads·(queries + q0) + p)·(pairs/queries + k0)·(dqk + dv + 2·d0)/(peak·e) + bytes/(bandwidth·em) + floor |
| decode | ((flops/(peak·e))^q + (bytes/(bandwidth·em))^q + (tile·sequences·(kvHeads + heads/g))^q)^(1/q) + ramp·(1 − exp(−bytes/b0)) + serial·context/(context + c0) + floor |
| collective | a·n^x + ramp·n^y·(1 − exp(−bytes/(b0·n^z))) + wire/(bandwidth·e·n^w); 0 for n = 1 |
| all-reduce in a graph | the less of one step, a·n^x + (n − 1)·bytes/(bandwidth·e), and two steps in the form of a collective |
| exchange of experts' tokens | a·n^x + b·log2(nodes) + the longer of fast and network bytes over their links; copies of a token by uniform routing, once a rank (a node) or once an expert |
| across nodes | c·log2(nodes) + (in-node^q + (wire of the nodes' ring, over all cards of a node)/(bandwidth·e)^q)^(1/q) |

The shape of the product's efficiency (mn/(mn + h)) and the q-norm follow a trial of compact serving models; the kernel that quantises the inputs finds
their b bytes in L2 while they fit; √k is what splitting over k leaves of a
deep product's latency (k/s + s·c at its best s); the ramp of a collective is the change from NCCL's low-latency protocols to its bandwidth protocol.
History before a prompt was measured nowhere (every row has step 0): there the form extrapolates, and \`range.history\` says so.

## What the tables hold that a served model does not see

- Per-tensor fp8 products were timed with kernels that look for the scale of their inputs and quantise them (12 us of floor, 2 in bf16; 3 to 5 us in blocks and NVFP4). Served
  checkpoints have that scale already: a step of serving takes the product's part of the curve with bf16's floor, and one element-wise kernel where the engine has it apart.
- NVFP4 products of few rows were timed by one kernel that leaves SMs idle (21 us for 2560 × 8192, 11 in bf16). Engines choose among several: in serving one in the form of
  fp8's curve stands beside it, with no more of NVFP4's rate than that kernel reaches, and 0.85 of the bandwidth that fp8 does (0.715 of 0.845 on RTX PRO
  6000, whose kernel leaves none idle), marked as extrapolated.
- Floors hold in a served step as they are: tables and steps are both replayed graphs.
- L40S and RTX PRO 6000 rows were served from their 96 and 128 MiB of L2, up to 2.2 times HBM's speed: memory-bound rows that fit are left out.
- Element-wise kernels were timed nowhere. They stream at STREAM's share of HBM's speed what L2 does not hold, and of how much it holds the kernel that quantises tells, one of them.
- A100 and L40S decode rows (collector 1.0.0 and 1.3.0rc15) find the values in L2 behind the keys: heads that share KV heads read 1.5 to 1.65 times as fast as HBM can at any
  size, those of their own while the keys in flight fit into L2. Such rows count half of their cache. Later collectors' rows stay below 0.91 of HBM.
- Rows that read faster than HBM can all the same are left out; so are models whose experts' time falls by a fifth as tokens grow: an untuned kernel.
- L40S ran at the clocks that its power sustains (0.61 of the peak in bf16 and 0.54 in fp8, A100 and RTX PRO 6000 0.85 and 0.84): in a served step its compute is as slow as in
  the tables, and what other GPUs lose under load (\`computeSlowdown\`) is lost there already.
- L40S collectives are of a host without peer-to-peer and left out; RTX PRO 6000's stand in, scaled by the link as far as two GPUs go, and by nothing beyond what its host passes on (\`hostLink\`). NCCL sizes are in elements; the int8 rows repeat the others.
- Decode attention counts whole contexts, head dimensions to 256, at most 16 query heads a KV head in even shares; other heads run kernels of their own.
- NVFP4 experts' kernel for few tokens was timed with its own router, which reaches half of the experts with 8 a token and a quarter with 2: such rows count the experts reached
  (464 us for DeepSeek-V3 at 32 tokens on one rank, 465 on one of two, 250 on one of four; all experts' weights would take 793 us at HBM's full speed).
- Block-scaled FP8 experts on B200 and GB200 may also run TensorRT-LLM's generated kernels, which engines choose there and no table has in FP8: the curve of the same kernels in NVFP4
  stands in, at the same shares of FP8's rate and HBM's bandwidth, marked as extrapolated. B300's and GB300's tables lack these kernels in NVFP4 too: B200's and GB200's stand in.
- Experts: rows of evenly spread tokens fill whole tiles, which no traffic does: where every expert has the 64 rows of one tile, tokens that choose at random need half as many tiles again, and
  rows under a power law take up to 1.5 times as long. Both kinds are fitted, the latter by the rows and the experts that the collector's law sends to the busiest rank on average
  (\`bench/calibrate/power-law.ts\`), so that r0 is what a tile is not full and any routing goes through the same form. Rows of the generated kernels (\`min_latency\`) are the evenly spread alone: their own
  router sends the others elsewhere. A100's rows (TensorRT-LLM 1.0.0) are left out: with a curve through them Mixtral's saturated throughput is 17.5 % off (median), with H100's 5.5 %.
- Experts whose weights of 4 or 8 bits are multiplied in 16 (INT4, and NVFP4 or FP8 where a GPU has no such units) were timed nowhere but in MXFP4, at one size. Kernels in the manner of Marlin do
  it, made for Ampere's tensor cores: L40S' bf16 kernel is of that manner, and its curve stands in on all GPUs at their own rates, with the launches of their own bf16 kernels (\`weightOnly\`), marked as extrapolated. Bf16's own curves do
  not: there the fit takes what reading 16 bits costs for tiles that are not full (Kimi-K2.5 in INT4 over eight H200s came out twice as slow as in block-FP8).
- DeepEP across nodes was measured on H100 alone (H200's rows are the same numbers).
`;

const missNotes = `Why, where it is known: Hopper's decode attention takes one of several kernels by heads and context, and steps between them; A100, L40S and RTX PRO 6000 have
no kernel made for MLA decoding, and what runs instead changes with the head count; L40S converts an fp8 cache at a third of its bandwidth for some heads; Triton experts
(RTX PRO 6000 fp8-block) and L40S's experts differ by model; NVFP4 and MXFP4 experts switch between kernels behind one name; rows of a prefill window mix kernels
that skip blocks with kernels that mask them; DeepEP's time in the middle of its sizes has steps that a line from latency to bandwidth cuts.

`;

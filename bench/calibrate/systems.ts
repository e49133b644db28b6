/** The measured systems: how their tables name them, which GPU of the catalog each is, and what is particular to its rows. */
export interface System {
  /** As in the tables' file names. */
  readonly table: string;
  /** As in the catalog's `calibration`, and the file that is written. */
  readonly id: string;
  readonly gpu: string;
  readonly gpusPerNode: number;
  /** Whose curves stand in for what was not measured here; it must come before in the list. */
  readonly relative?: string;
  /**
   * Bytes of L2 that the GEMM rows were served from: on these two GPUs small weights read up to twice as fast as HBM can,
   * which a model whose layers follow each other never sees. On the others the collector's rows stay below HBM's speed.
   */
  readonly warmL2Bytes?: number;
  /**
   * L2 of a system whose decode rows read half of what they name from it. Heads that share KV heads read at 1.5 (L40S) and 1.65
   * (A100) times HBM's speed at any size, up to 20 times L2; heads of their own at 1.5 and 1.2 times it, but only while the keys
   * of the tiles in flight fit into L2, and at 0.86 beyond: values lie where the keys do, and L2 still has them when their turn
   * comes. The later collector's rows (1.3.0rc20, every other GPU) stay below 0.91.
   */
  readonly valuesFromL2?: number;
  /**
   * Whether its GPU ran at the clocks that its power sustains: L40S' products reach 0.61 of the peak in bf16 and 0.54 in FP8, where A100 and RTX PRO
   * 6000 reach 0.85 and 0.84.
   */
  readonly sustainedClocks?: true;
  /** Tables that are of a faulty host or an unlike method. */
  readonly leaveOut?: Readonly<Record<string, string>>;
}

const older = 'timed by an older release, whose kernels newer ones outrun';

const noPeerToPeer = 'measured on a host without working peer-to-peer';

export const systems: readonly System[] = [
  { table: 'h100_sxm', id: 'h100-sxm', gpu: 'H100-SXM-80GB', gpusPerNode: 8 },
  {
    table: 'a100_sxm',
    id: 'a100-sxm',
    relative: 'h100-sxm',
    gpu: 'A100-SXM-80GB',
    gpusPerNode: 8,
    valuesFromL2: 40 * 2 ** 20,
    leaveOut: { moe_perf: older },
  },
  { table: 'h200_sxm', id: 'h200-sxm', relative: 'h100-sxm', gpu: 'H200-SXM-141GB', gpusPerNode: 8 },
  { table: 'b200_sxm', id: 'b200-sxm', relative: 'h200-sxm', gpu: 'B200-SXM-180GB', gpusPerNode: 8 },
  { table: 'b300_sxm', id: 'b300-sxm', relative: 'b200-sxm', gpu: 'B300-SXM', gpusPerNode: 8 },
  { table: 'gb200', id: 'gb200', relative: 'b200-sxm', gpu: 'GB200-NVL72', gpusPerNode: 4 },
  { table: 'gb300', id: 'gb300', relative: 'gb200', gpu: 'GB300-NVL72', gpusPerNode: 4 },
  {
    table: 'rtx_pro_6000_server',
    id: 'rtx-pro-6000-server',
    relative: 'h200-sxm',
    gpu: 'RTX-PRO-6000-BSE-96GB',
    gpusPerNode: 8,
    warmL2Bytes: 128 * 2 ** 20,
  },
  {
    table: 'l40s',
    id: 'l40s',
    relative: 'rtx-pro-6000-server',
    gpu: 'L40S-48GB',
    gpusPerNode: 8,
    warmL2Bytes: 96 * 2 ** 20,
    valuesFromL2: 96 * 2 ** 20,
    sustainedClocks: true,
    leaveOut: { nccl_perf: noPeerToPeer, custom_allreduce_perf: noPeerToPeer },
  },
];

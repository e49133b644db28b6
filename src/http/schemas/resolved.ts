/** `resolved` of an answer: the request with every default in its place. */
import { Type } from 'typebox';
import { closed, int, num, text } from './answer-fields.ts';
import { ResolvedModel } from './resolved-model.ts';

const ResolvedLink = Type.Object(
  { name: text('Name.'), bandwidthGBps: num('1e9 bytes/s per GPU and direction.'), latencyUs: num('Microseconds.') },
  closed,
);

export const ResolvedCluster = Type.Object(
  {
    gpus: int('nodes × gpusPerNode.'),
    nodes: int('Nodes.'),
    gpusPerNode: int('GPUs a node.'),
    nvlinkDomainGpus: int('GPUs that share the fast link.'),
    gpu: Type.Object(
      {
        name: text('Name.'),
        memoryGiB: num('GiB.'),
        memoryBandwidthGBps: num('1e9 bytes/s.'),
        peakTflops: Type.Object(
          { bf16: num('Dense.'), fp8: num('Dense.'), fp4: num('Dense.'), int8: num('Dense.') },
          closed,
        ),
        curves: text('Where the efficiencies of its operators come from, and whether this GPU was measured.'),
      },
      closed,
    ),
    intraNode: ResolvedLink,
    interNode: ResolvedLink,
  },
  closed,
);

export const Resolved = Type.Object(
  {
    model: ResolvedModel,
    cluster: ResolvedCluster,
    workload: Type.Object(
      { kind: Type.Literal('batch'), batchSize: int('Sequences.'), sequenceLength: int('Tokens each.') },
      closed,
    ),
  },
  { ...closed, $id: 'Resolved', description: 'The request with every default in its place.' },
);

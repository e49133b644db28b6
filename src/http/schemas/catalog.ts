/** The catalog as GET /gpus and GET /models answer it. */
import { type Static, Type } from 'typebox';
import { closed, int, num, text, words } from './answer-fields.ts';
import { Assumption } from './answer-parts.ts';
import { ResolvedModel } from './resolved-model.ts';

const Figure = (description: string) =>
  Type.Object({ value: num(description), source: text('Where the figure is from.') }, closed);
const Known = (description: string) => Type.Optional(Figure(description));

export const CatalogGpu = Type.Object(
  {
    name: text('Name.'),
    aliases: Type.Array(Type.String(), {
      description: 'Other names for it. Case, blanks and a vendor in front make no difference.',
    }),
    memoryGiB: Figure('The number on the box.'),
    usableBytes: Known('What the driver reports; plans use it where it is known.'),
    memoryBandwidthGBps: Figure('1e9 bytes a second.'),
    peakTflops: Type.Object(
      { bf16: Known('Dense.'), fp8: Known('Dense.'), fp4: Known('Dense.'), int8: Known('Dense.') },
      { ...closed, description: 'Dense peaks, without sparsity.' },
    ),
    fastLink: Type.Object(
      {
        name: text('What links GPUs within a node or domain.'),
        bandwidthGBps: Known('1e9 bytes a second, per GPU and per direction.'),
        domainGpus: Known('GPUs that share it; 1: they meet over the host’s PCIe only.'),
        meshPayload: Known(
          'Each has a link of its own to every other, and fewer GPUs than all reach a part of the bandwidth: the share that payload gets. Absent: a switch.',
        ),
      },
      closed,
    ),
    hostGBps: Known('1e9 bytes a second of the host’s PCIe, between GPUs of a node that share no fast link.'),
    nicGBps: Known('Usual network card, a GPU’s share.'),
    gpusPerNode: Known('Usual GPUs of a node.'),
    curves: Type.Object(
      {
        evidence: words(['derived', 'calibrated', 'extrapolated'], 'Whether this GPU was measured.'),
        source: text('Whose measurements its times are computed from.'),
      },
      closed,
    ),
    note: Type.Optional(text('What other sources say.')),
    href: text('Where this entry is.'),
  },
  { ...closed, $id: 'CatalogGpu', description: 'A GPU. A figure that no source gives is absent.' },
);

export const CatalogGpus = Type.Object(
  { gpus: Type.Array(CatalogGpu) },
  { ...closed, $id: 'CatalogGpus', description: 'The GPUs that a request may name.' },
);
export type CatalogGpus = Static<typeof CatalogGpus>;
export type CatalogGpu = Static<typeof CatalogGpu>;

const listed = {
  name: text('Name.'),
  aliases: Type.Array(Type.String(), {
    description: 'Other names for it. Case, blanks and a publisher in front make no difference.',
  }),
  source: text('Where its figures are from.'),
  parameters: Type.Object({ total: int('All, a tied table once.'), active: int('What a token visits.') }, closed),
  href: text('Where this entry is.'),
};

export const CatalogModels = Type.Object(
  { models: Type.Array(Type.Object(listed, closed)) },
  { ...closed, $id: 'CatalogModels', description: 'The models that a request may name.' },
);
export type CatalogModels = Static<typeof CatalogModels>;

export const CatalogModelEntry = Type.Object(
  {
    ...listed,
    parametersByClass: Type.Object(
      {
        attention: int('Mixers, norms left out.'),
        dense: int('Dense FFNs.'),
        expert: int('Routed experts.'),
        shared: int('Shared experts.'),
        router: int('Routers.'),
        embedding: int('Embedding tables.'),
        head: int('LM head; 0 where it is the embedding.'),
        norm: int('Norms.'),
      },
      closed,
    ),
    weightBytes: int('All weights at its own precision, scales included.'),
    kvBytesPerToken: num('Cache that a token adds while no window drops any.'),
    model: ResolvedModel,
    assumptions: Type.Array(Assumption, { description: 'Paths are JSON pointers into its config.json.' }),
    warnings: Type.Array(Type.String()),
  },
  { ...closed, $id: 'CatalogModelEntry', description: 'A model at its own precision.' },
);
export type CatalogModelEntry = Static<typeof CatalogModelEntry>;

/** Files of platforms against what their ecosystems say of them: the resources' own schemas, the core API's, and the shell's readers. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { launchedPlans, writtenFiles } from '../support/launched-plans.ts';
import { at, type Fields, faultsOf, fields, listOf, type Manifest } from '../support/manifests.ts';

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });

function schema(name: string): ValidateFunction {
  return ajv.compile(JSON.parse(readFileSync(new URL(`./schemas/${name}.json`, import.meta.url), 'utf8')));
}

const own: Readonly<Record<string, ValidateFunction>> = {
  LeaderWorkerSet: schema('leaderworkerset-v1'),
  LLMInferenceService: schema('llminferenceservice-v1alpha2'),
  DynamoGraphDeployment: schema('dynamographdeployment-v1alpha1'),
};
const ray = schema('ray-serve-llm');

function manifestOf(all: Fields): Manifest {
  const metadata = fields(all.metadata);
  return {
    apiVersion: String(all.apiVersion),
    kind: String(all.kind),
    metadata: { ...metadata, name: String(metadata.name) },
    all,
  };
}

/** Pods inside a resource, as pods of their own: a container that the operator completes has the name that it gives it. */
function podsIn({ kind, all }: Manifest): readonly Fields[] {
  switch (kind) {
    case 'LeaderWorkerSet':
      return ['leaderTemplate', 'workerTemplate']
        .map((name) => at(all, 'spec', 'leaderWorkerTemplate', name))
        .filter((template) => template !== undefined)
        .map(fields);
    case 'LLMInferenceService':
      return [['template'], ['worker'], ['prefill', 'template'], ['prefill', 'worker']]
        .map((path) => at(all, 'spec', ...path))
        .filter((spec) => spec !== undefined)
        .map((spec) => ({ spec }));
    case 'DynamoGraphDeployment':
      return Object.values(fields(at(all, 'spec', 'services'))).map((service) => {
        const { mainContainer, ...rest } = fields(at(service, 'extraPodSpec'));
        return { spec: { ...rest, containers: [{ name: 'main', ...fields(mainContainer) }] } };
      });
    default:
      return [];
  }
}

const pod = (template: Fields): Manifest =>
  manifestOf({
    apiVersion: 'v1',
    kind: 'Pod',
    ...template,
    metadata: { name: 'pod', ...fields(template.metadata) },
  });

async function faults(all: Fields): Promise<readonly string[]> {
  const manifest = manifestOf(all);
  const validate = own[manifest.kind];
  if (!validate) return faultsOf(manifest);
  const valid = validate(all);
  const inside = await Promise.all(podsIn(manifest).map((template) => faultsOf(pod(template))));
  return [...(valid ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error))), ...inside.flat()];
}

const plans = launchedPlans();
const written = writtenFiles(plans);

describe('a manifest', () => {
  const manifests = written.filter(({ platform }) => platform !== 'slurm' && platform !== 'ray');
  it.each(manifests)('of $platform is of its schema: $what', async ({ text }) => {
    const documents = parseAllDocuments(text).map((document) => fields(document.toJS()));
    expect(documents.length).toBeGreaterThan(0);
    expect((await Promise.all(documents.map(faults))).flat()).toEqual([]);
  });

  it('with a key that its schema does not know is seen, in the resource and in its pods', async () => {
    const [first] = manifests;
    const [document] = parseAllDocuments(first?.text ?? '').map((each) => fields(each.toJS()));
    const changed = structuredClone(fields(document));
    Object.assign(fields(at(changed, 'spec')), { replica: 2 });
    Object.assign(
      fields(listOf(at(changed, 'spec', 'leaderWorkerTemplate', 'workerTemplate', 'spec', 'containers'))[0]),
      {
        command_: [],
      },
    );
    const found = await faults(changed);
    expect(found.join('\n')).toContain('additionalProperties');
    expect(found.join('\n')).toMatch(/command_ is no property of Pod/);
  });
});

describe('a configuration of Ray Serve', () => {
  it.each(written.filter(({ platform }) => platform === 'ray'))(
    'has the fields that LLMConfig has: $what',
    ({ text }) => {
      const [document] = parseAllDocuments(text);
      expect([ray(document?.toJS()), ray.errors]).toEqual([true, null]);
    },
  );
});

describe('secrets', () => {
  it.each(written)('are named and not told in the file of $platform: $what', ({ text }) => {
    expect(text).not.toMatch(/hf_[A-Za-z0-9]{8}|HF_TOKEN=|name: HF_TOKEN\n\s+value:/);
  });
});

/** The launch files of a plan, platform by platform. */
import type { EngineName } from '../../../planner/engine.ts';
import type { LaunchFile } from '../launch-files.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { Launch } from '../make-launch.ts';
import { dynamoGraphDeployment, dynamoRefusal } from './dynamo.ts';
import { kserveRefusal, llmInferenceService } from './kserve.ts';
import { leaderWorkerSet, leaderWorkerSetRefusal } from './leaderworkerset.ts';
import { engineTitles, type Refusal, routerRefusal } from './platform.ts';
import { rayRefusal, rayServe } from './ray.ts';
import { slurmJob } from './slurm.ts';

export const platformNames = ['leaderworkerset', 'kserve', 'dynamo', 'slurm', 'ray'] as const;
export type PlatformName = (typeof platformNames)[number];

interface Platform {
  readonly title: string;
  readonly ending: 'yaml' | 'sh';
  readonly refusal: (plan: LaunchPlan) => Refusal | undefined;
  readonly write: (plan: LaunchPlan) => string;
}

export const platforms: Readonly<Record<PlatformName, Platform>> = {
  leaderworkerset: {
    title: 'LeaderWorkerSets',
    ending: 'yaml',
    refusal: leaderWorkerSetRefusal,
    write: leaderWorkerSet,
  },
  kserve: { title: 'KServe’s LLMInferenceService', ending: 'yaml', refusal: kserveRefusal, write: llmInferenceService },
  dynamo: {
    title: 'NVIDIA Dynamo’s DynamoGraphDeployment',
    ending: 'yaml',
    refusal: dynamoRefusal,
    write: dynamoGraphDeployment,
  },
  slurm: { title: 'a Slurm job', ending: 'sh', refusal: routerRefusal, write: slurmJob },
  ray: { title: 'Ray Serve', ending: 'yaml', refusal: rayRefusal, write: rayServe },
};

export const platformFileName = (platform: PlatformName, engine: EngineName) =>
  `${platform}-${engine}.${platforms[platform].ending}`;

const mediaTypes = { yaml: 'application/yaml', sh: 'text/x-shellscript; charset=utf-8' } as const;

export interface PlatformFile extends LaunchFile {
  readonly platform: PlatformName;
}

function fileOf(plan: LaunchPlan, platform: PlatformName): readonly PlatformFile[] {
  const { title, ending, refusal, write } = platforms[platform];
  if (refusal(plan)) return [];
  return [
    {
      platform,
      name: platformFileName(platform, plan.engine),
      mediaType: mediaTypes[ending],
      description: `All workers under ${engineTitles[plan.engine]} as ${title}, with what stands before them.`,
      executable: ending === 'sh',
      content: () => write(plan),
    },
  ];
}

export function platformFiles(launches: readonly Launch[]): readonly PlatformFile[] {
  return launches.flatMap((launch) =>
    launch.expressible ? platformNames.flatMap((platform) => fileOf(launch.plan, platform)) : [],
  );
}

export interface PlatformRefusal extends Refusal {
  readonly platform: PlatformName;
  readonly engine: EngineName;
}

/** Platforms that cannot have a plan as it is under an engine that can. */
export function platformRefusals(launches: readonly Launch[]): readonly PlatformRefusal[] {
  return launches.flatMap((launch) =>
    launch.expressible
      ? platformNames.flatMap((platform) => {
          const refusal = platforms[platform].refusal(launch.plan);
          return refusal ? [{ platform, engine: launch.engine, ...refusal }] : [];
        })
      : [],
  );
}

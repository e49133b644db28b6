/** GET /plans/{id}/artifacts: the files that a plan is turned into, listed or one by one. */
import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { artifactsOf } from '../artifacts/artifacts.ts';
import { launchFiles } from '../artifacts/launch/launch-files.ts';
import { type Launch, launchesOf } from '../artifacts/launch/make-launch.ts';
import { platformFiles, platformRefusals } from '../artifacts/launch/platforms/platform-files.ts';
import { zipOf } from '../artifacts/zip.ts';
import { matches } from './conditional.ts';
import { negotiate } from './negotiate.ts';
import { json, refuseOtherThanJson } from './plans-route.ts';
import type { PlanStore } from './ports.ts';
import { ProblemError } from './problem.ts';
import { artifactRoutes } from './route-docs.ts';
import type { ArtifactList } from './schemas/artifacts.ts';
import { findFeasible } from './stored-answer.ts';

export function registerArtifacts(app: FastifyInstance, { store }: { store: PlanStore }): void {
  app.get<{ Params: { id: string } }>(
    '/plans/:id/artifacts',
    { schema: artifactRoutes.list },
    async (request, reply) => {
      refuseOtherThanJson(request.headers.accept);
      const { plan, answer } = await findFeasible(store, request);
      const launches = launchesOf(answer);
      const list: ArtifactList = {
        plan: plan.id,
        artifacts: artifactsOf(answer, launches).map(({ name, mediaType, description }) => ({
          name,
          mediaType,
          description,
          href: `/plans/${plan.id}/artifacts/${encodeURIComponent(name)}`,
        })),
        zip: `/plans/${plan.id}/artifacts.zip`,
        launch: launches.map(toldLaunch),
      };
      return reply.header('content-type', json).send(JSON.stringify(list));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/plans/:id/artifacts.zip',
    { schema: artifactRoutes.zip },
    async (request, reply) => {
      if (negotiate(request.headers.accept, ['application/zip']) === undefined)
        throw new ProblemError('not-acceptable', 'This resource is to be had as application/zip.');
      const { plan, answer } = await findFeasible(store, request);
      const archive = Buffer.from(zipOf(artifactsOf(answer)));
      // The files follow from more code than the plan's id does.
      const etag = `"${hash('sha256', archive, 'hex').slice(0, 32)}"`;
      reply.header('etag', etag).header('cache-control', 'no-cache');
      if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', `attachment; filename="shardwell-${plan.id.slice(0, 12)}.zip"`)
        .send(archive);
    },
  );

  app.get<{ Params: { id: string; name: string } }>(
    '/plans/:id/artifacts/:name',
    { schema: artifactRoutes.read },
    async (request, reply) => {
      const { answer } = await findFeasible(store, request);
      const artifacts = artifactsOf(answer);
      const wanted = artifacts.find(({ name }) => name === request.params.name);
      if (!wanted) {
        const allowed = artifacts.map(({ name }) => name);
        throw new ProblemError(
          'artifact-not-found',
          `The plan has no file ${JSON.stringify(request.params.name.slice(0, 80))}.`,
          {
            errors: [{ pointer: '/name', detail: 'is none of the plan’s files', allowed }],
          },
        );
      }
      return reply
        .header('content-type', wanted.mediaType)
        .header('content-disposition', `inline; filename="${wanted.name}"`)
        .send(Buffer.from(wanted.content()));
    },
  );
}

function toldLaunch(launch: Launch): ArtifactList['launch'][number] {
  const files = [...launchFiles([launch]), ...platformFiles([launch])].map(({ name }) => name);
  const { engine, expressible } = launch;
  if (!expressible) {
    const nearest = launch.nearest.map(({ degrees, ...rest }) => ({ ...rest, degrees: { ...degrees } }));
    return { engine, expressible, files, why: launch.why, nearest };
  }
  const { notes } = launch.plan;
  const without = platformRefusals([launch]).map(({ platform, why, nearest }) => ({ platform, why, nearest }));
  return {
    engine,
    expressible,
    files,
    ...(notes.length > 0 && { notes: [...notes] }),
    ...(without.length > 0 && { without }),
  };
}

/** GET /plans/{id}/artifacts: the files that a plan is turned into, listed or one by one. */
import type { FastifyInstance } from 'fastify';
import { artifactsOf } from '../artifacts/artifacts.ts';
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
      const list: ArtifactList = {
        plan: plan.id,
        artifacts: artifactsOf(answer).map(({ name, mediaType, description }) => ({
          name,
          mediaType,
          description,
          href: `/plans/${plan.id}/artifacts/${encodeURIComponent(name)}`,
        })),
      };
      return reply.header('content-type', json).send(JSON.stringify(list));
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

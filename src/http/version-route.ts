/** GET /version: which code answers here. Two replicas whose `answers` differ give the same question different ids. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { type Static, Type } from 'typebox';
import { problems } from './route-docs.ts';

export const Version = Type.Object(
  {
    service: Type.Literal('shardwell'),
    version: Type.String({ description: 'Of the package.' }),
    commit: Type.Optional(
      Type.String({ description: 'Git commit that it was built from. Absent where the build was not told.' }),
    ),
    answers: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description:
        'Hash of the planner, the verifier and the catalog: part of every plan’s id. As long as it stays, ids and answers do.',
    }),
    api: Type.String({ description: 'Of the contract: `info.version` of /openapi.json.' }),
    node: Type.String({ description: 'Of Node.js.' }),
  },
  { $id: 'Version', additionalProperties: false },
);
export type Version = Static<typeof Version>;

const schema: FastifySchema = {
  operationId: 'readVersion',
  tags: ['operations'],
  summary: 'Which code answers',
  response: {
    200: {
      description: 'The versions of what makes an answer.',
      content: { 'application/json': { schema: Version } },
    },
    ...problems(),
  },
};

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

export function versionOf({ answers, commit }: { answers: string; commit: string | undefined }): Version {
  const version = packageVersion();
  return {
    service: 'shardwell',
    version,
    ...(commit !== undefined && { commit }),
    answers,
    api: version,
    node: process.version,
  };
}

export function registerVersion(app: FastifyInstance, version: Version): void {
  app.get('/version', { schema }, async (_request, reply) => reply.header('cache-control', 'no-cache').send(version));
}

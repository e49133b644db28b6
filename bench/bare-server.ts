/** The measure that cached answers are held against: a Fastify route that reads the same body and returns the same bytes. */
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: bare-server <file with the bytes>');
const bytes = readFileSync(file);
const app = Fastify();
app.post('/plans', async (_request, reply) =>
  reply.header('content-type', 'application/json; charset=utf-8').send(bytes),
);
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
if (typeof address === 'object' && address !== null) console.log(`listening on http://127.0.0.1:${address.port}`);

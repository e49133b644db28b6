/** HTTP by hand, for callers that no client library would be: slow, silent, or gone in the middle. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawCall {
  readonly socket: Socket;
  /** All that has come so far. */
  received(): string;
  /** Resolves with all that came once the connection is closed, by whichever side. */
  readonly closed: Promise<string>;
}

/** Opens a connection; errors of it are an end like any other. */
export async function openRaw(url: string): Promise<RawCall> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(text));
  });
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, received: () => text, closed };
}

/** The head of a POST /plans. `length` is what is promised, not what must come. */
export const planHead = (length: number): string =>
  `POST /plans HTTP/1.1\r\nhost: shardwell\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

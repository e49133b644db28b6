/** The part of autocannon that the benchmarks use: the package has no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  export interface Sent {
    readonly method: 'POST';
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }

  export interface Options {
    readonly url: string;
    readonly connections: number;
    /** Each connection sends these in turn; what is given here is made by `setupRequest` when it is sent. */
    readonly requests: readonly { readonly setupRequest: (request: object) => Sent }[];
    /** Seconds. */
    readonly duration?: number;
    /** Requests, in place of a duration. */
    readonly amount?: number;
    /** Requests a second, of all connections together. */
    readonly overallRate?: number;
    /** Seconds until a request counts as failed. */
    readonly timeout?: number;
    readonly ignoreCoordinatedOmission?: boolean;
  }

  export interface Result {
    /** Seconds. */
    readonly duration: number;
    /** Connections that failed and requests that timed out. */
    readonly errors: number;
    readonly timeouts: number;
  }

  type Answered = (client: object, status: number, bytes: number, ms: number) => void;

  export interface Run extends PromiseLike<Result> {
    on(event: 'response', listener: Answered): EventEmitter;
  }

  export default function autocannon(options: Options): Run;
}

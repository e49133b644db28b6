/**
 * Spans of the plan store: one a look-up or write, and in a look-up one a tier. The store is not touched for it: it tells its
 * recorder of every tier that it has asked, in their order, so that a tier took from the last word of it to the next.
 */
import { context, createContextKey, type Tracer } from '@opentelemetry/api';
import type { CacheRecorder, Tier } from '../cache/cache-recorder.ts';
import type { PlanStore } from '../http/ports.ts';
import { inSpan, pastSpan } from './in-span.ts';
import { now } from './span-clock.ts';

interface LookUp {
  /** When the last tier had answered. */
  since: number;
}

const LOOK_UP = createContextKey('look-up');

/** A boundary: only a look-up is ever stored under its key. */
const presentLookUp = (): LookUp | undefined => context.active().getValue(LOOK_UP) as LookUp | undefined;

export function tracedStore<Store extends PlanStore>(store: Store, tracer: Tracer): Store {
  return {
    ...store,
    byBody(...call: Parameters<PlanStore['byBody']>) {
      const began = now();
      const plan = store.byBody(...call);
      // A body that is not known is looked for by its id next: that is the look-up to see.
      if (plan !== undefined)
        pastSpan(tracer, { name: 'cache memory', began, ended: now(), attributes: outcome('hit') });
      return plan;
    },
    get(...call: Parameters<PlanStore['get']>) {
      const lookUp: LookUp = { since: now() };
      return inSpan(
        tracer,
        { name: 'cache look-up', holding: (held) => held.setValue(LOOK_UP, lookUp) },
        async (span) => {
          lookUp.since = now();
          const found = await store.get(...call);
          span.setAttributes(outcome(found === undefined ? 'miss' : 'hit'));
          if (found !== undefined) span.setAttribute('shardwell.cache.tier', found.tier);
          return found;
        },
      );
    },
    async turn(...call: Parameters<PlanStore['turn']>) {
      const began = now();
      const turn = await store.turn(...call);
      // A replica that is alone, or first, has its turn at once.
      if (turn.kind !== 'turn' || turn.waitedMs >= 1)
        pastSpan(tracer, { name: 'wait for another replica', began, ended: now(), attributes: {} });
      return turn;
    },
    put: (...call: Parameters<PlanStore['put']>) => inSpan(tracer, { name: 'cache write' }, () => store.put(...call)),
  };
}

type Outcome = 'hit' | 'miss' | 'corruption' | 'failure';

const outcome = (result: Outcome) => ({ 'shardwell.cache.result': result });

export function tracedCacheRecorder(recorder: CacheRecorder, tracer: Tracer): CacheRecorder {
  const told = (result: Outcome) => (tier: Tier) => {
    recorder[result](tier);
    const lookUp = presentLookUp();
    if (lookUp === undefined) return;
    const ended = now();
    pastSpan(tracer, { name: `cache ${tier}`, began: lookUp.since, ended, attributes: outcome(result) });
    lookUp.since = ended;
  };
  // An eviction is no answer to a look-up. A failure or corruption may be told beside the miss that it is: both are then seen.
  return {
    ...recorder,
    hit: told('hit'),
    miss: told('miss'),
    corruption: told('corruption'),
    failure: told('failure'),
  };
}

/**
 * When to ask: a moment after the last change, one request at a time, the last question's answer alone. A service that says when to come
 * again is not asked before.
 */
import { call } from './api.js';

const MOST_TRIES = 4;

/**
 * @typedef {object} Listener
 * @property {() => void} began
 * @property {(outcome: import('./api.js').Outcome) => void} ended
 * @property {(seconds: number) => void} waits Told each second that the service has asked to be left alone for.
 */

/** @param {Listener} listener */
export function createPlanner({ began, ended, waits }) {
  /** @type {number | undefined} */
  let timer;
  /** @type {AbortController | undefined} */
  let current;
  let notBefore = 0;
  let tries = 0;
  /** @type {unknown} */
  let wanted;

  /** @param {number} delayMs */
  function ask(delayMs) {
    clearTimeout(timer);
    current?.abort();
    current = undefined;
    const leftMs = notBefore - performance.now();
    if (leftMs > 0) return wait();
    timer = setTimeout(send, delayMs);
  }

  function wait() {
    const leftMs = notBefore - performance.now();
    if (leftMs <= 0) return void send();
    waits(Math.ceil(leftMs / 1000));
    timer = setTimeout(wait, leftMs % 1000 || 1000);
  }

  async function send() {
    const controller = new AbortController();
    current = controller;
    began();
    try {
      const outcome = await call('/plans', { body: wanted, signal: controller.signal });
      if (current !== controller) return;
      current = undefined;
      ended(outcome);
      if (outcome.kind === 'problem' && outcome.waitSeconds !== undefined) {
        notBefore = performance.now() + outcome.waitSeconds * 1000;
        tries += 1;
        // A search that is too long for the service is not begun over and over for a page that nobody looks at.
        if (tries < MOST_TRIES) wait();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  return {
    /** Gives up what is asked, and asks nothing further by itself. */
    stop() {
      clearTimeout(timer);
      current?.abort();
      current = undefined;
    },
    /**
     * @param {unknown} request
     * @param {number} delayMs
     */
    plan(request, delayMs) {
      wanted = request;
      tries = 0;
      ask(delayMs);
    },
  };
}

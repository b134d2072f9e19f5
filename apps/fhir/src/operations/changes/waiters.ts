/** Requests that wait for changes: how many may, and how they do. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeWaiters } from '../../contract/changes.ts';
import type { Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';

/** Of one client, and of all of them in one process. Each holds a connection and the rules of its caller. */
const mostWaiting = { client: 100, all: 1_000 } as const;
const retryAfter = 10;

export function changeWaiters(): ChangeWaiters {
  const byClient = new Map<string, number>();
  let all = 0;
  return {
    enter(clientId) {
      const own = byClient.get(clientId) ?? 0;
      if (own >= mostWaiting.client || all >= mostWaiting.all) failFull(own >= mostWaiting.client);
      byClient.set(clientId, own + 1);
      all += 1;
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        all -= 1;
        const left = (byClient.get(clientId) ?? 1) - 1;
        if (left === 0) byClient.delete(clientId);
        else byClient.set(clientId, left);
      };
    },
  };
}

function failFull(isOfClient: boolean): never {
  const who = isOfClient ? `${mostWaiting.client} requests of one client` : `${mostWaiting.all} requests`;
  const diagnostics = `One node lets ${who} wait for changes at a time. Ask without wait, or come again in ${retryAfter} seconds.`;
  fail('too-many-requests', { seconds: retryAfter }, { diagnostics, headers: { 'retry-after': String(retryAfter) } });
}

/** Waits, but not for the end of a server that closes. */
export async function pause({ stopwatch, isClosing }: Services, until: number): Promise<void> {
  while (stopwatch() < until && !isClosing()) await delay(Math.min(250, until - stopwatch()));
}

/** Servers as separate processes. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../search-world.ts';

export type Order =
  | { readonly kind: 'put'; readonly resource: Resource }
  | { readonly kind: 'together'; readonly resources: readonly Resource[] }
  | { readonly kind: 'delete'; readonly type: string; readonly id: string }
  | { readonly kind: 'search'; readonly type: string; readonly query: string };

export interface Answer {
  readonly n: number;
  readonly found?: readonly string[];
  readonly refused?: string;
}

/** The server was killed: it is unknown whether a write was stored. */
export class Gone extends Error {}

export interface Node {
  /** @throws Gone, and an Error for a refused order */
  readonly ask: (order: Order) => Promise<readonly string[]>;
  /** As an operator ends it. */
  readonly end: () => Promise<void>;
  /** As a machine that fails. */
  readonly kill: () => Promise<void>;
}

/**
 * @param versions of the definitions that it makes
 * @param share of the time in which it indexes
 * @param lease milliseconds for which it counts as alive when it is killed
 */
export async function startNode(url: string, versions: readonly number[], share = 1, lease = 60_000): Promise<Node> {
  const program = fileURLToPath(new URL('node.ts', import.meta.url));
  const child = fork(program, [url, versions.join(','), String(share), String(lease)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const waiting = new Map<number, PromiseWithResolvers<readonly string[]>>();
  let asked = 0;
  child.on('message', ({ n, found, refused }: Answer) => {
    const one = waiting.get(n);
    waiting.delete(n);
    if (refused === undefined) one?.resolve(found ?? []);
    else one?.reject(new Error(refused));
  });
  const ended = once(child, 'exit').then(() => {
    for (const one of waiting.values()) one.reject(new Gone());
    waiting.clear();
  });
  return {
    ask(order) {
      if (!child.connected) return Promise.reject(new Gone());
      const answer = Promise.withResolvers<readonly string[]>();
      waiting.set((asked += 1), answer);
      child.send({ n: asked, order }, (error) => {
        if (error !== null) answer.reject(new Gone());
      });
      return answer.promise;
    },
    end: () => ending(child, () => child.disconnect(), ended),
    kill: () => ending(child, () => child.kill('SIGKILL'), ended),
  };
}

async function ending(child: ChildProcess, how: () => unknown, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) how();
  await ended;
}

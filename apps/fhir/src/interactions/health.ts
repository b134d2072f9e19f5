import type { Environment, Interaction } from './interaction.ts';

/** The process answers. */
export const healthz: Interaction = () => Promise.resolve(report(200, { status: 'ok' }));

const patience = 2_000;

/**
 * It can do its work: the database answers, the keys of the SSO are there, and it is not closing. While the search index is not complete
 * the check `index` says so, and the server stays ready: reads and writes by id work on every server, and searches on none.
 */
export const readyz: Interaction = async (environment) => {
  const [store, keys, index] = await Promise.all([answers(environment), environment.keysReady(), indexOf(environment)]);
  const isReady = store && keys && !environment.isClosing();
  return report(isReady ? 200 : 503, {
    status: isReady ? 'ready' : environment.isClosing() ? 'closing' : 'not ready',
    checks: { store: store ? 'ok' : 'unreachable', keys: keys ? 'ok' : 'not loaded', index },
  });
};

/** How far the search index is, asked of the database. */
async function indexOf({ store }: Environment): Promise<string> {
  const unknown = 'unknown';
  const timeout = new Promise<string>((resolve) => setTimeout(resolve, patience, unknown).unref());
  const state = store.indexState().then(
    ({ complete, done, total }) => {
      const percent = Math.min(99, Math.floor((100 * done) / Math.max(total, 1)));
      return complete ? 'ok' : `building: ${percent} %; searches are refused until it is complete`;
    },
    () => unknown,
  );
  return Promise.race([state, timeout]);
}

async function answers({ store }: Environment): Promise<boolean> {
  const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, patience, false).unref());
  const probe = store.read('Patient', 'readyz').then(
    () => true,
    () => false,
  );
  return Promise.race([probe, timeout]);
}

function report(status: number, body: object): Awaited<ReturnType<Interaction>> {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

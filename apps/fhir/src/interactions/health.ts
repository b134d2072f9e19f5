import type { Environment, Interaction } from './interaction.ts';

/** The process answers. */
export const healthz: Interaction = () => Promise.resolve(report(200, { status: 'ok' }));

const patience = 2_000;

/** It can do its work: the database answers, the keys of the SSO are there, and it is not closing. */
export const readyz: Interaction = async (environment) => {
  const [store, keys] = await Promise.all([answers(environment), environment.keysReady()]);
  const isReady = store && keys && !environment.isClosing();
  return report(isReady ? 200 : 503, {
    status: isReady ? 'ready' : environment.isClosing() ? 'closing' : 'not ready',
    checks: { store: store ? 'ok' : 'unreachable', keys: keys ? 'ok' : 'not loaded' },
  });
};

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

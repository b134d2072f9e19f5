/** The network to the database swallows every byte, or cuts every connection. */
import { setTimeout as delay } from 'node:timers/promises';
import { testServer, startWire, type Wire } from '@dhp/postgres/testing';
import { fhirAt } from '../../fhir.ts';
import { inSeconds, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

/** Milliseconds within which every path must say that it cannot. */
const honest = 15_000;

export const blackhole: Scenario = {
  name: 'silent-host',
  fault: 'the host of the database is silent on every connection',
  claim:
    'Every path that needs the database answers 503 within 15 s, /readyz is 503, and SIGTERM ends the platform within its drain time.',
  run: () => silence('all'),
};

export const staleConnections: Scenario = {
  name: 'silent-connections',
  fault: 'the open connections to the database are silent, new ones work',
  claim:
    'Requests are answered again within 30 s, each failed one within 15 s by 503, and no acknowledged write is lost.',
  run: () => silence('open'),
};

async function silence(which: 'all' | 'open'): Promise<Outcome> {
  const server = await testServer();
  const wire = await startWire(server);
  try {
    const { home, platform, token } = await platformOn(wire.through(server));
    try {
      return which === 'all' ? await allSilent(platform, token, wire) : await openSilent(platform, token, wire);
    } finally {
      wire.close().catch(() => undefined);
      await home.close();
    }
  } finally {
    await wire.close();
  }
}

type Running = Awaited<ReturnType<typeof platformOn>>['platform'];

async function allSilent(platform: Running, token: string, wire: Wire): Promise<Outcome> {
  const { urls } = platform;
  const ask = fhirAt(urls.playground, token);
  await ask('PUT', 'Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'kept' } });
  wire.blackhole();
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'x', client_secret: 'y' });
  const requests: Record<string, () => Promise<{ status: number }>> = {
    read: () => ask('GET', 'Basic/kept'),
    search: () => ask('GET', 'Basic?identifier=x'),
    create: () => ask('POST', 'Basic', { resourceType: 'Basic', code: { text: 'new' } }),
    update: () => ask('PUT', 'Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'again' } }),
    delete: () => ask('DELETE', 'Basic/kept'),
    history: () => ask('GET', 'Basic/kept/_history'),
    transaction: () =>
      ask('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: 'b' } } },
        ],
      }),
    token: () => fetch(`${urls.sso}/oauth/token`, { method: 'POST', body: form }),
    'sign-in page': () =>
      fetch(
        `${urls.sso}/oauth/authorize?${new URLSearchParams({ client_id: 'x', response_type: 'code', redirect_uri: 'https://x.example/cb' }).toString()}`,
        { redirect: 'manual' },
      ),
    'readiness of the SSO': () => notReady(urls.sso),
    'readiness of the playground': () => notReady(urls.playground),
  };
  const answers = await Promise.all(
    Object.entries(requests).map(async ([name, request]) => {
      const began = performance.now();
      const status = await Promise.race([
        request().then(
          (answer) => answer.status,
          () => 0,
        ),
        delay(2 * honest, -1),
      ]);
      return { name, status, took: performance.now() - began };
    }),
  );
  const bad = answers.filter(({ status, took }) => status !== 503 || took > honest);
  const began = performance.now();
  await platform.end('SIGTERM');
  const ending = performance.now() - began;
  const slowest = answers.reduce((a, b) => (a.took > b.took ? a : b));
  return {
    holds: bad.length === 0 && ending < 20_000,
    said:
      `${answers.length - bad.length} of ${answers.length} kinds of request were answered by 503 within 15 s, the slowest (${slowest.name}) after ${inSeconds(slowest.took)}` +
      `${bad.map(({ name, status, took }) => `; ${name}: ${status < 0 ? 'no answer' : status} after ${inSeconds(took)}`).join('')}; ended ${inSeconds(ending)} after SIGTERM.`,
  };
}

/** Asks whether a server is ready until it says no. */
async function notReady(server: string): Promise<{ status: number }> {
  for (;;) {
    const { status } = await fetch(`${server}/readyz`);
    if (status === 503) return { status };
    await delay(200);
  }
}

async function openSilent({ urls }: Running, token: string, wire: Wire): Promise<Outcome> {
  const writing = startWriting(urls.playground, token);
  await delay(4_000);
  const before = writing.acknowledged();
  wire.blackhole('open');
  const began = performance.now();
  while (writing.acknowledged() < before + 200 && performance.now() - began < 120_000) await delay(20);
  const recovered = performance.now() - began;
  await wire.restore();
  const refused = await writing.stop();
  const longest = Math.max(0, ...refused.map(({ took }) => took));
  const { resources, unacknowledged } = await writing.check(fhirAt(urls.playground, token));
  return {
    holds: recovered < 30_000 && longest < honest && refused.every(({ status }) => status === 503),
    said:
      `${writing.acknowledged()} acknowledged writes of ${resources} resources are all there; writing again after ${inSeconds(recovered)}; ` +
      `${refused.length} requests failed (${[...new Set(refused.map(({ status }) => status ?? 'no answer'))].join(', ') || 'none'}), the longest after ${inSeconds(longest)}; ` +
      `${unacknowledged} of them had been committed.`,
  };
}

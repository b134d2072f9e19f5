import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PlatformStatus } from '../src/status.ts';
import { install, type Installation } from './installation.ts';

let installation: Installation;
beforeEach(async () => {
  installation = await install();
});
afterEach(() => installation.close());

async function states(): Promise<Record<string, string>> {
  const response = await fetch(`${installation.url}/status.json`);
  equal(response.headers.get('cache-control'), 'no-store');
  equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  const { checkedAt, services } = (await response.json()) as PlatformStatus;
  ok(Math.abs(Date.parse(checkedAt) - Date.now()) < 60_000);
  return Object.fromEntries(services.map(({ name, state }) => [name, state]));
}

describe('the state of the services', () => {
  it('is ready when they say so', async () => {
    deepEqual(await states(), { sso: 'ready', playground: 'ready', portal: 'ready' });
  });

  it('is not ready when they say that, or lead elsewhere', async () => {
    installation.sso.mood = 'starting';
    installation.playground.mood = 'redirecting';
    deepEqual(await states(), { sso: 'not-ready', playground: 'not-ready', portal: 'ready' });
  });

  it('is not ready when something else answers in their place, however well', async () => {
    installation.sso.mood = 'replaced';
    installation.playground.mood = 'degraded';
    deepEqual(await states(), { sso: 'not-ready', playground: 'ready', portal: 'ready' });
  });

  it('is unreachable when they do not answer in time, cut the connection or do not listen', async () => {
    installation.sso.mood = 'silent';
    installation.playground.mood = 'gone';
    const begun = performance.now();
    deepEqual(await states(), { sso: 'unreachable', playground: 'unreachable', portal: 'ready' });
    ok(performance.now() - begun < 4000, 'within what the page waits for');
  });

  it('is unreachable when nobody listens', async () => {
    await installation.sso.close();
    equal((await states())['sso'], 'unreachable');
    installation = { ...installation, sso: { ...installation.sso, close: async () => undefined } };
  });

  for (const mood of ['silent', 'gone', 'starting', 'redirecting', 'replaced'] as const) {
    it(`is ready when it fails once: ${mood}`, async () => {
      const { sso } = installation;
      Object.defineProperty(sso, 'mood', { get: () => (sso.asked === 1 ? mood : 'ready') });
      deepEqual(await states(), { sso: 'ready', playground: 'ready', portal: 'ready' });
      equal(sso.asked, 2);
    });
  }

  it('is asked once for many callers', async () => {
    await Promise.all(Array.from({ length: 40 }, states));
    await fetch(installation.url);
    deepEqual([installation.sso.asked, installation.playground.asked], [1, 1]);
  });

  it('stands in the page itself, without the script', async () => {
    installation.playground.mood = 'starting';
    const html = await (await fetch(`${installation.url}/?lang=en`)).text();
    match(html, /data-service="sso">[^]*?data-state="ready">[^]*?Working/);
    match(html, /data-service="playground">[^]*?data-state="not-ready">[^]*?Not ready yet/);
    match(html, /<span role="status">Not every service is working. Look at: Playground<\/span>/);
  });

  it('does not keep the page waiting for a silent service', async () => {
    installation.sso.mood = 'silent';
    let taken = Infinity;
    // Other work on the machine can spoil an attempt.
    for (let attempt = 0; attempt < 5 && taken >= 900; attempt += 1) {
      const begun = performance.now();
      const html = await (await fetch(`${installation.url}/?lang=en`)).text();
      taken = performance.now() - begun;
      match(html, /<span role="status">Checking the services…<\/span>/);
    }
    ok(taken < 900, 'less than the time-out of a service');
  });
});

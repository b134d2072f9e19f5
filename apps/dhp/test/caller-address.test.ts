/**
 * The address of a visitor as the portal reports it to the SSO, which uses it for limits and records: through the playground's port and on
 * a separate port, with every setting of DHP_TRUST_PROXY. It equals the address that the web framework finds for a direct request; if the
 * framework finds a word that is not an address, it is the address of the connection.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request, type RequestListener } from 'node:http';
import { createServer, isIP, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Fastify from 'fastify';
import { relayedAddress, relayedAddressField } from '@dhp/web-kit';
import { parseSettings } from '../src/configuration.ts';
import { portalKeys } from '../src/portal-client.ts';
import { silent } from '../src/progress.ts';
import { assigned } from '../src/servers/assigned.ts';
import { callers } from '../src/servers/caller-address.ts';
import { openPortalServer } from '../src/servers/portal.ts';
import { portalProxy } from '../src/servers/portal-proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'dhp-caller-'));
const keys = portalKeys(randomBytes(32));
const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

let told: (string | undefined)[] = [];
const ssoPort = await listening(
  createHttpServer(({ url, headers }, response) => {
    const { authorization = '', [relayedAddressField]: field } = headers;
    const relay = { key: Buffer.from(keys.relay, 'base64'), authorization, now: Date.now() };
    if (url === '/oauth/token') told.push(relayedAddress(field, relay));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'a.b.c', expires_in: 600, sub: 's', name: 'Aziza' }));
  }),
);

interface Reply {
  readonly location: string;
  readonly cookies: readonly string[];
  readonly text: string;
}

/** @param fields names and values in turn */
function ask(port: number, path: string, localAddress: string, fields: readonly string[] = []): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = ['host', 'localhost:1', 'connection', 'close', ...fields];
    const sent = request({ host: '127.0.0.1', port, path, localAddress, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      const { location = '', 'set-cookie': cookies = [] } = response.headers;
      response.on('end', () => resolve({ location, cookies: cookies.map((one) => one.split(';')[0]!), text }));
    });
    sent.on('error', reject).end();
  });
}

/** Opens a portal, also reachable through the playground. @returns the ports of both */
async function open(trusted: string): Promise<{ own: number; behind: number; oracle: number }> {
  const urls = { sso: 'http://localhost:2', playground: 'http://localhost:1/fhir', portal: 'http://localhost:1' };
  const portalSocket = join(folder, `${String(closing.length)}.sock`);
  const settings = { DHP_TRUST_PROXY: trusted, DHP_LOG: 'error' };
  const addresses = { urls, ssoInternal: `http://127.0.0.1:${String(ssoPort)}`, local: {} };
  const assignment = {
    server: 'portal',
    ...{ settings, workers: 1, worker: 0, data: folder, addresses, portalKeys: keys, portalSocket },
  } as const;
  const means = { progress: silent, borrow: () => Promise.reject(new Error('one process')) };
  const portal = await openPortalServer(assigned(assignment, means), assignment);
  closing.push(() => portal.close(0));
  const own = await listening(createServer({ allowHalfOpen: true, pauseOnConnect: true }, portal.accept));
  const trust = parseSettings(settings).DHP_TRUST_PROXY ?? false;
  const ofPlayground: RequestListener = (_request, response) => response.end('playground');
  const proxy = portalProxy({ socketPath: portalSocket, urls, callers: callers(trust) }, ofPlayground);
  closing.push(proxy.close);
  const behind = await listening(createHttpServer({ optimizeEmptyRequests: true }, proxy.handler));
  const app = Fastify({ trustProxy: trust });
  app.get('/', ({ ip }) => ip);
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  return { own, behind, oracle: (app.server.address() as AddressInfo).port };
}

const claims: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  'an address': ['X-Forwarded-For', '203.0.113.1'],
  'a list of addresses': ['x-forwarded-for', '203.0.113.1, 198.51.100.1,10.1.2.3'],
  'the address of this machine': ['X-Forwarded-For', '203.0.113.1, 127.0.0.1'],
  'the header twice': ['X-Forwarded-For', '203.0.113.1', 'X-FORWARDED-FOR', '203.0.113.2'],
  'no address': ['X-Forwarded-For', 'unknown, _hidden'],
  'an empty list': ['X-Forwarded-For', ' , ,'],
  IPv6: ['X-Forwarded-For', '2001:db8::1, ::ffff:10.0.0.1'],
  'a header that ends with the connection': ['Connection', 'X-Forwarded-For', 'X-Forwarded-For', '203.0.113.1'],
  'other headers': [
    ...['Forwarded', 'for=203.0.113.1', 'X-Real-IP', '203.0.113.1', 'X-Client-IP', '203.0.113.1'],
    ...['X-Forwarded-Host', 'evil.test', 'X-Forwarded-Proto', 'gopher', relayedAddressField, '1;203.0.113.1;x'],
  ],
};

for (const trusted of ['off', 'on', '1', '2', '127.0.0.8', '10.0.0.0/8, 127.0.0.9', '::1'])
  describe(
    `the address of a visitor, with DHP_TRUST_PROXY=${trusted}`,
    { skip: process.platform === 'win32' },
    async () => {
      const { own, behind, oracle } = await open(trusted);
      const { location, cookies } = await ask(own, '/sign-in', '127.0.0.1');
      const state = new URL(location).searchParams.get('state') ?? '';
      for (const [claim, fields] of Object.entries(claims))
        it(`is what the framework finds, where it tells ${claim}`, async () => {
          for (const from of ['127.0.0.8', '127.0.0.9']) {
            const { text: expected } = await ask(oracle, '/', from, fields);
            for (const port of [own, behind]) {
              told = [];
              await ask(port, `/signed-in?code=c&state=${state}`, from, ['cookie', cookies.join('; '), ...fields]);
              const way = port === own ? 'on a port of its own' : 'behind the playground';
              assert.deepEqual(told, [isIP(expected) === 0 ? from : expected], `${from} ${way}`);
            }
          }
        });
    },
  );

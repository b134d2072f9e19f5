/** The platform behind nginx and behind Caddy, with the configurations of deploy/: addresses in answers, of callers, bodies, streams, TLS. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { openHome, type Credentials, type Home } from './platform.ts';
import { proxyNames, startProxy, without, type Proxy, type ProxyName } from './proxies.ts';

const sso = 'https://sso.example.uz';
const playground = 'https://playground.example.uz/fhir';
const production = 'https://fhir.example.uz';
/** Requests per minute from one address, which the other tests of this file do not approach. */
const rate = 120;

describe('the platform behind a proxy', { timeout: 300_000 }, () => {
  const usable = proxyNames.filter((name) => without(name) === false);
  const proxies = new Map<ProxyName, Proxy>();
  let home: Home;
  let client: Credentials;

  before(async () => {
    if (usable.length === 0) return;
    home = await openHome({
      begins: 'migrated',
      programs: 'kept',
      environment: {
        ...{ DHP_PRODUCTION: 'on', DHP_SEED_PATIENTS: '0', DHP_TRUST_PROXY: '1' },
        ...{ DHP_SSO_URL: sso, DHP_PLAYGROUND_URL: playground, DHP_PRODUCTION_URL: production },
        ...{ DHP_PORTAL_URL: 'https://playground.example.uz', DHP_SSO_ADDRESS_RATE: String(rate) },
        DHP_BODY_LIMIT: String(6 * 1024 ** 2),
      },
    });
    await home.start();
    client = await home.createClient();
    const { DHP_SSO_PORT, DHP_PORT, DHP_PRODUCTION_PORT } = home.environment;
    const behind = { 9000: Number(DHP_SSO_PORT), 8080: Number(DHP_PORT), 8090: Number(DHP_PRODUCTION_PORT) };
    for (const name of usable) proxies.set(name, await startProxy(name, behind));
  });
  after(async () => {
    for (const proxy of proxies.values()) await proxy.close();
    if (usable.length > 0) await home.close();
  });

  async function tokenBy(proxy: Proxy): Promise<string> {
    const { client_id: id, client_secret: secret } = client;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await proxy.ask(`${sso}/oauth/token`, { method: 'POST', headers, body });
    assert.equal(reply.status, 200, reply.text);
    return (JSON.parse(reply.text) as { access_token: string }).access_token;
  }

  for (const name of proxyNames) {
    const proxy = (): Proxy => proxies.get(name)!;
    const behind = (what: string, run: (proxy: Proxy, context: TestContext) => Promise<void>): void => {
      it(`${name}: ${what}`, { skip: without(name), timeout: 120_000 }, (context) => run(proxy(), context));
    };

    behind('public addresses in what the SSO says of itself, and a token', async (at) => {
      const { text } = await at.ask(`${sso}/.well-known/openid-configuration`);
      const said = JSON.parse(text) as Record<string, unknown>;
      assert.equal(said['issuer'], sso);
      assert.equal(said['token_endpoint'], `${sso}/oauth/token`);
      assert.ok((await tokenBy(at)).length > 100);
    });

    behind('a Patient by its public address, and production apart', async (at) => {
      const headers = { authorization: `Bearer ${await tokenBy(at)}`, 'content-type': 'application/fhir+json' };
      const body = JSON.stringify({ resourceType: 'Patient', active: true });
      const made = await at.ask(`${playground}/Patient`, { method: 'POST', headers, body });
      assert.equal(made.status, 201, made.text);
      const location = String(made.headers['location']);
      assert.ok(location.startsWith(`${playground}/Patient/`), location);
      const forged = {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'host=evil.example',
      };
      const search = await at.ask(`${playground}/Patient?_count=1`, { headers: { ...headers, ...forged } });
      assert.ok(search.text.includes(`${playground}/Patient`) && !search.text.includes('evil'), search.text);
      assert.equal((await at.ask(`${production}/Patient`, { headers })).status, 401, 'a token of the playground');
      assert.equal((await at.ask(`${production}/metadata?_elements=software`)).status, 200);
    });

    behind('the portal, by TLS alone', async (at) => {
      const page = await at.ask('https://playground.example.uz/');
      assert.equal(page.status, 200);
      assert.match(String(page.headers['content-type']), /text\/html/);
      assert.equal(page.headers['strict-transport-security'], 'max-age=63072000');
      const plain = await at.askPlain('playground.example.uz', '/errors?x=1');
      assert.ok([301, 308].includes(plain.status), String(plain.status));
      assert.match(String(plain.headers['location']), /^https:\/\/playground\.example\.uz(:\d+)?\/errors\?x=1$/);
      await assert.rejects(handshake(at, 'TLSv1.1'));
      assert.equal(await handshake(at, 'TLSv1.3'), 'TLSv1.3');
    });

    behind('large bodies, and the refusal of larger ones is the platform’s', async (at) => {
      const headers = { authorization: `Bearer ${await tokenBy(at)}`, 'content-type': 'application/fhir+json' };
      const narrative = (length: number): string =>
        JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'YWFh'.repeat(length / 4) });
      const stored = await at.ask(`${playground}/Binary`, { method: 'POST', headers, body: narrative(4_000_000) });
      assert.equal(stored.status, 201, stored.text.slice(0, 500));
      const refused = await at.ask(`${playground}/Binary`, { method: 'POST', headers, body: narrative(7_000_000) });
      assert.equal(refused.status, 413, refused.text);
      assert.match(refused.text, /OperationOutcome/);
    });

    behind('a websocket, by the name of the FHIR server, and no other protocol', async (at) => {
      assert.match(await upgraded(at, '/fhir/$websocket', 'websocket'), /^HTTP\/1\.1 101 /);
      assert.match(await upgraded(at, '/fhir/healthz', 'h2c'), /^HTTP\/1\.1 200 /);
    });

    behind('long tokens and many header fields', async (at) => {
      const headers = { authorization: `Bearer ${'a'.repeat(6_000)}` };
      const reply = await at.ask(`${playground}/Patient`, { headers });
      assert.equal(reply.status, 401, reply.text);
      assert.match(reply.text, /OperationOutcome/);
    });
  }

  for (const name of proxyNames)
    it(
      `${name}: a forged X-Forwarded-For does not change the address that limits count`,
      { skip: without(name) },
      async () => {
        const proxy = proxies.get(name)!;
        const statuses: number[] = [];
        // The quota refills evenly, two requests per second: a slow machine gets some more than a minute's quota. If the server believed
        // the forged address, each request would come from another one, and none would be refused.
        while (!statuses.includes(429) && statuses.length < 20 * rate)
          statuses.push(
            ...(await Promise.all(Array.from({ length: 20 }, (_, n) => askForged(proxy, statuses.length + n)))),
          );
        assert.ok(statuses.includes(429), statuses.join(' '));
      },
    );

  async function askForged(proxy: Proxy, n: number): Promise<number> {
    const third = `${String(Math.floor(n / 250))}.${String(n % 250)}`;
    const headers = { 'x-forwarded-for': `203.0.${third}, 198.51.${third}` };
    return (await proxy.ask(`${sso}/nothing`, { headers })).status;
  }
});

async function handshake({ port, certificate }: Proxy, version: 'TLSv1.1' | 'TLSv1.3'): Promise<string | null> {
  const versions = { minVersion: version, maxVersion: version } as const;
  const ciphers = version === 'TLSv1.1' ? 'DEFAULT@SECLEVEL=0' : undefined;
  const at = { host: '127.0.0.1', port, servername: 'sso.example.uz', ca: certificate };
  const socket = connectTls({ ...at, ...versions, ...(ciphers && { ciphers }) });
  try {
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
}

/** The first line of the answer to a request to the playground for another protocol. */
async function upgraded({ port, certificate }: Proxy, path: string, protocol: string): Promise<string> {
  const { hostname } = new URL(playground);
  const socket = connectTls({ host: '127.0.0.1', port, servername: hostname, ca: certificate });
  try {
    await once(socket, 'secureConnect');
    const key = ['sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=='];
    const lines = [`GET ${path} HTTP/1.1`, `host: ${hostname}`, 'connection: upgrade', `upgrade: ${protocol}`, ...key];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    return first.toString('latin1').split('\r\n', 1)[0]!;
  } finally {
    socket.destroy();
  }
}

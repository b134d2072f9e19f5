/** Connections to the database that stop in the middle of a message, at any moment and for any time, while clients write and read in every way. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect as dial, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { ask as send } from '../../ask.ts';
import { fhirAt } from '../../fhir.ts';
import { getToken, type Credentials } from '../../platform.ts';
import { checkEverything } from '../failover/checks.ts';
import { startLoad } from '../failover/load.ts';
import { startNodes, type Nodes } from '../failover/nodes.ts';
import { follow } from '../failover/watchers.ts';
import { inSeconds, type Outcome, type Scenario } from './scenario.ts';

/** Milliseconds: the budget of a request, and two seconds. */
const most = 32_000;

export const stalls: Scenario = {
  name: 'stalls',
  fault:
    'each connection to the database stops at a random byte of its messages, in either direction, for up to 45 s, again and again for 90 s',
  claim:
    'Every request is answered within its 30 s and two more, by what it asked for or by 503 with Retry-After. No acknowledged write is lost, nothing is done twice, and afterwards all is answered.',
  longest: 400_000,
  run: () => stall(90, 45_000),
};

interface Stalling {
  readonly port: number;
  /** From now on connections stop; false: none does, and those that stand still continue. */
  begin(isOn: boolean): void;
  readonly count: () => number;
  close(): Promise<void>;
}

/** A proxy in front of a database whose connections stop now and then. Nobody is told: they stay open. */
async function startStalling(url: string, longest: number): Promise<Stalling> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const standing = new Set<() => void>();
  let isOn = false;
  let count = 0;
  const passing = (from: Socket, to: Socket): void => {
    from.setNoDelay(true);
    open.add(from);
    from.on('data', (bytes: Buffer) => {
      // One message in some hundreds; a cut in the middle of it as well as before or behind.
      if (!isOn || randomInt(400) > 0) {
        if (!to.write(bytes)) from.pause();
        return;
      }
      count += 1;
      const cut = randomInt(bytes.length + 1);
      if (cut > 0) to.write(bytes.subarray(0, cut));
      from.pause();
      const goOn = (): void => {
        standing.delete(goOn);
        clearTimeout(timer);
        if (!to.destroyed && cut < bytes.length) to.write(bytes.subarray(cut));
        from.resume();
      };
      // Short ones are as many as long ones, by their order of magnitude.
      const timer = setTimeout(goOn, 20 * (longest / 20) ** Math.random());
      standing.add(goOn);
    });
    to.on('drain', () => from.resume());
    from.on('error', () => undefined).on('close', () => (open.delete(from), to.destroy()));
  };
  const server: Server = createServer((client) => {
    const far = dial(Number(port || '5432'), hostname);
    passing(client, far);
    passing(far, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    begin(on) {
      isOn = on;
      if (!on) for (const goOn of [...standing]) goOn();
    },
    count: () => count,
    async close() {
      server.close();
      for (const goOn of [...standing]) goOn();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

/** @param seconds for which connections stop; @param longest milliseconds for one of them */
export async function stall(seconds: number, longest: number): Promise<Outcome> {
  const database = await testServer();
  const proxy = await startStalling(database, longest);
  const name = `stall${Date.now().toString(36)}`;
  const led = new URL(database);
  led.host = `127.0.0.1:${String(proxy.port)}`;
  led.pathname = `/${name}`;
  led.searchParams.delete('host');
  led.searchParams.delete('connect_timeout');
  const admin = connect(database, { max: 1 });
  let nodes: Nodes | undefined;
  try {
    await admin.unsafe(`create database ${name}`);
    nodes = await startNodes(led.href);
    return await underLoad({ name, nodes, proxy, seconds, database });
  } finally {
    await nodes?.close();
    await proxy.close();
    for (const one of ['', '_sso', '_playground', '_production'])
      await admin.unsafe(`drop database if exists ${name}${one} with (force)`);
    await admin.end();
  }
}

interface Bed {
  readonly name: string;
  readonly nodes: Nodes;
  readonly proxy: Stalling;
  readonly seconds: number;
  readonly database: string;
}

async function underLoad({ name, nodes, proxy, seconds, database }: Bed): Promise<Outcome> {
  const token = await getToken(nodes.sso, nodes.client);
  const direct = nodes.all.map(({ fhir }) => fhir);
  const load = startLoad(name, 60, { fhir: direct, sso: nodes.sso, client: nodes.client, token });
  const looking = nodes.all.map((node) => lookAround(node.fhir, node.sso, { token, client: nodes.client }));
  const followers = direct.map((node) => follow(node, token));
  await load.more(120, 60);
  proxy.begin(true);
  await delay(seconds * 1000);
  proxy.begin(false);
  const freed = performance.now();
  const goesOn = await load.more(240, 60);
  const recovered = performance.now() - freed;
  const ledger = await load.stop();
  const seen = await Promise.all(looking.map((end) => end()));
  let isOver = false;
  setTimeout(() => (isOver = true), 3_000);
  const followed = await Promise.all(followers.map((end) => end(() => isOver)));
  const checked = await checkEverything({
    name,
    ledger,
    nodes,
    token,
    database,
    playground: `${name}_playground`,
    followed,
  });
  const failed = [...ledger.failed, ...seen.flatMap(({ refused }) => refused)];
  const wrong = failed.filter(({ status }) => status !== 503);
  const slowest = [...failed.map(({ took }) => ({ what: 'refused', took })), ...seen.flatMap(({ slow }) => slow)].sort(
    (a, b) => b.took - a.took,
  )[0];
  const last = seen.flatMap(({ after }) => after);
  const faults = [
    ...checked.faults,
    ...(goesOn ? [] : ['it did not write again within a minute']),
    ...[...Map.groupBy(wrong, ({ status }) => status)].map(
      ([status, all]) => `${String(all.length)} requests were answered by ${String(status ?? 'nothing')}`,
    ),
    ...seen.flatMap(({ odd }) => odd),
    ...(slowest === undefined || slowest.took < most ? [] : [`${slowest.what} took ${inSeconds(slowest.took)}`]),
    ...last,
  ];
  return {
    holds: faults.length === 0 && proxy.count() > 0,
    said:
      `${String(proxy.count())} times a connection stopped; ${String(ledger.acknowledged.length)} writes and tokens were acknowledged, ${String(ledger.failed.length)} refused, of which ${String(checked.unacknowledged)} are there; ` +
      `${String(seen.reduce((sum, { count }) => sum + count, 0))} other requests, ${String(seen.flatMap(({ refused }) => refused).length)} refused; the slowest (${slowest?.what ?? 'none'}) was answered after ${inSeconds(slowest?.took ?? 0)}; ` +
      `writing again ${inSeconds(recovered)} after the last of it.${faults.length === 0 ? '' : ` ${faults.join('; ')}.`}`,
  };
}

interface Seen {
  readonly count: number;
  readonly refused: readonly { readonly status: number | undefined; readonly took: number }[];
  readonly slow: readonly { readonly what: string; readonly took: number }[];
  readonly odd: readonly string[];
  /** Kinds of request that are not answered when all is over. */
  readonly after: readonly string[];
}

/** Asks in ways that do not write, and for what is done later, each again and again. */
function lookAround(
  fhir: string,
  sso: string,
  { token, client }: { token: string; client: Credentials },
): () => Promise<Seen> {
  const ask = fhirAt(fhir, token);
  const form = (path: string, fields: object): ReturnType<typeof send> =>
    send(`${sso}${path}`, { method: 'POST', body: new URLSearchParams({ ...fields, ...client }) });
  const kinds: Record<string, () => Promise<{ status: number; headers: Headers; text: string }>> = {
    search: () => ask('GET', 'Basic?_count=20&_sort=-_lastUpdated'),
    total: () => ask('GET', 'Basic?_summary=count&code:text=together'),
    history: () => ask('GET', 'Basic/_history?_count=10'),
    batch: () =>
      ask('POST', '', {
        ...{ resourceType: 'Bundle', type: 'batch' },
        entry: [{ request: { method: 'GET', url: 'Basic?_count=2' } }],
      }),
    validate: () => ask('POST', 'Basic/$validate', { resourceType: 'Basic', code: { text: 'looked at' } }),
    expand: () => ask('GET', 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender'),
    everything: () => ask('GET', 'Patient/nobody/$everything'),
    later: () => ask('GET', 'Basic?_summary=count', undefined, { prefer: 'respond-async' }),
    introspect: () => form('/oauth/introspect', { token }),
    jwks: () => send(`${sso}/oauth/jwks`),
    page: () =>
      send(`${sso}/oauth/authorize?response_type=code&client_id=nobody&redirect_uri=https%3A%2F%2Fx.example%2Fcb`),
  };
  const seen = { count: 0, refused: [], slow: [], odd: new Set<string>() } as unknown as {
    count: number;
    refused: { status: number | undefined; took: number }[];
    slow: { what: string; took: number }[];
    odd: Set<string>;
  };
  let isOver = false;
  const repeat = async (
    what: string,
    request: () => ReturnType<typeof ask> | ReturnType<typeof send>,
  ): Promise<void> => {
    while (!isOver) {
      const began = performance.now();
      const answer = await request().catch(() => undefined);
      const took = performance.now() - began;
      seen.count += 1;
      seen.slow.push({ what, took });
      if (answer === undefined || answer.status >= 500) seen.refused.push({ status: answer?.status, took });
      if (answer?.status === 503 && !answer.headers.has('retry-after'))
        seen.odd.add(`${what} is 503 without Retry-After`);
      await delay(300);
    }
  };
  const all = Promise.all(Object.entries(kinds).map(([what, request]) => repeat(what, request)));
  return async () => {
    isOver = true;
    await all;
    const after: string[] = [];
    for (const [what, request] of Object.entries(kinds)) {
      const { status, text } = await request();
      if (status >= 500) after.push(`${what} is ${String(status)} when all is over: ${text.slice(0, 200)}`);
    }
    return { ...seen, odd: [...seen.odd], after };
  };
}

/** The clock of one of two nodes jumps by an hour while clients write, follow, and take tokens at both. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, versionOf, type Ask } from '../../fhir.ts';
import { ask } from '../../ask.ts';
import { getToken, type Credentials, type Home } from '../../platform.ts';
import { Follower } from './follower.ts';
import type { Outcome, Scenario } from './scenario.ts';
import { noFakeClock, startNodes, type Node } from './two-clocks.ts';

/** Seconds by which the clock is off, one after the other: it jumps back, returns, jumps ahead, and returns. */
const jumps = [0, -3600, 0, 3600, 0];

/** Seconds by which a time that is told may be off: who polls by times is told of what is so much older. */
const bound = 20;

export const clockJumps: Scenario = {
  name: 'clock-jumps',
  fault: 'the clock of one of two nodes jumps by an hour, back and ahead, and returns each time',
  claim: `Both nodes go on: versions count on, \`lastUpdated\` grows and is right within ${String(bound)} s, whoever follows a history misses nothing, and a token of either node is good at both for its hour, until it is revoked.`,
  missing: noFakeClock,
  longest: 300_000,
  // Longer than a FHIR server trusts what it heard of revoked tokens.
  run: () => jumpAround(33),
};

/**
 * @param lasting seconds for which the clock is off each time
 * @param pause milliseconds of each writer between two writes; whoever follows looks after twice as long
 */
export async function jumpAround(lasting: number, pause = 50): Promise<Outcome> {
  const server = await testServer();
  const database = `dhp_proof_${randomBytes(8).toString('hex')}`;
  const place = await mkdtemp(join(tmpdir(), 'dhp-clock-'));
  const file = join(place, 'offset');
  const homes: Home[] = [];
  let nodes: Node[] = [];
  try {
    await writeFile(file, '+0');
    const clock = { FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1', FAKETIME_DISABLE_SHM: '1' };
    nodes = await startNodes({ server, database, clock }, homes);
    const load = startLoad(nodes, await homes[0]!.createClient(), pause);
    const apart: number[] = [];
    for (const jump of jumps) {
      await writeFile(file, `${jump < 0 ? '' : '+'}${String(jump)}`);
      await delay(2_000);
      apart.push(await aheadBy(nodes[1]!));
      await delay(jump === 0 ? 3_000 : lasting * 1000);
    }
    return await load.end(apart);
  } catch (error) {
    const said = nodes.map((node) => node.said().slice(-2_000)).join('\n---\n');
    throw new Error(`${String(error)}; the nodes said:\n${said}`, { cause: error });
  } finally {
    await Promise.all(homes.map((home) => home.close()));
    await rm(place, { recursive: true, force: true });
  }
}

/** Seconds, by the field Date of an answer. */
async function aheadBy({ sso }: Node): Promise<number> {
  const date = (await ask(`${sso}/healthz`)).headers.get('date') ?? '';
  return Math.round((Date.parse(date) - Date.now()) / 1000);
}

interface Found {
  readonly stored: string[];
  readonly faults: Map<string, number>;
  tokens: number;
  /** The most seconds by which a version's time was off. */
  off: number;
}

function startLoad(
  nodes: readonly Node[],
  client: Credentials,
  pause: number,
): { end(apart: readonly number[]): Promise<Outcome> } {
  const found: Found = { stored: [], faults: new Map(), tokens: 0, off: 0 };
  let isOver = false;
  const over = (): boolean => isOver;
  const name = randomBytes(4).toString('hex');
  const running = getToken(nodes[0]!.sso, client).then(async (token) => {
    const asks = nodes.map(({ fhir }) => fhirAt(fhir, token));
    const followers = asks.flatMap((ask) => [new Follower(ask, 'timestamp'), new Follower(ask, 'latest')]);
    const follow = async (follower: Follower): Promise<void> => {
      while (!over()) {
        await follower.look();
        await delay(2 * pause);
      }
    };
    await Promise.all([
      // Two write each resource in turn, one at each node.
      ...[0, 1, 2, 3].map((n) => write(asks, `${name}-${String(n)}`, { found, pause, isOver: over })),
      ...nodes.map((node) => takeTokens(node, nodes, { client, found, isOver: over })),
      ...followers.map(follow),
    ]);
    await Promise.all(followers.map((follower) => follower.look()));
    return followers.map(({ seen }) => found.stored.filter((one) => !seen.has(one)).length);
  });
  running.catch(() => undefined); // told by `end`
  return {
    async end(apart) {
      isOver = true;
      const missed = await running;
      const faults = [...found.faults].map(([fault, times]) => `${fault} (${String(times)} times)`);
      const isFaked = jumps.every((jump, n) => Math.abs(apart[n]! - jump) < 5);
      return {
        holds: isFaked && missed.every((n) => n === 0) && faults.length === 0 && found.stored.length > 100,
        said:
          `With the clock off by ${apart.join(', ')} s: ${String(found.stored.length)} acknowledged versions, their times off by ${found.off.toFixed(1)} s at most; ` +
          `${String(missed.length)} followers missed ${missed.join(', ')}; ${String(found.tokens)} tokens.${faults.length === 0 ? '' : ` ${faults.join('; ')}.`}`,
      };
    },
  };
}

const note = ({ faults }: Found, fault: string): void => void faults.set(fault, (faults.get(fault) ?? 0) + 1);

/** Versions of resources, ten of each, at one node and the other in turn. */
async function write(
  asks: readonly Ask[],
  name: string,
  { found, pause, isOver }: { found: Found; pause: number; isOver: () => boolean },
): Promise<void> {
  let last = 0;
  for (let n = 0; !isOver(); n += 1) {
    const [id, version] = [`${name}-${String(Math.floor(n / 10))}`, (n % 10) + 1];
    if (version === 1) last = 0;
    const headers = version === 1 ? undefined : { 'if-match': `W/"${String(version - 1)}"` };
    const began = Date.now();
    // The same content again would be no version.
    const body = { resourceType: 'Basic', id, code: { text: `${name} ${String(n)}` } };
    const answer = await asks[n % asks.length]!('PUT', `Basic/${id}`, body, headers);
    if (answer.status >= 300) {
      note(found, `a write is answered by ${String(answer.status)}: ${answer.text.slice(0, 200)}`);
      n += 10 - (n % 10) - 1;
      continue;
    }
    if (versionOf(answer) !== version)
      note(found, `version ${String(versionOf(answer))} instead of ${String(version)}`);
    const { meta } = answer.json() as { meta: { lastUpdated: string } };
    const at = Date.parse(meta.lastUpdated);
    if (at <= last) note(found, 'lastUpdated does not grow');
    last = at;
    // Behind the answer, or before the request: a busy machine may take long in between.
    const off = Math.max(0, at - Date.now(), began - at) / 1000;
    found.off = Math.max(found.off, off);
    if (off > bound) note(found, 'lastUpdated is off by more than it may be');
    found.stored.push(`${id}/${String(version)}`);
    await delay(pause);
  }
}

/** Tokens of one node, each tried at both; every second one is revoked, and is refused at both soon after. */
async function takeTokens(
  own: Node,
  nodes: readonly Node[],
  { client, found, isOver }: { client: Credentials; found: Found; isOver: () => boolean },
): Promise<void> {
  const kept: string[] = [];
  for (let n = 0; !isOver(); n += 1) {
    await delay(250);
    const form = new URLSearchParams({ grant_type: 'client_credentials', ...client });
    const { status: given, text } = await ask(`${own.sso}/oauth/token`, { method: 'POST', body: form });
    if (given !== 200) {
      note(found, `no token: ${String(given)} ${text.slice(0, 200)}`);
      continue;
    }
    const token = (JSON.parse(text) as { access_token: string }).access_token;
    found.tokens += 1;
    const { iat, exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<
      'iat' | 'exp',
      number
    >;
    if (Math.abs(iat - Date.now() / 1000) > 60) note(found, 'iat of a token is off');
    if (Math.abs(exp - Date.now() / 1000 - 3600) > 60) note(found, 'exp of a token is off');
    // Those of before a jump are tried, too.
    kept.push(token);
    for (const one of [token, kept[n % kept.length]!]) await use(one, nodes, 200, found);
    if (n % 8 === 0) {
      const { status } = await ask(`${own.sso}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token, ...client }),
      });
      if (status !== 200) note(found, `a revocation is answered by ${String(status)}`);
      kept.pop();
      await refusedAt(nodes, token);
      await use(token, nodes, 401, found);
    }
  }
}

/** Waits until all refuse a token, for no longer than one is trusted that nobody says anything of. */
async function refusedAt(nodes: readonly Node[], token: string): Promise<void> {
  const end = performance.now() + 30_000;
  for (const { fhir } of nodes)
    while (
      (await fhirAt(fhir, token)('GET', 'Basic?_summary=count&_id=none')).status !== 401 &&
      performance.now() < end
    )
      await delay(200);
}

async function use(token: string, nodes: readonly Node[], expected: number, found: Found): Promise<void> {
  for (const { fhir } of nodes) {
    const answer = await fhirAt(fhir, token)('GET', 'Basic?_summary=count&_id=none');
    if (answer.status !== expected)
      note(found, `a token gets ${String(answer.status)} instead of ${String(expected)}: ${answer.text.slice(0, 250)}`);
    else if (expected === 200) hasStatus(answer, 200);
  }
}

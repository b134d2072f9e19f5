/** Looks for everything in the ledger when the fault is over. Each check tells its faults in words; none means that it holds. */
import { connect, databaseUrl } from '@dhp/postgres';
import { fhirAt, type Ask } from '../../fhir.ts';
import { checkAll } from '../../ledger.ts';
import type { Ledger } from './load.ts';
import type { Nodes } from './nodes.ts';
import { wholeFeed, type Followed } from './watchers.ts';

interface Checked {
  readonly faults: readonly string[];
  /** Writes that were not acknowledged and are there, as a whole. */
  readonly unacknowledged: number;
  readonly versions: number;
  readonly records: number;
}

interface Looked {
  /** Begins every id of this part. */
  readonly name: string;
  readonly ledger: Ledger;
  readonly nodes: Nodes;
  readonly token: string;
  /** URL of the superuser at the present primary, database postgres. */
  readonly database: string;
  /** The database of the playground there. */
  readonly playground?: string;
  readonly followed: readonly Followed[];
}

export async function checkEverything(o: Looked): Promise<Checked> {
  const ask = fhirAt(o.nodes.fhir, o.token);
  const faults: string[] = [...new Set(o.ledger.wrong)].map((one) => `an answer that no fault explains: ${one}`);
  let unacknowledged = 0;
  try {
    unacknowledged = await checkAll(ask, o.ledger.written);
  } catch (error) {
    faults.push(`creates and updates: ${(error as Error).message}`);
  }
  faults.push(...(await times(ask, o.ledger)));
  faults.push(...(await conditionalCreates(ask, o.ledger)));
  faults.push(...(await transactions(ask, o.ledger)));
  faults.push(...(await feeds(o)));
  faults.push(...(await tokens(o)));
  const { records, faults: ofTrail } = await trail(o);
  faults.push(...ofTrail, ...(await commands(o)));
  const versions = o.ledger.written.flat().reduce((sum, one) => sum + one.versions.length, 0);
  return { faults, unacknowledged, versions, records };
}

/** Runs a check for each, sixteen at a time. */
async function each<T>(all: Iterable<T>, check: (one: T) => Promise<string | undefined>): Promise<string[]> {
  const queue = [...all];
  const faults: string[] = [];
  const work = async (): Promise<void> => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      const fault = await check(one);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return faults;
}

/** `lastUpdated` never goes back from one version of a resource to the next. */
const times = (ask: Ask, { written }: Ledger): Promise<string[]> => {
  const several = written.flat().filter(({ versions }) => versions.length > 1);
  return each(several.slice(-400), async ({ id }) => {
    const { entry } = (await ask('GET', `Basic/${id}/_history?_count=1000`)).json() as {
      entry: { resource: { meta: { lastUpdated: string } } }[];
    };
    const all = entry.map(({ resource }) => Date.parse(resource.meta.lastUpdated));
    return all.every((at, n) => n === 0 || at <= all[n - 1]!) ? undefined : `lastUpdated of ${id} goes back`;
  });
};

async function found(ask: Ask, identifier: string): Promise<string[]> {
  const answer = await ask('GET', `Basic?identifier=urn:proof|${identifier}&_count=10`);
  const { entry = [] } = answer.json() as { entry?: { resource: { id: string } }[] };
  return entry.map(({ resource }) => resource.id);
}

const conditionalCreates = (ask: Ask, { conditional }: Ledger): Promise<string[]> =>
  each(conditional, async ([identifier, told]) => {
    const ids = await found(ask, identifier);
    if (ids.length > 1) return `${identifier} was created ${String(ids.length)} times`;
    if (told.size > 1) return `${identifier} was acknowledged as ${[...told].join(' and ')}`;
    const [id] = told;
    return id === undefined || ids.includes(id)
      ? undefined
      : `${identifier} was acknowledged as ${id} and is not found`;
  });

const transactions = (ask: Ask, ledger: Ledger): Promise<string[]> =>
  each(ledger.transactions, async ({ name, isAcknowledged }) => {
    const answers = await Promise.all(['a', 'b'].map((one) => ask('GET', `Basic/${name}-${one}`)));
    const there = answers.filter(({ status }) => status === 200).length + (await found(ask, name)).length;
    if (there === 3 || (there === 0 && !isAcknowledged)) return undefined;
    return `of the three resources of the transaction ${name}${isAcknowledged ? ', which was acknowledged,' : ''} there are ${String(there)}`;
  });

/** Every acknowledged version once, and in the order of versions; the same at both nodes, and for those who followed. */
async function feeds({ name, ledger, nodes, token, followed }: Looked): Promise<string[]> {
  const faults: string[] = [];
  const [one = [], two = []] = await Promise.all(nodes.all.map(({ fhir }) => wholeFeed(fhir, token)));
  if (one.join() !== two.join()) faults.push('the nodes tell feeds that differ');
  if (new Set(one).size !== one.length) faults.push('the feed tells a version twice');
  const last = new Map<string, number>();
  for (const version of one) {
    const at = version.lastIndexOf('/');
    const [resource, number] = [version.slice(0, at), Number(version.slice(at + 1))];
    if (number !== (last.get(resource) ?? 0) + 1)
      faults.push(`the feed tells ${version} after version ${String(last.get(resource) ?? 0)}`);
    last.set(resource, number);
  }
  const all = new Set(one);
  const acknowledged = ledger.written
    .flat()
    .flatMap(({ id, versions }) => versions.map((_, n) => `Basic/${id}/${String(n + 1)}`));
  const gaps = acknowledged.filter((version) => !all.has(version));
  if (gaps.length > 0)
    faults.push(`${String(gaps.length)} acknowledged versions are not in the feed, the first ${gaps[0]!}`);
  for (const [n, { doubles, seen }] of followed.entries()) {
    if (doubles > 0) faults.push(`follower ${String(n + 1)} was told ${String(doubles)} versions twice`);
    const missed = one.filter((version) => version.includes(name) && !seen.has(version));
    if (missed.length > 0)
      faults.push(`follower ${String(n + 1)} missed ${String(missed.length)} versions, the first ${missed[0]!}`);
    const invented = [...seen].filter((version) => !all.has(version));
    if (invented.length > 0)
      faults.push(`follower ${String(n + 1)} was told of ${String(invented.length)} versions that are not there`);
  }
  return faults;
}

/** Revoked tokens are refused at both nodes, and all others are good. */
async function tokens({ ledger, nodes }: Looked): Promise<string[]> {
  // The last revocations are known to every node after five seconds; the checks before this one take about as long.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  return each(ledger.tokens.slice(-300), async ({ token, state }) => {
    if (state === 'unknown') return undefined;
    const body = new URLSearchParams({ token, ...nodes.client });
    const told = (await (await fetch(`${nodes.sso}/oauth/introspect`, { method: 'POST', body })).json()) as {
      active: boolean;
    };
    if (told.active !== (state === 'valid'))
      return `introspection says active: ${String(told.active)} of a token that is ${state}`;
    for (const { fhir } of nodes.all) {
      const { status } = await fhirAt(fhir, token)('GET', 'Basic?_count=1&_summary=count');
      if (status !== (state === 'valid' ? 200 : 401)) return `a token that is ${state} gets ${String(status)}`;
    }
    return undefined;
  });
}

/** Each request that was carried out has a record. */
async function trail({
  name,
  ledger,
  database,
  playground = 'dhp_playground',
}: Looked): Promise<{ records: number; faults: string[] }> {
  const sql = connect(databaseUrl(database, playground), { max: 1 });
  try {
    const rows = await sql<{ request: string }[]>`
      select distinct content::jsonb ->> 'request' as request from fhir.audit_record
      where content::jsonb ->> 'request' like ${`${name}-r%`}`;
    const there = new Set(rows.map(({ request }) => request));
    const lost = ledger.requests.filter((request) => !there.has(request));
    const faults = lost.length === 0 ? [] : [`${String(lost.length)} requests have no record in the trail`];
    const twice = await sql`select rid from fhir.resource group by rid having count(*) > 1`;
    if (twice.length > 0) faults.push(`${String(twice.length)} row numbers are used twice`);
    return { records: there.size, faults };
  } finally {
    await sql.end();
  }
}

/** The platform's own commands: the trails are whole, and the index is what the bodies say. */
async function commands({ nodes }: Looked): Promise<string[]> {
  const [node] = nodes.all;
  const faults: string[] = [];
  for (const words of [
    ['audit', 'verify'],
    ['verify', '--share', '100'],
  ]) {
    const { code, stdout, stderr } = await node.home.run(words);
    if (code !== 0) faults.push(`dhp ${words.join(' ')} ended with ${String(code)}: ${(stdout + stderr).slice(-800)}`);
  }
  return faults;
}

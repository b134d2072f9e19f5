/**
 * Checks that exports during writes contain what was stored up to their times, by comparing them with the histories of all resources
 * afterwards.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestServer } from './environment.ts';

export interface Exported {
  readonly manifest: { readonly transactionTime: string };
  readonly lines: { readonly output: readonly Line[]; readonly deleted: readonly Line[] };
}
type Line = Readonly<Record<string, unknown>>;

export interface Exactness {
  /** Writers at the same time, and the writes of each. */
  readonly writers: number;
  readonly writes: number;
  /** Resources that they write, again and again. */
  readonly resources: number;
  /** A part of their ids. */
  readonly tag: string;
}

export interface Exact {
  readonly exports: number;
  readonly versions: number;
  readonly faults: readonly string[];
}

const types = ['Basic', 'Location'];

/**
 * Writers create, change and delete while exports follow one another: the first of everything, the others of what changed since the
 * previous one.
 */
export async function exact(
  server: TestServer,
  { writers, writes, resources, tag }: Exactness,
  exported: (path: string) => Promise<Exported>,
): Promise<Exact> {
  const random = randomFrom(resources);
  const state = { isOver: false };
  const write = async (): Promise<void> => {
    for (let n = 0; n < writes; n += 1) {
      const type = types[Math.floor(random() * types.length)]!;
      const id = `${tag}-${String(Math.floor(random() * resources))}`;
      const isDeleted = random() < 0.2;
      const body = type === 'Basic' ? { code: { text: String(random()) } } : { name: String(random()) };
      const reply = isDeleted
        ? await server.request('DELETE', `/${type}/${id}`)
        : await server.write('PUT', `/${type}/${id}`, { resourceType: type, id, ...body });
      if (reply.status >= 300 && reply.status !== 409) throw new Error(reply.text);
      await delay(random() * 5);
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, write)).finally(() => (state.isOver = true));
  const made: { readonly since: string | undefined; readonly export: Exported }[] = [];
  for (let since: string | undefined, isLast = false; !isLast;) {
    isLast = state.isOver;
    const query = since === undefined ? '' : `&_since=${encodeURIComponent(since)}`;
    const one = await exported(`/$export?_type=${types.join()}${query}`);
    made.push({ since, export: one });
    since = one.manifest.transactionTime;
  }
  await writing;
  const versions = await historyOf(server, tag);
  const faults = made.flatMap(({ since, export: one }, n) =>
    faultsOf(versions, one, since, tag).map((fault) => `export ${String(n)}: ${fault}`),
  );
  return { exports: made.length, versions: versions.length, faults };
}

/** A version of a resource that writers have written. */
export interface Version {
  readonly name: string;
  readonly at: number;
  /** Undefined of a deletion. */
  readonly content: string | undefined;
}

/** Oldest first. */
async function historyOf(server: TestServer, tag: string): Promise<Version[]> {
  const all: Version[] = [];
  for (const type of types) {
    for (let cursor: string | undefined; ;) {
      const page = { type, count: 500, order: 'oldest-first' as const, ...(cursor !== undefined && { cursor }) };
      const { versions, next } = await server.store.historyOf(page);
      for (const { id, deleted, content, lastUpdated } of versions)
        if (id.startsWith(tag))
          all.push({
            name: `${type}/${id}`,
            at: lastUpdated.getTime(),
            content: deleted ? undefined : content.toString(),
          });
      if (next === undefined) break;
      cursor = next;
    }
  }
  return all;
}

/**
 * Returns lines that an export should not have and lines that it lacks, computed from all versions, oldest first, with the simplest
 * algorithm.
 */
export function faultsOf(
  versions: readonly Version[],
  { manifest, lines }: Exported,
  since: string | undefined,
  tag: string,
): string[] {
  const until = new Date(manifest.transactionTime).getTime();
  const from = since === undefined ? -Infinity : new Date(since).getTime();
  const then = new Map<string, Version>();
  for (const version of versions) if (version.at <= until) then.set(version.name, version);
  const meant = [...then.values()].filter(({ at }) => at > from);
  const expected = new Map(meant.flatMap(({ name, content }) => (content === undefined ? [] : [[name, content]])));
  const gone = meant.flatMap(({ name, content }) => (content === undefined && since !== undefined ? [name] : []));
  const faults: string[] = [];
  for (const line of lines.output) {
    const [type, id] = [String(line['resourceType']), String(line['id'])];
    if (!id.startsWith(tag)) continue;
    const name = `${type}/${id}`;
    const content = expected.get(name);
    if (content === undefined) faults.push(`${name} is there, or comes twice`);
    else if (JSON.stringify(JSON.parse(content)) !== JSON.stringify(line)) faults.push(`${name} is another version`);
    expected.delete(name);
  }
  for (const name of expected.keys()) faults.push(`${name} is missing`);
  const told = lines.deleted
    .map(({ entry }) => (entry as [{ request: { url: string } }])[0].request.url)
    .filter((url) => url.split('/')[1]?.startsWith(tag) === true);
  if (JSON.stringify(told.sort()) !== JSON.stringify(gone.sort()))
    faults.push(`deleted are ${told.join()}, not ${gone.join()}`);
  return faults;
}

/** A sequence of numbers from 0 on and below 1 that is the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

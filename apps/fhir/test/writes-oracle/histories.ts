/** Histories of a resource, a type and the system, read in pages, beside those of the model. */
import type { Random } from '../../../../tests/random.ts';
import { baseUrl, type Reply, type TestServer } from '../environment.ts';
import { linkTo } from '../searches.ts';
import type { Json } from './asks.ts';
import { nameOf, wrongContent, type Times } from './compare.ts';
import type { Model } from './model.ts';

interface Entry {
  readonly fullUrl: string;
  readonly resource?: Json;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string };
}

/** Reads a random history to its end. @returns what is wrong */
export async function historyFaults(
  server: TestServer,
  model: Model,
  times: Times,
  random: Random,
  note: (text: string) => void,
): Promise<string[]> {
  const names = [...model.resources.keys()];
  const of = random.pick(['Patient', 'Observation', '', 'Patient/never', ...names.map((name) => name), ...names]);
  const isInstance = of.includes('/');
  const isAscending = random.oneIn(2);
  const filter = someTimes(random, times);
  const query = new URLSearchParams({
    _count: String(1 + random.below(7)),
    ...(isAscending ? { _sort: '_lastUpdated' } : random.oneIn(2) ? { _sort: '-_lastUpdated' } : {}),
    ...filter?.parameters,
  });
  const path = `${of === '' ? '' : `/${of}`}/_history?${query.toString()}`;
  note(`GET ${path}`);
  const first = await server.request('GET', path);
  if (isInstance && !model.resources.has(of)) return first.status === 404 ? [] : [`${path}: ${first.status}`];
  const pages = await readPages(server, first);
  const faults: string[] = [];
  const entries = pages.flatMap(({ json }) => (json['entry'] ?? []) as Entry[]);
  for (const entry of entries) faults.push(...entryFaults(entry, model, times));
  const told = entries.map(versionOf);
  // The times of all versions that it tells are known now; those of others it would have had to tell.
  const meant = versionsOf(model, of).filter(
    (name) => filter === undefined || (filter.includes(name, times) ?? told.includes(name)),
  );
  if (JSON.stringify([...told].sort()) !== JSON.stringify([...meant].sort()))
    faults.push(`${path} tells ${told.join(' ')}, not ${meant.join(' ')}`);
  faults.push(...orderFaults(told, isAscending, times));
  if (isInstance && pages.some(({ json }) => json['total'] !== meant.length))
    faults.push(`total of ${path} is ${String(pages[0]!.json['total'])}, not ${meant.length}`);
  return faults.map((each) => `${path}: ${each}`);
}

async function readPages(server: TestServer, first: Reply): Promise<Reply[]> {
  const pages = [first];
  for (let next = linkTo(first, 'next'); next !== undefined; next = linkTo(pages.at(-1)!, 'next')) {
    pages.push(await server.request('GET', next.replace(baseUrl, '')));
    if (pages.length > 2_000) throw new Error('a history without end');
  }
  return pages;
}

function versionsOf(model: Model, of: string): string[] {
  return [...model.resources].flatMap(([name, versions]) =>
    of === '' || name === of || name.startsWith(`${of}/`) ? versions.map((_, n) => `${name}/${n + 1}`) : [],
  );
}

function versionOf({ fullUrl, response }: Entry): string {
  return `${fullUrl.slice(baseUrl.length + 1)}/${/^W\/"(\d+)"$/.exec(response.etag)?.[1] ?? '?'}`;
}

function entryFaults(entry: Entry, model: Model, times: Times): string[] {
  const { resource, request, response } = entry;
  const name = versionOf(entry);
  const [type, id, number] = name.split('/') as [string, string, string];
  const version = model.versions(`${type}/${id}`)[Number(number) - 1];
  if (version === undefined) return [`${name} was never written`];
  const { content, method, isNew } = version;
  const faults: string[] = [];
  if (request.method !== method) faults.push(`${name} came by ${request.method}, not ${method}`);
  if (request.url !== (method === 'POST' ? type : `${type}/${id}`)) faults.push(`${name} has the url ${request.url}`);
  if (response.status !== (isNew ? '201' : '200')) faults.push(`${name} has the status ${response.status}`);
  if ((resource === undefined) !== (content === undefined)) faults.push(`${name} is deleted, or is not`);
  if (resource !== undefined) {
    if (nameOf(resource) !== name) faults.push(`${name} holds ${nameOf(resource)}`);
    faults.push(...wrongContent(resource, model));
  }
  const told = { lastModified: Date.parse(response.lastModified), isExact: true, body: resource };
  return [...faults, ...times.hear(name, told, Date.now())];
}

function orderFaults(told: readonly string[], isAscending: boolean, times: Times): string[] {
  const sign = isAscending ? 1 : -1;
  return told.slice(1).flatMap((name, n) => {
    const before = told[n]!;
    const [a, b] = [before, name].map((each) => times.exact.get(each)! * sign) as [number, number];
    const isSame = before.slice(0, before.lastIndexOf('/')) === name.slice(0, name.lastIndexOf('/'));
    const numbers = [before, name].map((each) => Number(each.slice(each.lastIndexOf('/') + 1)) * sign) as [
      number,
      number,
    ];
    return a > b || (isSame && numbers[0] >= numbers[1]) ? [`${before} stands before ${name}`] : [];
  });
}

interface Filter {
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined if the time is known too roughly to tell. */
  readonly includes: (name: string, times: Times) => boolean | undefined;
}

/** `_since` or `_at` by the time of a version that is known. */
function someTimes(random: Random, times: Times): Filter | undefined {
  const told = [...times.exact.values()];
  if (told.length === 0 || random.oneIn(2)) return undefined;
  const at = random.pick(told);
  const text = new Date(at).toISOString();
  const isIn = (name: string): boolean | undefined => {
    const second = times.about(name);
    const isRough =
      times.exact.get(name) === undefined && (second === undefined || second === Math.floor(at / 1000) * 1000);
    return isRough ? undefined : second! >= at;
  };
  if (random.oneIn(2)) return { parameters: { _since: text }, includes: isIn };
  const from = Math.floor(at / 1000) * 1000;
  return {
    parameters: { _at: `${text.slice(0, 19)}Z` },
    // Current at some time of that second.
    includes: (name, known) => {
      const [, resource, number] = /^(.*)\/(\d+)$/.exec(name)!;
      const [start, next] = [name, `${resource!}/${Number(number) + 1}`].map((each) => known.about(each));
      // One that ended within its first millisecond is not told of that second, or is.
      if (start === undefined || next === from) return undefined;
      return start < from + 1000 && (next ?? Infinity) > from;
    },
  };
}

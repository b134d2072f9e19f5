/** Readers of the feed of changes, and whether they have heard of everything exactly once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply, TestServer } from './environment.ts';
import { linkTo } from './searches.ts';

export interface Entry {
  readonly fullUrl: string;
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string };
}

type Told = Pick<Reply, 'json'>;

const entriesOf = ({ json }: Told): Entry[] => (json['entry'] as Entry[] | undefined) ?? [];
const nameOf = ({ fullUrl, response }: Entry): string =>
  `${fullUrl.split('/').slice(-2).join('/')}/${/\d+/.exec(response.etag)![0]}`;

/** `Type/id/version` of each entry. */
export function versionsOf(told: Told): string[] {
  return entriesOf(told).map(nameOf);
}

/** Those that are deletions. */
export function deletedOf(told: Told): string[] {
  return entriesOf(told)
    .filter(({ resource, request }) => resource === undefined && request.method === 'DELETE')
    .map(nameOf);
}

/** Resolves when nothing that is stored by now is held back by a transaction that is open. */
export async function caughtUp({ store }: Pick<TestServer, 'store'>): Promise<void> {
  const following = store.follow(['Slot'], () => Promise.resolve(), { every: 20 });
  await following.caughtUp;
  await following.stop();
}

interface Events {
  /** The next event that has data. */
  next(): Promise<{ readonly id: string; readonly json: Record<string, unknown> }>;
  /** Returns the events before the stream ends, without heartbeats. */
  ended(): Promise<string>;
  close(): Promise<void>;
}

/** Opens a stream of events. @throws Error if it is refused */
export async function eventsFrom(
  server: TestServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  token?: string,
): Promise<Events> {
  const stop = new AbortController();
  const authorization = `Bearer ${token ?? (await server.sso.token())}`;
  const response = await fetch(server.url + path, {
    headers: { accept: 'text/event-stream', authorization, ...headers },
    signal: stop.signal,
  });
  if (response.status !== 200) throw new Error(await response.text());
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  async function block(): Promise<string | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const one = text.slice(0, end);
        text = text.slice(end + 2);
        return one;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  }
  const valueOf = (lines: readonly string[], field: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${field}: `) ? line.slice(field.length + 2) : []));
  return {
    async next() {
      for (;;) {
        const one = await block();
        if (one === undefined) throw new Error('the stream has ended');
        const lines = one.split('\n');
        const data = valueOf(lines, 'data');
        if (data.length === 0) continue;
        return { id: valueOf(lines, 'id')[0]!, json: JSON.parse(data.join('\n')) as Record<string, unknown> };
      }
    },
    async ended() {
      const told: string[] = [];
      for (let one = await block(); one !== undefined; one = await block()) if (one.includes('data:')) told.push(one);
      return told.join('\n');
    },
    async close() {
      stop.abort();
      await reader.cancel().catch(() => undefined);
    },
  };
}

interface Exactness {
  readonly writers: number;
  readonly writes: number;
  readonly resources: number;
}

interface Exact {
  readonly versions: number;
  readonly faults: readonly string[];
}

/**
 * Writers create, change and delete on both servers, singly and in transactions, while readers follow: one alternating between servers, one
 * by long polling, one by events. Halfway the second server is closed, and its readers continue at the first.
 * @param start the address at which to begin, on any of them
 */
export async function exactly(
  [kept, ended]: readonly [TestServer, TestServer],
  start: string,
  { writers, writes, resources }: Exactness,
): Promise<Exact> {
  const random = randomFrom(resources);
  const state: { isOver: boolean; isEnded: boolean; done: number; stored: string[] | undefined; patience: number } = {
    ...{ isOver: false, isEnded: false, done: 0, stored: undefined, patience: Infinity },
  };
  const one = (): TestServer => (state.isEnded || random() < 0.5 ? kept : ended);
  const idOf = (): string => `f-${String(Math.floor(random() * resources))}`;
  const bodyOf = (type: string, id: string): object =>
    type === 'Basic'
      ? { resourceType: type, id, code: { text: String(random()) } }
      : { resourceType: type, id, name: String(random()) };
  const typeOf = (): string => (random() < 0.5 ? 'Basic' : 'Location');

  async function transaction(): Promise<void> {
    const ids = [...new Set([idOf(), idOf(), idOf()])];
    const entry = ids.map((id) => {
      const type = typeOf();
      return { resource: bodyOf(type, id), request: { method: 'PUT', url: `${type}/${id}` } };
    });
    await kept.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
  }

  async function write(): Promise<void> {
    for (let n = 0; n < writes; n += 1) {
      const [type, id] = [typeOf(), idOf()];
      // The server may be closed during the request; the result is then unknown, and the history shows it.
      if (n % 5 === 4) await transaction();
      else if (random() < 0.2)
        await one()
          .request('DELETE', `/${type}/${id}`)
          .catch(() => undefined);
      else
        await one()
          .write('PUT', `/${type}/${id}`, bodyOf(type, id))
          .catch(() => undefined);
      state.done += 1;
    }
  }

  /** Reads until nothing more comes, after the writers have ended. */
  async function follow(next: (link: string) => Promise<Reply | undefined>): Promise<string[]> {
    const seen: string[] = [];
    for (let link = start; ;) {
      const { isOver } = state;
      if (isOver) await caughtUp(kept);
      const reply = await next(link);
      if (reply === undefined) continue;
      if (reply.status !== 200) throw new Error(reply.text);
      seen.push(...versionsOf(reply));
      link = linkTo(reply, 'next')!;
      if (isOver && versionsOf(reply).length === 0) return seen;
    }
  }

  async function byEvents(): Promise<string[]> {
    const seen: string[] = [];
    let id: string | undefined;
    for (let server = ended; ; server = kept) {
      const own = id === undefined ? {} : { 'last-event-id': id };
      const stream = await eventsFrom(server, start, own).catch(() => undefined);
      if (stream === undefined) continue;
      try {
        for (let coming = stream.next(); ;) {
          const event = await Promise.race([coming, delay(300, undefined, { ref: false })]);
          if (event === undefined) {
            const isWhole = state.stored?.every((name) => seen.includes(name)) === true;
            if (isWhole || performance.now() > state.patience) return seen;
            continue;
          }
          seen.push(...versionsOf(event));
          ({ id } = event);
          coming = stream.next();
        }
      } catch {
        // Continues at the other server.
      } finally {
        await stream.close();
      }
    }
  }

  async function closing(): Promise<void> {
    while (state.done < (writers * writes) / 2) await delay(5);
    state.isEnded = true;
    await ended.close();
  }

  async function writing(): Promise<void> {
    await Promise.all(Array.from({ length: writers }, write));
    state.stored = await storedVersions(kept, start);
    state.patience = performance.now() + 120_000;
    state.isOver = true;
  }

  const [alternating, waiting, events] = await Promise.all([
    follow((link) =>
      one()
        .request('GET', link)
        .catch(() => undefined),
    ),
    follow((link) =>
      kept.request('GET', `${link}${state.isOver ? '' : '&wait=1'}`.replace(/&wait=1&wait=1/, '&wait=1')),
    ),
    byEvents(),
    writing(),
    closing(),
  ]);
  const stored = state.stored!;
  const faults = Object.entries({ alternating, waiting, events }).flatMap(([name, seen]) =>
    faultsOf(seen, stored).map((fault) => `${name}: ${fault}`),
  );
  return { versions: stored.length, faults };
}

async function storedVersions(server: TestServer, start: string): Promise<string[]> {
  const types = decodeURIComponent(/_type=([\w%,]+)/.exec(start)![1]!).split(',');
  const all: string[] = [];
  for (const type of types)
    for (let cursor: string | undefined, isLast = false; !isLast;) {
      const page = await server.store.historyOf({ type, count: 500, ...(cursor !== undefined && { cursor }) });
      for (const { id, versionId } of page.versions)
        if (id.startsWith('f-')) all.push(`${type}/${id}/${String(versionId)}`);
      [cursor, isLast] = [page.next, page.next === undefined];
    }
  return all;
}

function faultsOf(seen: readonly string[], stored: readonly string[]): string[] {
  const faults: string[] = [];
  const places = new Map<string, number>();
  const last = new Map<string, number>();
  for (const [place, name] of seen.entries()) {
    if (places.has(name)) faults.push(`${name} comes twice`);
    places.set(name, place);
    const [resource, version] = [name.slice(0, name.lastIndexOf('/')), Number(name.slice(name.lastIndexOf('/') + 1))];
    const before = last.get(resource);
    if (before !== undefined && before + 1 !== version) faults.push(`${name} comes behind ${String(before)}`);
    last.set(resource, version);
  }
  for (const name of stored) if (!places.has(name)) faults.push(`${name} is missing`);
  if (places.size > stored.length) faults.push('there are versions that are not stored');
  return faults;
}

/** A sequence of numbers from 0 on and below 1 that is the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

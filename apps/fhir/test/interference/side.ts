/** One of two servers that are asked the same, and what of its answers is compared with those of the other. */
import assert, { AssertionError } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { baseUrl, type Reply, type TestServer } from '../environment.ts';
import { caughtUp } from '../followed-changes.ts';
import { put } from '../searches.ts';
import type { Resource } from './world.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Sent to `_search` in place of a query. */
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Is told of each request that both have answered alike. */
export type OnAnswer = (asked: Asked, status: number) => void;

/** Headers of an answer that are of this answer or this connection alone. */
const own = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding', 'x-request-id']);

/** All others, in the order of their names: whichever of them tells of what is stored. */
function shownOf(headers: Headers): string {
  const shown = [...headers].filter(([name]) => !own.has(name));
  return shown
    .map(([name, value]) => `${name}: ${value}`)
    .sort()
    .join('\n');
}

export interface Answer {
  readonly reply: Reply;
  /** Status, headers and body, byte for byte, without what is of this server alone. */
  readonly text: string;
}

export class Side {
  readonly server: TestServer;
  readonly #token: string;
  readonly #names = new Map<string, string>();

  constructor(server: TestServer, token: string) {
    this.server = server;
    this.#token = token;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** @param names of the ids that the server makes; without it those of all answers so far, which are then given one after the other */
  async answer({ method, path, body, form, headers = {} }: Asked, names = this.#names): Promise<Answer> {
    const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
    const type = form === undefined ? `application/${kind}` : 'application/x-www-form-urlencoded';
    const text = form ?? (body === undefined ? undefined : JSON.stringify(body));
    // Transactions that others have open in the same PostgreSQL hold back what is told of changes, on the one as on the other.
    if (path.startsWith('/$changes')) await caughtUp(this.server);
    const typed = text === undefined ? headers : { 'content-type': type, ...headers };
    const reply = await this.#patiently(method, path, { headers: typed, ...(text !== undefined && { body: text }) });
    return { reply, text: plain(`${String(reply.status)}\n${shownOf(reply.headers)}\n${reply.text}`, names) };
  }

  /** A server that has no time (503, a total that is estimated) has not answered: it is asked again, a minute at most, where that changes nothing. */
  async #patiently(
    method: string,
    path: string,
    o: { readonly headers: Record<string, string>; readonly body?: string },
  ): Promise<Reply> {
    for (let n = 0; ; n += 1) {
      const reply = await this.server.request(method, path, { token: this.#token, ...o });
      const isReading = method === 'GET' || path.endsWith('/_search');
      const hasTime = reply.status !== 503 && !reply.text.includes('search-total-estimated');
      if (hasTime || !isReading || n === 60) return reply;
      await pause(1_000);
    }
  }

  /** The pages of an answer, this many at most. */
  async pages(asked: Asked, most: number): Promise<Answer[]> {
    const names = new Map<string, string>();
    const answers = [await this.answer(asked, names)];
    for (let next = nextOf(answers[0]!); next !== undefined && answers.length < most;) {
      answers.push(await this.answer({ method: 'GET', path: next }, names));
      next = nextOf(answers.at(-1)!);
    }
    return answers;
  }
}

function nextOf({ reply }: Answer): string | undefined {
  const { link } = reply.json;
  if (!Array.isArray(link)) return undefined;
  const links = link as { relation: string; url: string }[];
  return links.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length);
}

/** With the ids, times of now and positions of one server replaced. */
function plain(text: string, names: Map<string, string>): string {
  return (
    text
      .replaceAll(/"timestamp":"[^"]*"/g, '"timestamp":"a time"')
      // Of the body that is shown, in which ids and times are those of one server.
      .replaceAll(/W\/(\\?")(\d+)-[\w-]{12}\\?"/g, 'W/$1$2-digest$1')
      .replaceAll(/(_cursor|\bafter)=(?:trail\.)?([\w%.~-]{20,})/g, (_, name: string, position: string) => {
        requireOpaque(position);
        return `${name}=x`;
      })
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, (id) => {
        const name = names.get(id) ?? `made-${String(names.size)}`;
        names.set(id, name);
        return name;
      })
  );
}

/**
 * A position counts what others have stored, and it is not compared: nothing may be read of it.
 * @throws AssertionError for one in which words or numbers stand
 */
function requireOpaque(position: string): void {
  const read = /[ -~]{32}/.exec(Buffer.from(position, 'base64url').toString('latin1'));
  assert.equal(read, null, `of a position can be read: ${read?.[0] ?? ''}`);
}

/** Bytes that are shown of two texts around the first that differs. */
const shownAround = 160;

/** @throws AssertionError that names the request, and shows where the answers begin to differ */
export function requireSame(where: string, whole: string, part: string): void {
  if (whole === part) return;
  let at = 0;
  while (whole[at] === part[at]) at += 1;
  const around = (text: string): string =>
    JSON.stringify(text.slice(Math.max(0, at - shownAround / 2), at + shownAround));
  const message = `${where}: of everything ${around(whole)}, of what is seen ${around(part)}`;
  throw new AssertionError({ message });
}

/** Time that stands still unless it is set: all versions of one request have one instant, on both servers. */
export interface Time {
  readonly clock: () => Date;
  /** The id of the resource at a place of the world, or, behind the last one, of the requests. */
  readonly at: (place: number) => void;
}

export function worldTime(): Time {
  const begin = Date.now();
  let now = begin;
  return { clock: () => new Date(now), at: (place) => (now = begin + place * 10) };
}

/** Stores a part of the world, each resource at the instant of its place in the whole. */
export async function putInTime(
  server: TestServer,
  { at }: Time,
  {
    everything,
    stored,
    putOne = put,
  }: {
    readonly everything: readonly Resource[];
    readonly stored: readonly Resource[];
    readonly putOne?: (server: TestServer, resource: Resource) => Promise<void>;
  },
): Promise<void> {
  const included = new Set(stored);
  for (const [place, resource] of everything.entries()) {
    if (!included.has(resource)) continue;
    at(place);
    await putOne(server, resource);
  }
  at(everything.length);
}

/** The resources that a caller can read one by one. @throws AssertionError where that is all or nothing */
export async function seenBy(side: Side, everything: readonly Resource[]): Promise<Resource[]> {
  const isSeen = await inLanes(everything, 8, async ({ resourceType, id }) => {
    const { reply } = await side.answer({ method: 'GET', path: `/${resourceType}/${id}` }, new Map());
    return reply.status === 200;
  });
  const seen = everything.filter((_, place) => isSeen[place]);
  assert.ok(seen.length > 0 && everything.length > seen.length, `sees ${String(seen.length)}`);
  return seen;
}

/** The work of all items in their order, of so many at a time. The first that fails ends it, when those under way have ended. */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, place: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    while (next < items.length && failed === undefined) {
      const place = next;
      next += 1;
      try {
        results[place] = await work(items[place]!, place);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failed !== undefined) throw failed.error;
  return results;
}

/** Questions that are on their way at a time: they change nothing, so that none has to wait for another. */
const lanes = 4;
/** Pages that are read of most answers; of each eighth all are. */
const [fewPages, allPages] = [3, 60];

/**
 * Asks both sides, each eighth question by a form, where it can be.
 * @returns how many of the questions found something
 * @throws AssertionError where an answer of the one is not that of the other
 */
export async function askedAlike(
  who: string,
  { full, narrow }: { readonly full: Side; readonly narrow: Side },
  questions: readonly (string | Asked)[],
  onAnswer: OnAnswer = () => undefined,
): Promise<number> {
  const told = await inLanes(questions, lanes, async (question, place) => {
    const asked =
      typeof question !== 'string' ? question : place % 8 === 5 ? byForm(question) : { method: 'GET', path: question };
    const most = place % 8 === 0 ? allPages : fewPages;
    const [whole, part] = await Promise.all([full.pages(asked, most), narrow.pages(asked, most)]);
    const textOf = (pages: readonly Answer[]): string => pages.map(({ text }) => text).join('\n');
    requireSame(`${who}: ${JSON.stringify(asked)}`, textOf(whole), textOf(part));
    assert.ok(whole[0]!.reply.status < 500, `${who}: ${JSON.stringify(asked)}: ${whole[0]!.text}`);
    onAnswer(asked, whole[0]!.reply.status);
    return whole.some(({ text }) => text.includes('"entry"'));
  });
  return told.filter(Boolean).length;
}

function byForm(path: string): Asked {
  const [, place, form] = /^(\/[A-Z]\w+)\?(.*)$/.exec(path) ?? [];
  if (place === undefined || form === undefined) return { method: 'GET', path };
  return { method: 'POST', path: `${place}/_search`, form: new URLSearchParams(form).toString() };
}

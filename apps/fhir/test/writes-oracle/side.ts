/** The server beside the model: sends what is random, and compares. */
import type { Random } from '../../../../tests/random.ts';
import { entriesOf, send, type ResponseEntry } from '../bundles.ts';
import { baseUrl, type Reply, type TestServer } from '../environment.ts';
import { entryOf, sendAsk, type Ask, type Told } from './asks.ts';
import { differences, Times } from './compare.ts';
import { historyFaults } from './histories.ts';
import { Model, type Expected, type NewId } from './model.ts';
import { randomAsk } from './random-ask.ts';

/** Requests before one that fails, in its message. */
const shown = 60;

export class Side {
  readonly model: Model;
  readonly times = new Times();
  /** How often each kind of request came with each status. */
  readonly counts = new Map<string, number>();
  readonly #server: TestServer;
  readonly #random: Random;
  readonly #history: string[] = [];

  constructor(server: TestServer, requiresIfMatch: boolean, random: Random) {
    this.model = new Model(requiresIfMatch);
    this.#server = server;
    this.#random = random;
  }

  told(): string {
    return this.#history.slice(-shown).join('\n');
  }

  /** One request, or a Bundle of them, or a history. @returns what is wrong */
  async step(): Promise<string[]> {
    const kind = this.#random.below(10);
    if (kind === 0) return this.#bundle('batch');
    if (kind <= 2) return this.#bundle('transaction');
    if (kind === 3)
      return historyFaults(this.#server, this.model, this.times, this.#random, (text) => this.#note(text));
    return this.#single(this.#withDate(randomAsk(this.#random, this.model)));
  }

  /** If-Modified-Since of a version whose time is known. */
  #withDate(ask: Ask): Ask {
    if (ask.verb !== 'read' || ask.ifNoneMatch !== undefined || this.#random.oneIn(2)) return ask;
    const name = `${ask.type}/${ask.id!}`;
    const exact = this.times.exact.get(`${name}/${this.model.versions(name).length}`);
    return exact === undefined
      ? ask
      : { ...ask, ifModifiedSince: new Date(exact - this.#random.pick([0, 1000, -1000])) };
  }

  async #single(ask: Ask): Promise<string[]> {
    const told = await sendAsk(this.#server, ask, baseUrl);
    this.#note(`${told.status} ${JSON.stringify(ask)}`);
    const expected = this.#dated(ask, this.model.answer(ask, newIdOf(told, ask)));
    this.#count(ask.criteria === undefined ? ask.verb : `${ask.verb} by criteria`, expected.status);
    return [...differences(expected, told, this.model), ...this.#heard(expected, told)];
  }

  /** A read that is not modified since. RFC 9110 section 13.1.3 */
  #dated(ask: Ask, expected: Expected): Expected {
    const { ifModifiedSince } = ask;
    const { status, about } = expected;
    const exact = about && this.times.exact.get(`${about.name}/${about.version}`);
    if (ifModifiedSince === undefined || status !== 200 || exact === undefined) return expected;
    const isSame = Math.floor(exact / 1000) <= Math.floor(ifModifiedSince.getTime() / 1000);
    return isSame ? { status: 304, about: about!, body: 'none' } : expected;
  }

  #heard({ about, status }: Expected, told: Told): string[] {
    if (about === undefined || status >= 400) return [];
    const { name, version } = about;
    const known = told.lastModified === undefined ? [`${name}/${version} comes without a time`] : [];
    const body = told.body?.['resourceType'] === 'OperationOutcome' ? undefined : told.body;
    return [
      ...known,
      ...this.times.hear(`${name}/${version}`, { ...told, body }, Date.now()),
      ...this.#order(name, version),
    ];
  }

  #order(name: string, version: number): string[] {
    const [before, now] = [version - 1, version].map((n) => this.times.exact.get(`${name}/${n}`));
    return before !== undefined && now !== undefined && before > now
      ? [`${name}/${version} is older than the one before`]
      : [];
  }

  async #bundle(type: 'batch' | 'transaction'): Promise<string[]> {
    const asks = apart(this.#random, this.model);
    const prefer = this.#random.pick(['minimal', 'representation', 'OperationOutcome'] as const);
    const reply = await send(this.#server, type, asks.map(entryOf), { prefer: `return=${prefer}` });
    this.#note(`${reply.status} ${type} ${JSON.stringify(asks)}`);
    const entries = entriesOf(reply);
    const next = this.model.clone();
    const expected = new Map<Ask, Expected>();
    for (const ask of [...asks].sort((a, b) => phaseOf(a) - phaseOf(b))) {
      const entry = entries[asks.indexOf(ask)];
      const preferring = ask.verb === 'read' || ask.verb === 'vread' ? ask : { ...ask, prefer };
      expected.set(
        ask,
        next.answer(preferring, newIdOf(entry && toldIn(entry), ask, reply.status === 200 ? undefined : 'none')),
      );
    }
    const failed = [...expected.values()].filter(({ status }) => status >= 400);
    this.#count(type, failed.length > 0 && type === 'transaction' ? failed[0]!.status : 200);
    if (type === 'transaction' && failed.length > 0) return refusedWhole(reply, failed, asks);
    if (reply.status !== 200) return [`the ${type} has the status ${reply.status}: ${reply.text}`];
    this.model.resources.clear();
    for (const [name, versions] of next.resources) this.model.resources.set(name, versions);
    if (entries.length !== asks.length) return [`${entries.length} entries for ${asks.length}`];
    return asks.flatMap((ask, n) => {
      const told = toldIn(entries[n]!);
      const right = expected.get(ask)!;
      return [...differences(right, told, this.model, true), ...this.#heard(right, told)].map(
        (each) => `entry ${n}: ${each}`,
      );
    });
  }

  #note(text: string): void {
    this.#history.push(text);
  }

  #count(kind: string, status: number): void {
    const name = `${kind} ${status}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

/** The order in which entries are processed. https://hl7.org/fhir/R5/http.html#trules */
function phaseOf({ verb }: Ask): number {
  return { delete: 0, create: 1, update: 2, patch: 2, read: 3, vread: 3, search: 3 }[verb];
}

/** Any of the failures may be told first; so may a read of what the transaction wants to delete, where that is refused too. */
function refusedWhole(reply: Reply, failed: readonly Expected[], asks: readonly Ask[]): string[] {
  const isGone = asks.some(({ verb }) => verb === 'delete') && asks.some(({ verb }) => verb === 'read');
  const statuses = new Set([...failed.map(({ status }) => status), ...(isGone ? [410] : [])]);
  return statuses.has(reply.status) && reply.json['resourceType'] === 'OperationOutcome'
    ? []
    : [`the transaction has the status ${reply.status}, not ${[...statuses].join(' or ')}: ${reply.text}`];
}

/** An entry of the answer, as an answer by itself. */
function toldIn({ resource, response }: ResponseEntry): Told {
  const { status, location, etag, lastModified, outcome } = response;
  return {
    ...{ status: Number.parseInt(status, 10), etag, location, contentLocation: undefined, isExact: true },
    lastModified: lastModified === undefined ? undefined : Date.parse(lastModified),
    body: resource ?? outcome,
  };
}

/** The id of a resource that is made, as its answer tells it. */
function newIdOf(told: Pick<Told, 'location'> | undefined, { type }: Ask, otherwise?: string): NewId {
  return () => {
    const [, id] = new RegExp(`^${type}/([^/]+)/_history/1$`).exec(told?.location ?? '') ?? [];
    return id ?? otherwise;
  };
}

/** Entries of which no write touches what another one writes or looks for. */
function apart(random: Random, model: Model): Ask[] {
  const asks: Ask[] = [];
  const taken = new Set<string>();
  for (let n = 2 + random.below(4); n > 0; n -= 1) {
    const ask = randomAsk(random, model);
    if (ask.verb === 'search') continue;
    // Whether a version that is not there yet comes, is not known before the commit.
    const isToCome = ask.verb === 'vread' && ask.version! > model.versions(`${ask.type}/${ask.id!}`).length;
    if (isToCome) continue;
    const touched = touchedBy(ask, model);
    if (touched.some((each) => taken.has(each))) continue;
    for (const each of touched) taken.add(each);
    const { prefer: _, isHead: __, ...entry } = ask;
    asks.push(entry);
  }
  return asks;
}

function touchedBy(ask: Ask, model: Model): string[] {
  const { verb, type, id, bodyId, criteria, content, patch } = ask;
  if (verb === 'read' || verb === 'vread') return [];
  const found = criteria === undefined ? [] : model.matches(type, criteria);
  const names = [...found, ...[id, bodyId].flatMap((one) => (one === undefined ? [] : `${type}/${one}`))];
  const identifiers = [...names.map((name) => model.current(name)), content].flatMap((one) =>
    ((one?.['identifier'] ?? []) as { value: string }[]).map(({ value }) => value),
  );
  const patched = (patch ?? []).flatMap(({ name, value }) => (name === 'identifier' ? value! : []));
  const values = [...identifiers, ...patched, ...(criteria === undefined ? [] : [criteria])];
  return [...names, ...values.map((value) => `${type}?${value}`)];
}

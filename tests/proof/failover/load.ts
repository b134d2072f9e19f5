/** Clients that write at a rate, and a ledger of what was acknowledged to them. Each kind of write may come out in one way alone. */
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, type Answer, type Ask } from '../../fhir.ts';
import { keepWriting, type Refused, type Written } from '../../ledger.ts';
import { askToken, type Credentials } from '../../platform.ts';

/** Everything that was acknowledged, and what is known of the rest. */
export interface Ledger {
  /** Creates by id, and updates with If-Match. */
  readonly written: Written[][];
  /** Ids that were told to those who created something on condition that there is nothing with an identifier, by that identifier. */
  readonly conditional: Map<string, Set<string>>;
  readonly transactions: { readonly name: string; readonly isAcknowledged: boolean }[];
  readonly tokens: { readonly token: string; readonly state: 'valid' | 'revoked' | 'unknown' }[];
  /** `X-Request-Id` of all requests that were carried out, by their answers: each has a record in the trail. */
  readonly requests: string[];
  /** Moments of acknowledgements, by `performance.now()`. */
  readonly acknowledged: number[];
  readonly failed: Refused[];
  /** Answers that no fault explains. */
  readonly wrong: string[];
}

interface Load {
  readonly ledger: Ledger;
  /** Waits until so many more writes are acknowledged. @returns whether they were, in these seconds */
  more(count: number, seconds: number): Promise<boolean>;
  stop(): Promise<Ledger>;
}

interface Target {
  /** The balancer, and the nodes themselves. */
  readonly fhir: readonly string[];
  readonly sso: string;
  readonly client: Credentials;
  readonly token: string;
}

/** @param name begins every id, so that the parts of the proof have nothing in common */
export function startLoad(name: string, rate: number, target: Target): Load {
  const ledger: Ledger = {
    ...{ written: [], conditional: new Map<string, Set<string>>(), transactions: [], tokens: [], requests: [] },
    ...{ acknowledged: [], failed: [], wrong: [] },
  };
  const wait = pacer(rate);
  let isOver = false;
  let count = 0;
  const over = (): boolean => isOver;
  const noted = (base: string): Ask => {
    const ask = fhirAt(base, target.token);
    return async (method, path, body, headers) => {
      await wait();
      const request = `${name}-r${String((count += 1))}`;
      const answer = await ask(method, path, body, { ...headers, 'x-request-id': request });
      if (answer.status < 300) {
        ledger.acknowledged.push(performance.now());
        ledger.requests.push(request);
      }
      return answer;
    };
  };
  const base = (n: number): string => target.fhir[n % target.fhir.length]!;
  const writers = Array.from({ length: 9 }, async (_, n) => {
    const log: Written[] = [];
    ledger.written.push(log);
    ledger.failed.push(...(await keepWriting(noted(base(n)), `${name}-w${String(n)}`, log, over)));
  });
  const others = [
    // Two at a time want the same.
    ...Array.from({ length: 6 }, (_, n) =>
      createConditionally(noted(base(n)), `${name}-c${String(n >> 1)}`, ledger, over),
    ),
    ...Array.from({ length: 4 }, (_, n) => transact(noted(base(n)), `${name}-t${String(n)}`, ledger, over)),
    ...Array.from({ length: 2 }, () => useTokens(target, wait, ledger, over)),
  ];
  const all = Promise.all([...writers, ...others]);
  all.catch((error: unknown) => ledger.wrong.push(error instanceof Error ? error.message : String(error)));
  return {
    ledger,
    async more(wanted, seconds) {
      const until = performance.now() + seconds * 1000;
      const goal = ledger.acknowledged.length + wanted;
      while (ledger.acknowledged.length < goal && performance.now() < until) await delay(20);
      return ledger.acknowledged.length >= goal;
    },
    async stop() {
      isOver = true;
      await all.catch(() => undefined);
      return ledger;
    },
  };
}

/** Each who waits gets a turn, so many of them in a second, and none is saved up while nobody asks. */
function pacer(rate: number): () => Promise<void> {
  let next = 0;
  return async () => {
    next = Math.max(next + 1000 / rate, performance.now());
    await delay(Math.max(0, next - performance.now()));
  };
}

/** One request. @returns its answer where it was carried out; what a fault explains is noted as failed, everything else as wrong */
async function attempt(ledger: Ledger, send: () => Promise<Answer>): Promise<Answer | undefined> {
  const at = performance.now();
  const answer = await send().catch(() => undefined);
  if (answer !== undefined && answer.status < 300) return answer;
  if (answer !== undefined && answer.status < 500)
    ledger.wrong.push(`${String(answer.status)} ${answer.text.slice(0, 300)}`);
  ledger.failed.push({ status: answer?.status, at, took: performance.now() - at });
  await delay(50);
  return undefined;
}

/** As the documents say of a write whose outcome is unknown: the same again on the same condition, until it is answered. */
async function createConditionally(ask: Ask, name: string, ledger: Ledger, isOver: () => boolean): Promise<void> {
  for (let n = 0; !isOver(); n += 1) {
    const value = `${name}-${String(n)}`;
    const ids = ledger.conditional.get(value) ?? new Set<string>();
    ledger.conditional.set(value, ids);
    const body = { resourceType: 'Basic', code: { text: 'once' }, identifier: [{ system: 'urn:proof', value }] };
    let answer: Answer | undefined;
    while (answer === undefined && !isOver())
      answer = await attempt(ledger, () =>
        ask('POST', 'Basic', body, { 'if-none-exist': `identifier=urn:proof|${value}` }),
      );
    if (answer !== undefined) ids.add(answer.json()['id'] as string);
  }
}

/** Two resources with ids and one on a condition: all or none. */
async function transact(ask: Ask, name: string, ledger: Ledger, isOver: () => boolean): Promise<void> {
  for (let n = 0; !isOver(); n += 1) {
    const one = `${name}-${String(n)}`;
    const basic = (more: object): object => ({ resourceType: 'Basic', code: { text: 'together' }, ...more });
    const put = (id: string): object => ({ resource: basic({ id }), request: { method: 'PUT', url: `Basic/${id}` } });
    const identifier = [{ system: 'urn:proof', value: one }];
    const request = { method: 'POST', url: 'Basic', ifNoneExist: `identifier=urn:proof|${one}` };
    const entry = [put(`${one}-a`), put(`${one}-b`), { resource: basic({ identifier }), request }];
    const answer = await attempt(ledger, () => ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry }));
    ledger.transactions.push({ name: one, isAcknowledged: answer !== undefined });
  }
}

/** A token, and every second one is revoked at once. */
async function useTokens(
  { sso, client }: Target,
  wait: () => Promise<void>,
  ledger: Ledger,
  isOver: () => boolean,
): Promise<void> {
  const asAnswer = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    const { status, headers } = response;
    if (status < 300) ledger.acknowledged.push(performance.now());
    return { status, headers, text, json: () => JSON.parse(text) as Record<string, unknown> };
  };
  for (let n = 0; !isOver(); n += 1) {
    await wait();
    const issued = await attempt(ledger, async () => asAnswer(await askToken(sso, client)));
    if (issued === undefined) continue;
    const token = issued.json()['access_token'] as string;
    if (n % 2 === 0) {
      ledger.tokens.push({ token, state: 'valid' });
      continue;
    }
    const body = new URLSearchParams({ token, ...client });
    await wait();
    const revoked = await attempt(ledger, async () =>
      asAnswer(await fetch(`${sso}/oauth/revoke`, { method: 'POST', body })),
    );
    ledger.tokens.push({ token, state: revoked === undefined ? 'unknown' : 'revoked' });
  }
}

/** The longest time without an acknowledgement from a moment on, in milliseconds, and how many there were. */
export function longestGap(acknowledged: readonly number[], from: number): number {
  let last = from;
  let longest = 0;
  for (const at of [...acknowledged].sort((a, b) => a - b)) {
    if (at < from) continue;
    longest = Math.max(longest, at - last);
    last = at;
  }
  return longest;
}

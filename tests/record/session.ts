/** The session of a script of requests; it turns the requests and answers into entries. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Client } from './client.ts';
import type { Answer, Entry, RanStatement, Sent, Writer } from './entry.ts';
import type { Normaliser } from './normalise.ts';
import type { Server } from './server.ts';
import type { Ran, StatementTap } from './statement-tap.ts';

export interface Session {
  readonly random: Random;
  /** How many requests the script should still send. */
  readonly left: number;
  /** Sends a request and records it with its answer, which comes as it was received. */
  send(sent: Sent): Promise<Answer>;
  /** Waits until definitions that were written count: they are remembered for half a second, search parameters for a second. */
  settle(): Promise<void>;
}

/** Requests of one kind. */
export interface Script {
  readonly kind: string;
  /** Its part of all requests of its lane, relative to the others. */
  readonly share: number;
  run(session: Session): Promise<void>;
}

export interface SessionOptions {
  readonly kind: string;
  readonly lane: string;
  readonly requests: number;
  readonly random: Random;
  readonly server: Server;
  readonly client: Client;
  readonly tap: StatementTap;
  readonly normaliser: Normaliser;
  readonly writer: Writer;
  /** The digests of the statements whose text is in the recording. */
  readonly texts: Set<string>;
  readonly onRequest: () => void;
}

/** Milliseconds after which a definition that was written counts. */
const settled = 1_200;

export function createSession(options: SessionOptions): Session {
  const { kind, lane, random, server, client, tap, normaliser, writer, texts } = options;
  let sentSoFar = 0;
  return {
    random,
    get left() {
      return options.requests - sentSoFar;
    },
    async send(sent) {
      const body = bodyOf(sent.body);
      normaliser.sent(`${sent.path} ${body} ${Object.values(sent.headers ?? {}).join(' ')}`);
      const request = {
        ...{ method: sent.method, path: normaliser.text(sent.path), as: sent.as ?? 'all' },
        ...{ headers: normalisedHeaders(sent, normaliser), body: normaliser.text(body) },
      };
      tap.take();
      const answer = await client.send(sent, server.authorizations.get(sent.as ?? 'all'));
      const ran =
        sent.statements === true ? recordStatements(tap.take(), sent.path, normaliser, writer, texts) : undefined;
      const { status, headers, text } = normaliser.answer(answer);
      sentSoFar += 1;
      const id = `${lane}/${kind}/${sentSoFar}`;
      writer.write({ id, kind, request, status, headers, body: text, ...(ran && { statements: ran }) } satisfies Entry);
      options.onRequest();
      return answer;
    },
    settle: () => delay(settled),
  };
}

/** `ap` before a date reaches as far as it is away from now. */
function withoutNow(path: string, value: string): string {
  return /[=,]ap\d{4}/.test(path) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? '<approximate>' : value;
}

/** A set of numbers, as one statement found them and another one is given them, has no order. */
function inOrder(value: string): string {
  if (!/^\{-?\d+(,-?\d+)+\}$/.test(value)) return value;
  return `{${value.slice(1, -1).split(',').toSorted().join(',')}}`;
}

function bodyOf(body: Sent['body']): string {
  if (body === undefined || typeof body === 'string') return body ?? '';
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? text : `base64:${body.toString('base64')}`;
}

function normalisedHeaders({ headers = {} }: Sent, normaliser: Normaliser): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, normaliser.text(value)]));
}

/** In the order of their texts, since statements on several connections have none. */
function recordStatements(
  statements: readonly Ran[],
  path: string,
  normaliser: Normaliser,
  writer: Writer,
  texts: Set<string>,
): RanStatement[] {
  const ran = statements.map(({ text, values }) => {
    const statement = createHash('sha256').update(text).digest('base64url').slice(0, 16);
    if (!texts.has(statement)) {
      texts.add(statement);
      writer.write({ statement, text });
    }
    const isTransaction = (n: number): boolean =>
      [`$${n + 1}::xid8`, `$${n + 1}::pg_snapshot`].some((place) => text.includes(place));
    const valueOf = (value: string | null, n: number): string | null =>
      value === null ? null : isTransaction(n) ? '<transaction>' : withoutNow(path, normaliser.text(inOrder(value)));
    return { statement, values: values.map(valueOf) };
  });
  return ran.toSorted((a, b) => {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

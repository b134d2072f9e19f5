/**
 * Lines of the levels `info` and `debug`: reasons of refusals, decisions of the SSO, statements, and outgoing calls. Loaded only at these
 * levels. They consist of our own names, counts and times: no value of an address, a header, a body or a statement is included.
 */
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';
import { shownStatement } from '../slow-statements.ts';

export interface DetailOptions {
  /** Of the server, as in the other lines of its log. */
  readonly name: string;
  readonly write: (lines: string) => void;
  /** Whether statements and calls are included. */
  readonly isDebug: boolean;
  /** Lines of one kind in a second (default 200): others are counted. */
  readonly most?: number;
}

const [info, debug] = [30, 20];
const second = 1_000;
/** Of the text of a statement. */
const mostCharacters = 300;
/** Calls under way; if there are more, all of them are forgotten. */
const mostCalls = 1_000;

type Line = Readonly<Record<string, unknown>>;
type Tell = (level: number, message: string, line: Line) => void;

/** Starts writing the lines. @returns a function that stops it */
export function tellDetails({ name, write, isDebug, most = 200 }: DetailOptions): () => void {
  const { tell, flush } = linesOf(name, write, most);
  const ends = [tellRefusals(tell), tellDecisions(tell)];
  if (isDebug) ends.push(tellStatements(tell), tellCalls(tell), tellFetches(tell));
  return () => {
    for (const end of ends) end();
    flush();
  };
}

/** Lines of a turn of the event loop are written together; of each kind so many in a second. */
function linesOf(name: string, write: (lines: string) => void, most: number): { tell: Tell; flush: () => void } {
  const counts = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let text = '';
  const add = (level: number, msg: string, line: Line): void => {
    if (text === '')
      setImmediate(() => {
        const written = text;
        text = '';
        write(written);
      });
    text += `${JSON.stringify({ level, time: Date.now(), name, msg, ...line })}\n`;
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [msg, count] of counts) if (count > most) add(info, msg, { suppressed: count - most });
    counts.clear();
  };
  return {
    flush,
    tell: (level, msg, line) => {
      const count = (counts.get(msg) ?? 0) + 1;
      counts.set(msg, count);
      timer ??= setTimeout(flush, second).unref();
      if (count <= most) add(level, msg, line);
    },
  };
}

function hearing(channel: string, heard: (message: unknown) => void): () => void {
  subscribe(channel, heard);
  return () => void unsubscribe(channel, heard);
}

/** A request to a FHIR server was refused. */
interface Refused {
  readonly requestId: string | undefined;
  readonly entry: number | undefined;
  readonly interaction: string | undefined;
  readonly type: string | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly rule: string | undefined;
}

/** Rules about a patient's record: which of them refused would reveal facts about the patient that the log must not contain. */
const ofRecords: ReadonlySet<string | undefined> = new Set(['care', 'consent', 'hidden-elements', 'label']);

function tellRefusals(tell: Tell): () => void {
  return hearing('dhp.fhir.refused', (message) => {
    const { rule, code, ...rest } = message as Refused;
    tell(info, 'refused', ofRecords.has(rule) ? { ...rest, rule: 'record' } : { ...rest, code, rule });
  });
}

/** Decisions of the SSO, by their names in the trail; only the trail says whom they concern. */
function tellDecisions(tell: Tell): () => void {
  return hearing('dhp:audit.record', (event) => {
    tell(info, 'decision', { event: String(event) });
  });
}

function tellStatements(tell: Tell): () => void {
  return hearing(statementChannel, (message) => {
    const { text, session, milliseconds } = message as MeasuredStatement;
    tell(debug, 'statement', {
      session,
      ...{
        milliseconds: tenths(milliseconds),
        statement: createHash('sha256').update(text).digest('hex').slice(0, 12),
      },
      text: shownStatement(text).slice(0, mostCharacters),
    });
  });
}

/** Calls under way, with the moment at which each began. */
function underWay<Request>(tell: Tell): {
  readonly begin: (request: Request) => void;
  readonly end: (request: Request, line: Line) => void;
} {
  const began = new Map<Request, number>();
  return {
    begin: (request) => {
      if (began.size >= mostCalls) began.clear();
      began.set(request, performance.now());
    },
    end: (request, line) => {
      const since = began.get(request);
      began.delete(request);
      if (since !== undefined) tell(debug, 'call', { ...line, milliseconds: tenths(performance.now() - since) });
    },
  };
}

/** Node reports each request of its client; the path may contain a receiver's secret, and is left out. */
function tellCalls(tell: Tell): () => void {
  const { begin, end } = underWay<ClientRequest>(tell);
  const about = (request: ClientRequest): Line => ({
    method: request.method,
    to: `${request.protocol}//${String(request.getHeader('host'))}`,
  });
  return together(
    hearing('http.client.request.start', (message) => {
      const { request } = message as { request: ClientRequest & { readonly socketPath?: string | null } };
      // Between the servers of this node.
      if ((request.socketPath ?? '') === '') begin(request);
    }),
    hearing('http.client.response.finish', (message) => {
      const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
      end(request, { ...about(request), status: response.statusCode });
    }),
    hearing('http.client.request.error', (message) => {
      const { request, error } = message as { request: ClientRequest; error: Error & { code?: string } };
      end(request, { ...about(request), failed: error.code ?? error.name });
    }),
  );
}

interface Fetched {
  readonly origin: string;
  readonly method: string;
}

/** The same for `fetch`, which has another client. */
function tellFetches(tell: Tell): () => void {
  const { begin, end } = underWay<Fetched>(tell);
  const about = ({ method, origin }: Fetched): Line => ({ method, to: origin });
  return together(
    hearing('undici:request:create', (message) => {
      begin((message as { request: Fetched }).request);
    }),
    hearing('undici:request:headers', (message) => {
      const { request, response } = message as { request: Fetched; response: { statusCode: number } };
      end(request, { ...about(request), status: response.statusCode });
    }),
    hearing('undici:request:error', (message) => {
      const { request, error } = message as { request: Fetched; error: Error & { code?: string } };
      end(request, { ...about(request), failed: error.code ?? error.name });
    }),
  );
}

function together(...ends: readonly (() => void)[]): () => void {
  return () => {
    for (const end of ends) end();
  };
}

function tenths(milliseconds: number): number {
  return Math.round(10 * milliseconds) / 10;
}

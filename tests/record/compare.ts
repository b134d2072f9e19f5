/** Two recordings side by side: what differs, by kind and by route, and the first differences in full. */
import type { Entry, Head, Line, StatementText } from './entry.ts';
import { readRecording } from './entry.ts';
import { routeOf } from './route.ts';

export interface Difference {
  readonly id: string;
  readonly kind: string;
  readonly route: string;
  /** The parts of the answer that differ. */
  readonly parts: readonly string[];
  /** The request, and each part in both recordings. */
  readonly report: string;
}

export interface Comparison {
  readonly heads: readonly [Head, Head];
  /** Requests that are in both. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

interface Recording {
  readonly head: Head;
  readonly entries: ReadonlyMap<string, string>;
  readonly texts: ReadonlyMap<string, string>;
}

/** @throws Error when a file is no recording */
export async function compare(first: string, second: string): Promise<Comparison> {
  const [a, b] = [await load(first), await load(second)];
  const differences: Difference[] = [];
  let compared = 0;
  for (const [id, line] of a.entries) {
    const other = b.entries.get(id);
    if (other === undefined) differences.push(alone(JSON.parse(line) as Entry, 'the first'));
    else {
      compared += 1;
      if (other !== line) differences.push(between(JSON.parse(line) as Entry, JSON.parse(other) as Entry, a, b));
    }
  }
  for (const [id, line] of b.entries) {
    if (!a.entries.has(id)) differences.push(alone(JSON.parse(line) as Entry, 'the second'));
  }
  return { heads: [a.head, b.head], compared, differences };
}

/** Entries stay text until they differ: parsed they would take several times the memory. */
async function load(file: string): Promise<Recording> {
  let head: Head | undefined;
  const entries = new Map<string, string>();
  const texts = new Map<string, string>();
  for await (const line of readRecording(file)) {
    if (isHead(line)) head = line;
    else if (isText(line)) texts.set(line.statement, line.text);
    else entries.set(line.id, JSON.stringify(line));
  }
  if (head === undefined) throw new Error(`${file} is no recording`);
  return { head, entries, texts };
}

const isHead = (line: Line): line is Head => 'recording' in line;
const isText = (line: Line): line is StatementText => 'statement' in line;

function alone(entry: Entry, which: string): Difference {
  const { id, kind } = entry;
  return {
    id,
    kind,
    route: routeOfEntry(entry),
    parts: ['only in one'],
    report: `${titleOf(entry)}\n  only in ${which} recording`,
  };
}

function between(a: Entry, b: Entry, first: Recording, second: Recording): Difference {
  const parts: [name: string, a: string, b: string][] = [
    ['request', JSON.stringify(a.request), JSON.stringify(b.request)],
    ['status', String(a.status), String(b.status)],
    ...[...new Set([...Object.keys(a.headers), ...Object.keys(b.headers)])].map((name): [string, string, string] => [
      `header ${name}`,
      a.headers[name] ?? '(none)',
      b.headers[name] ?? '(none)',
    ]),
    ['body', a.body, b.body],
    ['statements', statementsOf(a, first), statementsOf(b, second)],
  ];
  const differing = parts.filter(([, x, y]) => x !== y);
  const report = [titleOf(a), ...differing.map(([name, x, y]) => `  ${name}\n${excerpts(x, y)}`)].join('\n');
  return { id: a.id, kind: a.kind, route: routeOfEntry(a), parts: differing.map(([name]) => name), report };
}

function statementsOf({ statements = [] }: Entry, { texts }: Recording): string {
  return statements
    .map(({ statement, values }) => `${texts.get(statement) ?? ''}\n-- ${JSON.stringify(values)}`)
    .join('\n');
}

const routeOfEntry = ({ request }: Entry): string => routeOf(request.method, request.path);

function titleOf({ id, request }: Entry): string {
  const headers = Object.entries(request.headers).map(([name, value]) => `    ${name}: ${value}`);
  const body = request.body === '' ? [] : [`    ${request.body.slice(0, 2_000)}`];
  return [`${id}: ${request.method} ${request.path} as ${request.as}`, ...headers, ...body].join('\n');
}

/** Both texts from a little before their first difference. */
function excerpts(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const from = Math.max(0, at - 150);
  const cut = (text: string): string =>
    `${from > 0 ? '…' : ''}${text.slice(from, at + 500)}${text.length > at + 500 ? '…' : ''}`;
  return `    - ${cut(a)}\n    + ${cut(b)}`;
}

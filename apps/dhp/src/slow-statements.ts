/** Statements that take long, in the log of a server's process: with the plan of PostgreSQL, and without any value. docs/operations/metrics.md */
import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from '@dhp/postgres';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';

export interface SlowOptions {
  /** Of the server, as in the other lines of its log. */
  readonly name: string;
  /** Milliseconds from which on a statement is slow. */
  readonly threshold: number;
  /** The server's own database: with its login, a plan reveals no more than the server may read. */
  readonly databaseUrl: string;
  readonly write: (line: string) => void;
  readonly pace?: Pace;
}

/** Milliseconds. */
interface Pace {
  /** Between two lines about one text. */
  readonly lines: number;
  /** Between two queries for a plan, of any text. */
  readonly plans: number;
  /** For which a logged plan is not requested again. */
  readonly known: number;
}

const usualPace: Pace = { lines: 10_000, plans: 5_000, known: 3_600_000 };
/** The level `warn` of the other lines. */
const level = 40;
/** Texts that are distinguished; if there are more, all of them are forgotten. */
const mostTexts = 500;
const mostCharacters = 8_000;
const planTimeout = 2_000;

interface Told {
  lineAt: number;
  planAt: number;
  /** Slow ones since the last line. */
  suppressed: number;
}

/** Starts listening; must be called before the pools are opened. @returns a function that stops it */
export function logSlowStatements(options: SlowOptions): () => void {
  const { name, threshold, databaseUrl, write, pace = usualPace } = options;
  const told = new Map<string, Told>();
  let plannedAt = -Infinity;
  const heard = (message: unknown): void => {
    const measured = message as MeasuredStatement;
    if (measured.milliseconds < threshold || isOwn(measured.text)) return;
    const now = performance.now();
    if (told.size >= mostTexts) told.clear();
    let of = told.get(measured.text);
    if (of === undefined) told.set(measured.text, (of = { lineAt: -Infinity, planAt: -Infinity, suppressed: 0 }));
    if (now - of.lineAt < pace.lines) {
      of.suppressed += 1;
      return;
    }
    const { suppressed } = of;
    of.lineAt = now;
    of.suppressed = 0;
    const mayPlan = isOne(measured) && now - of.planAt > pace.known && now - plannedAt > pace.plans;
    if (mayPlan) plannedAt = of.planAt = now;
    const line = lineOf(name, measured, suppressed);
    if (!mayPlan) write(line());
    else void planOf(databaseUrl, measured.text).then((plan) => write(line(plan)));
  };
  subscribe(statementChannel, heard);
  return () => void unsubscribe(statementChannel, heard);
}

/** With several statements, all except the first would be executed. */
function isOne({ text, isBound }: MeasuredStatement): boolean {
  return isBound && !shownStatement(text).includes(';');
}

/** The query for a plan is not reported, and would cause queries without end. */
const isOwn = (text: string): boolean => text.startsWith(question);
const question = 'explain (generic_plan) ';

function lineOf(
  name: string,
  { text, milliseconds }: MeasuredStatement,
  suppressed: number,
): (plan?: object) => string {
  const line = {
    ...{ level, time: Date.now(), name, msg: 'slow statement', milliseconds: Math.round(milliseconds) },
    statement: createHash('sha256').update(text).digest('hex').slice(0, 12),
    text: shownStatement(text),
    ...(suppressed > 0 && { suppressed }),
  };
  return (plan) => `${JSON.stringify({ ...line, ...plan })}\n`;
}

/**
 * Over a connection opened only for this query: no serving connection is used, and if none is available, the line says so. A generic plan
 * executes nothing, and knows no values.
 */
async function planOf(url: string, text: string): Promise<{ plan: string } | { planNot: string }> {
  const sql = connect(url, {
    ...{ max: 1, applicationName: 'dhp slow', statementTimeout: planTimeout, readOnly: true, commits: 'unwatched' },
  });
  try {
    const rows = await sql.unsafe<Record<string, string>[]>(question + text);
    return { plan: shownStatement(rows.map((row) => Object.values(row)[0]).join('\n'), '\n') };
  } catch (error) {
    return { planNot: (error as Error).message.slice(0, 200) };
  } finally {
    await sql.end({ timeout: 1 }).catch(() => undefined);
  }
}

/** Values are bound and so in neither; quoted text is left out all the same. */
export function shownStatement(text: string, space = ' '): string {
  const hidden = text.replaceAll(/'(?:[^']|'')*'/g, "'?'");
  return (space === ' ' ? hidden.replaceAll(/\s+/g, space) : hidden).trim().slice(0, mostCharacters);
}

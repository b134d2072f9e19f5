/**
 * The result of a query as a file of an export. Its lines are the rows of its tables with their patients, so that access can be checked
 * again until the file is complete; then the query runs over them, and its result is followed by the lines without their rows.
 * docs/decisions/0162-queries-as-files.md
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createPauses } from '@dhp/budget';
import type { StoredVersion } from '@dhp/fhir-store';
import type { RowOptions } from '@dhp/sql-on-fhir';
import { patientsIn } from '../../audit/patients-in.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { SqlResult, SqlSession, TableValue } from '../../contract/sql.ts';
import type { Seal } from '../export/files.ts';
import type { Artefact } from '../sql/artefacts.ts';
import { SqlFault } from '../sql/engine.ts';
import { columnOf, textOf, valueOf } from '../sql/tables.ts';
import { opened, told } from '../sql/told.ts';
import { named } from '../views/maker.ts';
import { parsed } from '../views/run.ts';
import type { AskedQuery, AskedTables } from './asked.ts';
import { frameLine, type Frame } from './frames.ts';
import { emptiedLines } from './parquet.ts';

const interaction = '$sql-export';

type Table = Extract<Artefact, { view: unknown }>;

/** The tables of a query by the types of their resources. */
export function tablesByType({ artefacts }: AskedQuery): Map<string, Table[]> {
  const tables = artefacts.filter((each): each is Table => 'view' in each);
  return Map.groupBy(tables, ({ view }) => view.resource);
}

/** The rows of a version, for each table of its type, as a line; empty if it has none. */
export function queryLiner(
  { baseUrl }: Services,
  query: AskedQuery,
  options: RowOptions,
): (version: StoredVersion) => Buffer {
  const byType = tablesByType(query);
  return ({ type, id, deleted, content }) => {
    const tables = byType.get(type) ?? [];
    if (deleted) return nothing;
    const resource = parsed(
      content,
      tables.some(({ view }) => view.asksForDigits),
    );
    const rows = tables.map(({ view }) => named(() => view.cells(resource, options)).map((row) => row.map(valueOf)));
    if (rows.every((each) => each.length === 0)) return nothing;
    const patients = new Set(type === 'Patient' ? [id] : []);
    patientsIn(content, baseUrl, patients);
    const references = [...patients].map((patient) => `Patient/${patient}`);
    return frameLine({ resourceType: type, id, patients: references, text: JSON.stringify(rows) });
  };
}

const nothing = Buffer.alloc(0);

interface Sealing {
  readonly services: Services;
  readonly call: Call;
  readonly asked: Pick<AskedTables, 'format' | 'header'>;
  readonly signal: AbortSignal;
}

/** Makes the file from the lines of a query. Fails with `query-invalid` and `operation-too-costly`. */
export function querySeal(sealing: Sealing, query: AskedQuery): (lines: () => AsyncIterable<Buffer>) => Seal {
  return (lines) => {
    let [bytes, count] = [0, 0];
    async function* pieces(): AsyncGenerator<Buffer> {
      for (const piece of textOf(await resultOf(sealing, query, lines), sealing.asked.format, made(sealing))) {
        bytes += piece.length;
        if (piece.length > 0) yield piece;
      }
      for await (const _ of lines()) count += 1;
      yield* emptiedLines(lines());
    }
    return { pieces: pieces(), table: () => ({ bytes, groups: [{ end: bytes, lines: count }] }) };
  };
}

/**
 * Fails as the query would in its job, as far as that can be determined without rows: with `query-invalid`, `operation-too-costly`,
 * `too-many-requests`.
 */
export async function requireRunnable(sealing: Sealing, query: AskedQuery): Promise<void> {
  const session = opened(sealing.services, sealing.call);
  const result = await queried(session, query, async () => undefined);
  for (const _ of textOf(result, sealing.asked.format, made(sealing)));
}

const made = ({ asked: { header } }: Sealing): Parameters<typeof textOf>[2] => ({ header, limit: undefined });

/** Waits while all places are taken. */
async function resultOf(
  { services, call, signal }: Sealing,
  query: AskedQuery,
  lines: () => AsyncIterable<Buffer>,
): Promise<SqlResult> {
  const byType = tablesByType(query);
  const session = await placed(services, call, signal);
  return queried(session, query, async (table) => {
    const place = byType.get(table.view.resource)!.indexOf(table);
    const pause = createPauses();
    let rows: TableValue[][] = [];
    for await (const line of lines()) {
      await pause();
      signal.throwIfAborted();
      const { resourceType, text } = JSON.parse(line.toString('utf8')) as Frame;
      if (resourceType !== table.view.resource) continue;
      const all = JSON.parse(text) as TableValue[][][];
      for (const row of all[place] ?? []) rows.push(row);
      if (rows.length < rowsTogether) continue;
      await session.add(rows);
      rows = [];
    }
    if (rows.length > 0) await session.add(rows);
  });
}

/** Rows that are sent together. */
const rowsTogether = 500;

/** @param fill adds the rows of a table that was created */
async function queried(
  session: SqlSession,
  { query, values, artefacts }: AskedQuery,
  fill: (table: Table) => Promise<void>,
): Promise<SqlResult> {
  try {
    for (const artefact of artefacts) {
      if (!('view' in artefact)) continue;
      await session.table(artefact.label, artefact.view.columns.map(columnOf));
      await fill(artefact);
    }
    for (const artefact of artefacts) if ('sql' in artefact) await session.view(artefact.label, artefact.sql);
    return await session.query(query.sql, values);
  } catch (error) {
    throw error instanceof SqlFault ? told(error, interaction) : error;
  } finally {
    session.close();
  }
}

/** Milliseconds between two checks for a free place. */
const between = 500;

async function placed({ sql }: Services, { access }: Call, signal: AbortSignal): Promise<SqlSession> {
  for (;;) {
    try {
      return sql.open(access?.clientId ?? '');
    } catch (error) {
      if (!(error instanceof SqlFault) || error.kind !== 'busy') throw error;
    }
    await delay(between, undefined, { signal });
  }
}

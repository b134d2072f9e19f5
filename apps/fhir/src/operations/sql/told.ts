/** Faults of the engine as failures of a request. */
import type { Call, Services } from '../../contract/interaction.ts';
import type { SqlSession } from '../../contract/sql.ts';
import { fail } from '../../http/errors.ts';
import { SqlFault } from './engine.ts';
import { invalidQuery } from './library.ts';

/** Opens a place for one query. Fails with `too-many-requests`. */
export function opened({ sql }: Services, { access }: Call): SqlSession {
  try {
    return sql.open(access?.clientId ?? '');
  } catch (error) {
    throw error instanceof SqlFault ? told(error) : error;
  }
}

/** Always fails: with `query-invalid`, `operation-too-costly` or `too-many-requests`. */
export function told({ kind, message }: SqlFault, operation = '$sql-run'): never {
  if (kind === 'fault') invalidQuery(`SQLite: ${message.slice(0, 500)}`, 'Library.content');
  if (kind === 'busy') {
    const diagnostics = `${message} at this server; more at a time do not. Come again in a second.`;
    fail('too-many-requests', { seconds: 1 }, { diagnostics, headers: { 'retry-after': '1' } });
  }
  const cure =
    'Narrow it by patient, group or _since, count in the query, or take the tables by $viewdefinition-export.';
  fail('operation-too-costly', { operation }, { diagnostics: `The query was ended: ${message}. ${cure}` });
}

/** Texts of the statements that the stores of this process send. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';

export interface Collected {
  /** Each text with the sessions that sent it. */
  readonly texts: ReadonlyMap<string, ReadonlySet<string>>;
  end(): void;
}

/** Sessions of a store are named after it (`connections.ts`): those of tests are not. Those with a node alone ask the table of one shard by its name. */
const ofStores = /^dhp fhir (?!node )/;
/** Statements that can be explained: an explain repeats an earlier statement, and a lock reads nothing. */
const isPlanned = /^\s*(select|with|insert|update|delete)\b/;

/** Begins to collect sent statements with bound values; a store's other statements are commands such as `commit`. */
export function collectStatements(): Collected {
  const texts = new Map<string, Set<string>>();
  const heard = (message: unknown): void => {
    const { text, session, isBound } = message as MeasuredStatement;
    if (!isBound || !ofStores.test(session) || !isPlanned.test(text)) return;
    const sessions = texts.get(text);
    if (sessions === undefined) texts.set(text, new Set([session]));
    else sessions.add(session);
  };
  subscribe(statementChannel, heard);
  return { texts, end: () => void unsubscribe(statementChannel, heard) };
}

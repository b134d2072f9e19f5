import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Names the server that a statement runs on, as `DatabaseMemory` knows it. */
export function serverName(sql: Session): Fragment {
  return sql`fhir.server_name()`;
}

/** What the rows of a statement were made from: true of one server alone. */
export interface Basis {
  /** Of which numbers of rows, words and versions are known. */
  readonly server: string;
}

/** True when the statement runs on the server of its basis; else it ends with an error that `isOutdated` knows. */
export function onServer(sql: Session, { server }: Basis): Fragment {
  return sql`case when ${serverName(sql)} = ${server}::text then true else fhir.outdated() end`;
}

/** Queries of SQL over tables that are made for each. docs/decisions/0137-sql-over-views.md */

export interface EngineColumn {
  readonly name: string;
  /** Of SQL; of a column of a result '' where it is computed. */
  readonly type: string;
}

/** A value of a table that is sent; arrays and objects are JSON text. */
export type TableValue = string | number | boolean | null;
/** A value of a result. Whole numbers that JavaScript does not hold are text. */
export type ResultValue = string | number | null;

export interface SqlLimits {
  /** Milliseconds in which the query ends, its tables not counted. */
  readonly milliseconds: number;
  /** Bytes of its process, of which some 70 MB are its own. */
  readonly memory: number;
  /** Rows of the result, and bytes of its values. */
  readonly rows: number;
  readonly bytes: number;
  /** Queries of this process at a time; of one client one less, so that none takes all. */
  readonly together: number;
}

export interface SqlResult {
  readonly columns: readonly EngineColumn[];
  readonly rows: readonly (readonly ResultValue[])[];
}

/** One query. All methods reject with SqlFault. */
export interface SqlSession {
  /** Makes a table; rows that are added belong to the last one. Names were checked. */
  table(name: string, columns: readonly EngineColumn[]): Promise<void>;
  add(rows: readonly (readonly TableValue[])[]): Promise<void>;
  /** Behind the tables: a query under a name. */
  view(name: string, sql: string): Promise<void>;
  query(sql: string, values: Readonly<Record<string, TableValue>>): Promise<SqlResult>;
  close(): void;
}

export interface SqlEngine {
  readonly limits: SqlLimits;
  /** @param client who asks @throws SqlFault `busy` (operations/sql/engine.ts) */
  open(client: string): SqlSession;
  /** Cancels running queries. */
  close(): void;
}

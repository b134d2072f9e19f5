/** The words between a server and the process that runs a query for it. */
import type { EngineColumn, ResultValue, TableValue } from '../../contract/sql.ts';

export type EngineOrder =
  /** Milliseconds after which the process ends itself, and bytes that it may have, all counted. */
  | { readonly do: 'begin'; readonly milliseconds: number; readonly memory: number }
  | { readonly do: 'table'; readonly name: string; readonly columns: readonly EngineColumn[] }
  /** Of the most recently created table. */
  | { readonly do: 'rows'; readonly rows: readonly (readonly TableValue[])[] }
  | { readonly do: 'guard' }
  | { readonly do: 'view'; readonly name: string; readonly sql: string }
  | {
      readonly do: 'query';
      readonly sql: string;
      readonly values: Readonly<Record<string, TableValue>>;
      readonly mostRows: number;
      readonly mostBytes: number;
    };

export type EngineAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'columns'; readonly columns: readonly EngineColumn[] }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly ResultValue[])[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'too-much'; readonly count: number }
  /** By SQLite. */
  | { readonly kind: 'fault'; readonly text: string };

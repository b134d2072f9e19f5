import type { Coding } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { guarded } from '../store-unavailable.ts';

/** A closure table: the concepts added to it, in order, and the change that added each. */
export interface StoredClosure {
  /** The number of the last change. */
  readonly version: number;
  readonly concepts: readonly { readonly concept: Coding; readonly version: number }[];
}

/** The closure tables that clients have made; each client sees its own. All reject with StoreUnavailable. */
export interface Closures {
  /** Makes a table, or empties it. @param most tables of one owner @returns false if it would be one more, which is not made */
  begin(owner: string, name: string, most: number): Promise<boolean>;
  /**
   * Adds the result of `decide` to a table, which nobody else changes meanwhile; undefined if there is no such table. Nothing is stored if
   * it rejects.
   */
  change<R>(owner: string, name: string, decide: Decide<R>): Promise<R | undefined>;
}

type Decide<R> = (table: StoredClosure) => Promise<{ result: R; added: readonly Coding[] }>;

/** @param sql a pool whose transactions may wait for one another */
export function createClosures(sql: Sql): Closures {
  return {
    begin(owner, name, most) {
      return guarded(() =>
        sql.begin(async (transaction) => {
          const made = await transaction`
            insert into fhir.closure (owner, name, version)
            select ${owner}::text, ${name}::text, 0
            where exists (select 1 from fhir.closure where owner = ${owner} and name = ${name})
              or (select count(*) from fhir.closure where owner = ${owner}) < ${most}::int
            on conflict (owner, name) do update set version = 0
            returning 1`;
          await transaction`delete from fhir.closure_concept where owner = ${owner} and name = ${name}`;
          return made.length > 0;
        }),
      );
    },

    async change<R>(owner: string, name: string, decide: Decide<R>): Promise<R | undefined> {
      const changed = await guarded(() =>
        sql.begin(async (transaction) => {
          const [table] = await transaction<{ version: number }[]>`
            select version from fhir.closure where owner = ${owner} and name = ${name} for update`;
          if (table === undefined) return undefined;
          const rows = await transaction<ConceptRow[]>`
            select system, system_version, code, version
            from fhir.closure_concept where owner = ${owner} and name = ${name} order by number`;
          const { result, added } = await decide({ version: table.version, concepts: rows.map(conceptOf) });
          if (added.length > 0) {
            await transaction`
              insert into fhir.closure_concept (owner, name, system, system_version, code, version, number)
              select ${owner}, ${name}, c ->> 'system', coalesce(c ->> 'version', ''), c ->> 'code',
                     ${table.version + 1}::int, ${rows.length}::int + n
              from jsonb_array_elements(${JSON.stringify(added)}::text::jsonb) with ordinality as each (c, n)`;
            await transaction`
              update fhir.closure set version = version + 1 where owner = ${owner} and name = ${name}`;
          }
          return { result };
        }),
      );
      return changed?.result;
    },
  };
}

interface ConceptRow {
  system: string;
  system_version: string;
  code: string;
  version: number;
}

function conceptOf({ system, system_version, code, version }: ConceptRow): StoredClosure['concepts'][number] {
  return { concept: { system, ...(system_version !== '' && { version: system_version }), code }, version };
}

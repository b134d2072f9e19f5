/** The definitions that resources are validated by, as they are stored: profiles, extensions, questionnaires, guides. */
import { scanJson, typeName, typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import type { Session } from '../statements/session.ts';
import { readBodies, readChanged } from '../statements/terminology-changes.ts';

export const definitionTypes = ['StructureDefinition', 'Questionnaire', 'ImplementationGuide'] as const;
export type DefinitionType = (typeof definitionTypes)[number];
const types = definitionTypes.map((type) => typeNumber(type)!);

/** Resources that are fetched at a time. */
const chunk = 50;

type Json = Readonly<Record<string, unknown>>;

/** A stored definition. Its text is parsed when it is first needed. */
export interface Definition {
  readonly type: DefinitionType;
  readonly url: string;
  readonly version: string | undefined;
  /** Sortable as text: that of what was stored later is the greater. */
  readonly rank: string;
  resource(): Json;
}

/** What is stored at one moment; it does not change any more. */
export interface DefinitionsNow {
  /**
   * The definition of a canonical, in this version or one that begins with it (1.0 of 1.0.2), else the one that was stored
   * last. Undefined when there is none.
   */
  find(type: DefinitionType, url: string, version?: string): Definition | undefined;
  all(type: DefinitionType): readonly Definition[];
}

export interface StoredDefinitions {
  readonly now: DefinitionsNow;
  /** Takes in all that is committed now and was not when it was last called. */
  refresh(): Promise<void>;
}

/** @param sql a pool of at least one connection: a refresh that finds something new holds a transaction while it reads */
export function createStoredDefinitions(sql: Sql): StoredDefinitions {
  const seen = new Map<number, number>();
  const known = new Map<number, Definition>();
  let since = '0';
  let now = definitionsNow([]);
  return {
    get now() {
      return now;
    },
    async refresh() {
      const changed = await readChanged(sql, types, since);
      const isNew = changed.rows.some(({ rid, ver }) => seen.get(rid) !== ver);
      if (isNew) await sql.begin('isolation level repeatable read read only', read);
      else since = changed.next;
    },
  };

  async function read(transaction: Session): Promise<void> {
    const { next, rows } = await readChanged(transaction, types, since);
    const wanted = rows.filter(({ rid, ver }) => seen.get(rid) !== ver);
    const found = new Map<number, Definition | undefined>();
    for (let from = 0; from < wanted.length; from += chunk) {
      const part = new Map(wanted.slice(from, from + chunk).map((row) => [row.rid, row]));
      for (const { rid, rank, deleted, content } of await readBodies(transaction, [...part.keys()])) {
        const type = typeName(part.get(rid)!.ty) as DefinitionType;
        found.set(rid, deleted ? undefined : definitionOf(type, content, rank));
      }
    }
    // All at once: nobody sees a part of what was stored together.
    for (const { rid, ver } of wanted) {
      seen.set(rid, ver);
      const definition = found.get(rid);
      if (definition === undefined) known.delete(rid);
      else known.set(rid, definition);
    }
    since = next;
    now = definitionsNow([...known.values()]);
  }
}

/** Undefined for one without a url, which nothing can name. */
function definitionOf(type: DefinitionType, content: Buffer, rank: string): Definition | undefined {
  const { text, members } = scanJson(content.toString());
  const textOf = (name: string): string | undefined => {
    const span = members.get(name);
    const value: unknown = span === undefined ? undefined : JSON.parse(text.slice(span.start, span.end));
    return typeof value === 'string' ? value : undefined;
  };
  const url = textOf('url');
  if (url === undefined) return undefined;
  let parsed: Json | undefined;
  return { type, url, version: textOf('version'), rank, resource: () => (parsed ??= JSON.parse(text) as Json) };
}

function definitionsNow(definitions: readonly Definition[]): DefinitionsNow {
  const newestFirst = [...definitions].sort((a, b) => (a.rank > b.rank ? -1 : 1));
  const byUrl = Map.groupBy(newestFirst, ({ type, url }) => `${type} ${url}`);
  return {
    find: (type, url, version) =>
      byUrl
        .get(`${type} ${url}`)
        ?.find((one) => version === undefined || `${one.version ?? ''}.`.startsWith(`${version}.`)),
    all: (type) => newestFirst.filter((one) => one.type === type),
  };
}

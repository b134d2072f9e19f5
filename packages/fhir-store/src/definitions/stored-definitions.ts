/** The stored definitions for validation: profiles, extensions, questionnaires, guides. */
import { scanJson, typeName, typeNumber } from '@dhp/fhir-model';
import type { DatabaseMemory, Sql } from '@dhp/postgres';
import { createChanges, nameOf } from '../reads/changes-of-types.ts';
import type { Session } from '../statements/session.ts';
import { readBodies, type ChangedRow } from '../statements/terminology-changes.ts';

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
  /** Sortable as text: a definition stored later has the greater rank. */
  readonly rank: string;
  resource(): Json;
}

/** The stored definitions at one moment; the object does not change. */
export interface DefinitionsNow {
  /**
   * The definition of a canonical, in this version or one that begins with it (1.0 of 1.0.2), else the one stored last. Undefined if there
   * is no such definition.
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
export function createStoredDefinitions(sql: Sql, memory: DatabaseMemory, isSpread: () => boolean): StoredDefinitions {
  const changes = createChanges({ sql, memory, types, name: 'definitions', isSpread });
  const known = new Map<string, Definition>();
  let now = definitionsNow([]);
  return {
    get now() {
      return now;
    },
    async refresh() {
      const taken = await changes.take(read);
      if (taken === undefined) return;
      for (const name of taken.gone) known.delete(name);
      for (const [name, definition] of taken.found) {
        if (definition === undefined) known.delete(name);
        else known.set(name, definition);
      }
      now = definitionsNow([...known.values()]);
    },
  };
}

async function read(
  transaction: Session,
  missing: readonly ChangedRow[],
): Promise<ReadonlyMap<string, Definition | undefined>> {
  const found = new Map<string, Definition | undefined>();
  for (let from = 0; from < missing.length; from += chunk) {
    for (const body of await readBodies(transaction, missing.slice(from, from + chunk))) {
      const { ty, rank, deleted, content } = body;
      found.set(nameOf(body), deleted ? undefined : definitionOf(typeName(ty) as DefinitionType, content, rank));
    }
  }
  return found;
}

/** Undefined for a definition without url, which cannot be referenced. */
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

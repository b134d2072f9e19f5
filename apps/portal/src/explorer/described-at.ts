/** A type as the OpenAPI description of a FHIR server has it: its elements, and the value sets of its search parameters. */
import { jsonAt, keptAnswers, listOf, membersOf, textOf } from './kept.ts';

/** Milliseconds that it may take. */
const timeout = 10_000;
/** Types whose descriptions are cached. */
const most = 40;

export interface Described {
  /** Canonical of the value set of a token parameter, by the name of the parameter. */
  readonly valueSets: ReadonlyMap<string, string>;
  /** Members of a data type or resource, by the name of the type. */
  readonly members: ReadonlyMap<string, readonly Member[]>;
}

export interface Member {
  readonly name: string;
  /** Name of its data type; '' if unknown. */
  readonly type: string;
  readonly isList: boolean;
}

/** @returns a function that returns undefined while the server does not answer, and for an unknown type */
export function describedAt(base: string): (type: string) => Promise<Described | undefined> {
  return keptAnswers<string, Described>(
    async (type) => {
      const description = await jsonAt(`${base}/openapi.json?type=${encodeURIComponent(type)}`, { timeout });
      return description === undefined ? undefined : describedBy(description, type);
    },
    { most, timeout, keyOf: (type) => type },
  );
}

export function describedBy(description: unknown, type: string): Described {
  const { paths, components } = membersOf(description);
  const search = membersOf(membersOf(membersOf(paths)[`/${type}`])['get']);
  const valueSets = listOf(search['parameters'])
    .map(membersOf)
    .flatMap(({ name, 'x-fhir-value-set': valueSet }) => {
      return typeof name === 'string' && typeof valueSet === 'string' ? [[name, valueSet] as const] : [];
    });
  const schemas = Object.entries(membersOf(membersOf(components)['schemas']));
  return {
    valueSets: new Map(valueSets),
    members: new Map(schemas.map(([name, schema]) => [name, membersIn(membersOf(schema)['properties'])])),
  };
}

function membersIn(properties: unknown): Member[] {
  return Object.entries(membersOf(properties))
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, schema]) => {
      const { items } = membersOf(schema);
      return { name, type: typeIn(items ?? schema), isList: items !== undefined };
    });
}

/** The type that a schema refers to, also as one of two. */
function typeIn(schema: unknown): string {
  const { $ref, anyOf } = membersOf(schema);
  const reference = textOf($ref) || textOf(membersOf(listOf(anyOf)[0])['$ref']);
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** The members of the element at a path below a type; empty if there is no such element. */
export function membersAt({ members }: Described, type: string, path: readonly string[]): readonly Member[] {
  let at = type;
  for (const name of path) at = members.get(at)?.find((one) => one.name === name)?.type ?? '';
  return members.get(at) ?? [];
}

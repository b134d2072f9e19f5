/** Suggestions for a path: types, operations, parameters and modifiers, as the CapabilityStatement of the server declares them. */

import { listOf, membersOf, textOf } from './kept.ts';

export interface Suggestion {
  /** The whole path with it. */
  readonly path: string;
  /** The type of a parameter; '' for others. */
  readonly about: string;
}

/** The parts of a CapabilityStatement that are needed for completing paths. */
export interface Declared {
  readonly types: ReadonlyMap<string, DeclaredType>;
  readonly parameters: readonly Parameter[];
  /** Operations of the system, with the dollar sign. */
  readonly operations: readonly string[];
}

export interface DeclaredType {
  readonly parameters: readonly Parameter[];
  readonly operations: readonly string[];
  /** Canonicals of its installed profiles. */
  readonly profiles: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
}

/** Most suggestions at once. */
const most = 20;

/** https://hl7.org/fhir/R5/search.html#modifiers */
const modifiers: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    string: ['exact', 'contains', 'text', 'missing'],
    token: ['not', 'text', 'in', 'not-in', 'above', 'below', 'of-type', 'code-text', 'missing'],
    reference: ['identifier', 'above', 'below', 'missing'],
    uri: ['above', 'below', 'contains', 'missing'],
  }),
);

/** https://hl7.org/fhir/R5/search.html#prefix */
const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'];
const ordered: ReadonlySet<string> = new Set(['date', 'number', 'quantity']);

const ofResults: Readonly<Record<string, readonly string[]>> = {
  ...{ _count: ['10', '50'], _elements: [], _include: [], _revinclude: [], _sort: [] },
  ...{ _summary: ['true', 'text', 'data', 'count', 'false'], _total: ['none', 'estimate', 'accurate'] },
};

export function declaredBy(statement: unknown): Declared {
  const [rest] = listOf(membersOf(statement)['rest']).map(membersOf);
  const resources = listOf(rest?.['resource']).map(membersOf);
  return {
    types: new Map(
      resources.map((one) => [
        textOf(one['type']),
        {
          ...{ parameters: parametersOf(one['searchParam']), operations: operationsOf(one['operation']) },
          profiles: listOf(one['supportedProfile']).map(textOf),
        },
      ]),
    ),
    parameters: parametersOf(rest?.['searchParam']),
    operations: operationsOf(rest?.['operation']),
  };
}

const parametersOf = (value: unknown): Parameter[] =>
  listOf(value).map((one) => ({ name: textOf(membersOf(one)['name']), type: textOf(membersOf(one)['type']) }));

const operationsOf = (value: unknown): string[] => listOf(value).map((one) => `$${textOf(membersOf(one)['name'])}`);

/** Returns the suggestions for a path that is being typed; empty if nothing declared continues it. */
export function suggestionsFor(declared: Declared, typed: string): readonly Suggestion[] {
  const mark = typed.indexOf('?');
  const found = mark < 0 ? inPath(declared, typed) : inQuery(declared, typed.slice(0, mark), typed.slice(mark + 1));
  return found.filter(({ path }) => path !== typed).slice(0, most);
}

function inPath({ types, operations }: Declared, typed: string): Suggestion[] {
  const at = typed.lastIndexOf('/') + 1;
  const parts = typed.split('/').filter((part, index) => index > 0 || part !== '');
  const last = typed.slice(at);
  const begin = typed.slice(0, at) || '/';
  const own = types.get(parts[0] ?? '')?.operations ?? [];
  const known =
    parts.length <= 1
      ? [...types.keys(), ...operations, 'metadata', '_history']
      : [...own, '_history', ...(parts.length === 2 ? ['_search'] : [])];
  return beginningWith(last, known).map((text) => ({ path: begin + text, about: '' }));
}

function inQuery(declared: Declared, path: string, query: string): Suggestion[] {
  const [type = ''] = path
    .split('/')
    .filter((part) => part !== '')
    .slice(-1);
  const known = [...(declared.types.get(type)?.parameters ?? []), ...declared.parameters];
  const at = query.lastIndexOf('&') + 1;
  const last = query.slice(at);
  const begin = `${path}?${query.slice(0, at)}`;
  const equals = last.indexOf('=');
  if (equals >= 0)
    return valuesOf(known, last.slice(0, equals), last.slice(equals + 1)).map((value) =>
      bare(begin + last.slice(0, equals + 1) + value),
    );
  const colon = last.indexOf(':');
  if (colon >= 0) {
    const name = last.slice(0, colon);
    const ofType = modifiers.get(known.find((one) => one.name === name)?.type ?? '') ?? ['missing'];
    return beginningWith(last.slice(colon + 1), ofType).map((one) => bare(`${begin}${name}:${one}=`));
  }
  const names = new Map(known.map((one) => [one.name, one.type]));
  for (const name of Object.keys(ofResults)) if (!names.has(name)) names.set(name, '');
  return beginningWith(last, [...names.keys()]).map((name) => ({
    path: `${begin}${name}=`,
    about: names.get(name) ?? '',
  }));
}

const bare = (path: string): Suggestion => ({ path, about: '' });

function valuesOf(known: readonly Parameter[], name: string, typed: string): string[] {
  if (name === '_sort')
    return beginningWith(
      typed,
      known.map((one) => one.name),
    );
  const given = Object.hasOwn(ofResults, name) ? ofResults[name] : undefined;
  if (given !== undefined) return beginningWith(typed, given);
  const type = known.find((one) => one.name === name.split(':', 1)[0])?.type ?? '';
  if (name.endsWith(':missing')) return beginningWith(typed, ['true', 'false']);
  return ordered.has(type) && typed.length < 2 ? beginningWith(typed, prefixes) : [];
}

function beginningWith(typed: string, known: readonly string[]): string[] {
  const small = typed.toLowerCase();
  return known.filter((one) => one.toLowerCase().startsWith(small));
}

import type { PatchFaultKind } from '../../src/index.ts';

/** One case of a patch: a resource, the operations, and the exact resulting text or the expected fault. */
export type Case = {
  readonly name: string;
  /** An object, or the text itself if the spelling matters. */
  readonly on: object | string;
} & (
  { readonly gives: object | string } | { readonly fails: PatchFaultKind; readonly says: RegExp; readonly at?: number }
);

export interface JsonPatchCase {
  /** The array of operations, or the text of the patch. */
  readonly patch: readonly object[] | string;
}

/** An operation as `[type, path, parts]`; `parts` are written as `{ name: 'birthDate', valueDate: '1930-01-01' }`. */
export type ShortOperation = readonly [type: string, path: string, parts?: Readonly<Record<string, unknown>>];

export interface FhirPathPatchCase {
  /** Short operations, or the text of the Parameters. */
  readonly patch: readonly ShortOperation[] | string;
}

/** The text of an object or text. */
export function textOf(source: object | string): string {
  return typeof source === 'string' ? source : JSON.stringify(source);
}

/** The Parameters for short operations. */
export function parametersOf(operations: readonly ShortOperation[]): object {
  return { resourceType: 'Parameters', parameter: operations.map(operationParameter) };
}

function operationParameter([type, path, parts = {}]: ShortOperation): object {
  const value = Object.entries(parts).filter(([name]) => /^(?:_?value[A-Z]|parts$|resource$)/.test(name));
  return {
    name: 'operation',
    part: [
      { name: 'type', valueCode: type },
      { name: 'path', valueString: path },
      ...('name' in parts ? [{ name: 'name', valueString: parts['name'] }] : []),
      ...['index', 'source', 'destination']
        .filter((name) => name in parts)
        .map((name) => ({ name, valueInteger: parts[name] })),
      ...(value.length > 0
        ? [{ name: 'value', ...Object.fromEntries(value.map(([name, v]) => [name === 'parts' ? 'part' : name, v])) }]
        : []),
    ],
  };
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Publications of HL7 about R5 that these tests read. */
export type Json = Record<string, unknown>;

/** The folder of a data package; undefined when it is not installed. */
function folderOf(manifest: () => string): string | undefined {
  try {
    return dirname(fileURLToPath(manifest()));
  } catch {
    return undefined;
  }
}

const core = folderOf(() => import.meta.resolve('hl7.fhir.r5.core/package.json'));
const published = folderOf(() => import.meta.resolve('hl7.fhir.r5.examples/package.json'));

function* filesOf(folder: string | undefined, pattern: RegExp, every = 1, from = 0): Generator<Json> {
  if (folder === undefined || !existsSync(folder)) return;
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json') && pattern.test(file))
    .sort();
  for (const [i, file] of files.entries()) {
    if (i % every !== from) continue;
    const resource = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Json;
    if (typeof resource['resourceType'] === 'string') yield resource;
  }
}

/** Every `every`th published example from that of the number `from` on, in the order of file names. */
export function* examples(every = 1, from = 0): Generator<Json> {
  for (const resource of filesOf(published, /./, every, from)) yield resource;
}

export interface SearchParameter {
  readonly code: string;
  readonly base: readonly string[];
  readonly expression: string | undefined;
}

export function searchParameters(): SearchParameter[] {
  return [...filesOf(core, /^SearchParameter-/)].map((resource) => ({
    code: resource['code'] as string,
    base: resource['base'] as string[],
    expression: resource['expression'] as string | undefined,
  }));
}

export interface Invariant {
  readonly key: string;
  /** The type (`Quantity`), backbone element (`Patient.contact`) or element (`ElementDefinition.max`) it holds for. */
  readonly path: string;
  readonly expression: string;
}

/** Each constraint of each StructureDefinition where it is defined, not where it is inherited. */
export function invariants(definitions?: Iterable<Json>): Invariant[] {
  if (definitions !== undefined) return invariantsOf(definitions);
  // They are used rule by rule; reading the definitions takes a second.
  return (ofR5 ??= invariantsOf(filesOf(core, /^StructureDefinition-/)));
}

let ofR5: Invariant[] | undefined;

function invariantsOf(definitions: Iterable<Json>): Invariant[] {
  const found = new Map<string, Invariant>();
  for (const definition of definitions) {
    for (const view of ['differential', 'snapshot']) {
      const { element } = (definition[view] ?? { element: [] }) as { element: Json[] };
      for (const { path, constraint } of element) {
        for (const { key, expression, source } of (constraint ?? []) as Record<string, string | undefined>[]) {
          if (expression === undefined || (view === 'snapshot' && source !== definition['url'])) continue;
          const place = (path as string).replace('[x]', '');
          found.set(`${place} ${expression}`, { key: key!, path: place, expression });
        }
      }
    }
  }
  return [...found.values()];
}

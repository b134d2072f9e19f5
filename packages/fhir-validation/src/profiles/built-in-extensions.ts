import { createRequire } from 'node:module';
import type { StructureDefinition } from './definitions.ts';

/** Loads as `import` does, but only when it is called. */
const load = createRequire(import.meta.url);

let encoded: Readonly<Record<string, string>> | undefined;

/**
 * The definition of an extension that HL7 defines apart from R5 (the package hl7.fhir.uv.extensions.r5), by its canonical without a
 * version; undefined when it defines none. The file is read when an extension is first asked for.
 */
export function builtInExtension(url: string): StructureDefinition | undefined {
  if (!url.startsWith('http://hl7.org/fhir/')) return undefined;
  encoded ??= load('../../generated/extensions.json') as Readonly<Record<string, string>>;
  return Object.hasOwn(encoded, url) ? (JSON.parse(encoded[url]!) as StructureDefinition) : undefined;
}

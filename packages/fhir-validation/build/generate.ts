// Writes generated/definitions.ts: the invariants, the enumerable value sets and the profiles of R5, from the packages
// hl7.fhir.r5.core and hl7.fhir.r5.expansions; and generated/extensions.json, from hl7.fhir.uv.extensions.r5. `--if-stale` does nothing when the same inputs have already written it.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BaseDefinition, CodeSystem, ValueSet } from './packages.ts';
import type { SearchParameter } from './search-parameters.ts';
import { stampLine, isStale, outputFile } from './generated.mjs';

/** A constant that holds JSON as text: it is parsed when it is first needed, not when the module is loaded. */
function jsonConstant(name: string, value: unknown): string {
  const text = JSON.stringify(value).replaceAll('`', '\\u0060').replaceAll('${', '\\u0024{');
  return `export const ${name} = String.raw\`${text}\`;\n`;
}

if (!process.argv.includes('--if-stale') || isStale()) {
  // Loaded only when there is work: the check above must cost nothing at every start.
  const { readPackage } = await import('./packages.ts');
  const { encodeExtensions } = await import('./extensions.ts');
  const { encodeProfiles } = await import('./profiles.ts');
  const { encodeRules } = await import('./rules.ts');
  const { encodeSearchParameters } = await import('./search-parameters.ts');
  const { encodeValueSets } = await import('./value-sets.ts');
  const definitions = readPackage<BaseDefinition>('core', 'StructureDefinition');
  const valueSets = encodeValueSets(definitions, {
    expansions: readPackage<ValueSet>('expansions', 'ValueSet'),
    valueSets: readPackage<ValueSet>('core', 'ValueSet'),
    codeSystems: readPackage<CodeSystem>('core', 'CodeSystem'),
  });
  const content = [
    stampLine(),
    jsonConstant('rules', encodeRules(definitions)),
    jsonConstant('valueSets', valueSets),
    jsonConstant('profiles', encodeProfiles(definitions)),
    jsonConstant('searchParameters', encodeSearchParameters(readPackage<SearchParameter>('core', 'SearchParameter'))),
  ].join('');
  mkdirSync(dirname(outputFile), { recursive: true });
  const extensions = encodeExtensions(readPackage<BaseDefinition>('extensions', 'StructureDefinition'));
  writeWhole(join(dirname(outputFile), 'extensions.json'), JSON.stringify(extensions));
  writeWhole(outputFile, content);
}

/** Writes a file whole or not at all, so that a process which reads meanwhile never sees half of it. */
function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}

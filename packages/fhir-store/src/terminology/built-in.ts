import { readFile } from 'node:fs/promises';
import { contentFile, grammars, layered, readContent, type ConceptSource } from '@dhp/fhir-terminology';

let known: Promise<ConceptSource> | undefined;

/** Returns the built-in terminology, which is read once for all stores of the process: FHIR's and HL7's own, ISO's, and the grammars. */
export function builtIn(): Promise<ConceptSource> {
  known ??= readFile(contentFile).then((bytes) => layered(readContent(bytes), grammars()));
  known.catch(() => (known = undefined));
  return known;
}

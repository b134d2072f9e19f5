import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceBase } from '@dhp/fhir-model';
import { writeContent } from '../src/content/write-content.ts';
import { isoCodeSystems } from './iso.ts';
import { dataFolders } from './generated.mjs';

/** The bytes of generated/content.bin; the same packages give the same bytes. */
export function content(): Uint8Array {
  return writeContent(allResources(), { definitions: true });
}

function* allResources(): Generator<ResourceBase> {
  for (const folder of dataFolders) {
    for (const file of readdirSync(folder).sort()) {
      if (/^(CodeSystem|ValueSet|ConceptMap|NamingSystem)-.*\.json$/.test(file))
        yield JSON.parse(readFileSync(join(folder, file), 'utf8')) as ResourceBase;
    }
  }
  yield* isoCodeSystems();
}

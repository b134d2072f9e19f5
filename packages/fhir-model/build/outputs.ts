import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncodedModel } from '../src/model/encoding.ts';
import { encodePatientCompartment } from './compartment.ts';
import {
  definitionsFolder,
  readDefinitions,
  type CompartmentDefinition,
  type SearchParameter,
  type StructureDefinition,
} from './definitions.ts';
import { encodeTypes } from './elements.ts';
import { typescriptOf } from './typescript.ts';

/** The content of every generated file; the same input gives the same bytes. */
export function generate(): Record<'model.json' | 'types.ts', string> {
  const manifest = readFileSync(join(definitionsFolder(), 'package.json'), 'utf8');
  const { fhirVersions } = JSON.parse(manifest) as { fhirVersions: [string] };
  const structures = readDefinitions<StructureDefinition>('StructureDefinition');
  const types = encodeTypes(structures);
  const patient = readDefinitions<CompartmentDefinition>('CompartmentDefinition').find(
    ({ code }) => code === 'Patient',
  );
  if (patient === undefined) throw new Error('hl7.fhir.r5.core has no Patient compartment');
  const model: EncodedModel = {
    fhirVersion: fhirVersions[0],
    types,
    ...encodePatientCompartment(patient, readDefinitions<SearchParameter>('SearchParameter'), types),
  };
  return { 'model.json': JSON.stringify(model), 'types.ts': typescriptOf(structures, fhirVersions[0]) };
}

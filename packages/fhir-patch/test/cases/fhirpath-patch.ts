import type { Case, FhirPathPatchCase } from './case.ts';
import { operations } from './fhirpath-patch/operations.ts';
import { patches } from './fhirpath-patch/patches.ts';
import { places } from './fhirpath-patch/places.ts';
import { values } from './fhirpath-patch/values.ts';

export const cases: readonly (Case & FhirPathPatchCase)[] = [...patches, ...operations, ...values, ...places];

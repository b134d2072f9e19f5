import { declareGenerated } from '../../../scripts/install/generated.mjs';

/** The search parameters, written from the definitions of R5. */
export const {
  stampFile: outputFile,
  stampLine,
  isStale,
} = declareGenerated(import.meta.url, {
  manifests: [import.meta.resolve('hl7.fhir.r5.core/package.json')],
  stamp: 'src/parameters/definitions.ts',
});

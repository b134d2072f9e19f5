import { declareGenerated } from '../../../scripts/install/generated.mjs';

/** The rules of validation, written from the definitions of R5 and the expansions of its value sets. */
export const {
  stampFile: outputFile,
  stampLine,
  isStale,
} = declareGenerated(import.meta.url, {
  manifests: [
    import.meta.resolve('hl7.fhir.r5.core/package.json'),
    import.meta.resolve('hl7.fhir.r5.expansions/package.json'),
  ],
  stamp: 'generated/definitions.ts',
});

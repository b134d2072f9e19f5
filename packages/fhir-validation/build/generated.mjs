import { declareGenerated } from '../../../scripts/install/generated.mjs';

/** The rules of validation, written from the definitions of R5, the expansions of its value sets, and HL7's extensions. */
export const {
  stampFile: outputFile,
  stampLine,
  isStale,
} = declareGenerated(import.meta.url, {
  manifests: [
    import.meta.resolve('hl7.fhir.r5.core/package.json'),
    import.meta.resolve('hl7.fhir.r5.expansions/package.json'),
    import.meta.resolve('hl7.fhir.uv.extensions.r5/package.json'),
  ],
  stamp: 'generated/definitions.ts',
});

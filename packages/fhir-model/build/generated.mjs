import { dirname } from 'node:path';
import { declareGenerated } from '../../../scripts/install/generated.mjs';

/** The model, written from the definitions of R5 in the form that `encoding.ts` reads. */
export const { stampFile, stampLine, isStale } = declareGenerated(import.meta.url, {
  manifests: [import.meta.resolve('hl7.fhir.r5.core/package.json')],
  sources: ['src/model/encoding.ts'],
  stamp: 'generated/stamp.txt',
});

/** The folder that the generator writes. */
export const outputFolder = dirname(stampFile);

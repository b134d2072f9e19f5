import { dirname, join } from 'node:path';
import { declareGenerated } from '../../../scripts/install/generated.mjs';

/** Packages whose resources are built in; where two define the same version of something, the later one counts. */
const builtIn = [
  import.meta.resolve('hl7.fhir.r5.core/package.json'),
  import.meta.resolve('hl7.terminology.r5/package.json'),
  import.meta.resolve('hl7.fhir.uv.extensions.r5/package.json'),
];

/** The terminology that is built in, and the code that writes its file. */
export const { manifests, stampFile, stampLine, isStale } = declareGenerated(import.meta.url, {
  manifests: [
    ...builtIn,
    import.meta.resolve('currency-codes/package.json'),
    import.meta.resolve('i18n-iso-countries/package.json'),
  ],
  sources: ['src/content', 'src/table', 'src/source'],
  stamp: 'generated/stamp.txt',
});

export const dataFolders = manifests.slice(0, builtIn.length).map((manifest) => dirname(manifest));
export const outputFolder = dirname(stampFile);
export const outputFile = join(outputFolder, 'content.bin');

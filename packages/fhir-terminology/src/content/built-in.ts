/**
 * URL of the content file that is built when this package is installed: FHIR R5's own code systems, value sets and concept maps, HL7
 * Terminology, those of the extensions package, ISO 3166-1 and ISO 4217. This package opens no files: the caller reads it and passes the
 * bytes to `readContent`.
 */
export const contentFile: URL = new URL('../../generated/content.bin', import.meta.url);

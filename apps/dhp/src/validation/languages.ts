import type { Language } from '@dhp/fhir-validation';

/** The languages of findings, as values of `dhp validate --language`. */
export const languages = ['uz', 'ru', 'en'] as const satisfies readonly Language[];

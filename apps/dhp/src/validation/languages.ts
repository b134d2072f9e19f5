import type { Language } from '@dhp/fhir-validation';

/** The languages of findings, as `dhp validate --language` takes them. */
export const languages = ['uz', 'ru', 'en'] as const satisfies readonly Language[];

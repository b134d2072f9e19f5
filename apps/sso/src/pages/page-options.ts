import type { Language } from '../http/language.ts';

export interface PageOptions {
  language: Language;
  /** Ties the forms to the sign-in or session of this browser. */
  csrf: string;
}

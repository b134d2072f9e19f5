import type { Language } from '@dhp/negotiation';

export interface PageOptions {
  language: Language;
  /** Ties the forms to the sign-in or session of this browser. */
  csrf: string;
}

export interface FormOptions extends PageOptions {
  /** Where the form is sent; default: to the page itself. */
  action?: string;
}

export function actionOf({ action, language }: FormOptions): string {
  return action ?? `?ui_locales=${language}`;
}

import type { Language } from '@dhp/negotiation';

export interface PageOptions {
  language: Language;
  /** Ties the forms to the sign-in or session of this browser. */
  csrf: string;
}

export interface FormOptions extends PageOptions {
  /** Address to which the form is sent; default: the page itself. */
  action?: string;
}

export function actionOf({ action, language }: FormOptions): string {
  return action ?? `?ui_locales=${language}`;
}

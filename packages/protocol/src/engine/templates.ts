/** The pages that the engine shows itself, as functions to HTML: it says when they are shown, their makers how they look. */
import type { Language } from '@dhp/negotiation';

/** As RFC 6749 section 4.1.2.1 names it. */
export interface AuthorizationError {
  error: string;
  description: string;
}

export interface EngineForm {
  language: Language;
  /** Address to which the form is sent. */
  action: string;
  /** Ties the form to this browser. */
  xsrf: string;
  languageLink: ((language: Language) => string) | undefined;
}

export interface EngineTemplates {
  /** @param o.failed why the page is shown again: the code was wrong, or the form did not come from this browser */
  userCode: (o: EngineForm & { userCode: string; failed: 'wrong' | 'lost' | undefined }) => string;
  confirmDevice: (o: EngineForm & { userCode: string; client: string }) => string;
  deviceDone: (language: Language) => string;
  deviceEnded: (language: Language) => string;
  deviceWait: (language: Language) => string;
  logout: (o: EngineForm) => string;
  signedOut: (language: Language, languageLink: EngineForm['languageLink']) => string;
  /** Somebody has signed in over the session of another person. */
  anotherPerson: (o: EngineForm) => string;
  /** The script of that page, which its policy allows. */
  goOnScript: string;
  /** For an authorization request that cannot be answered at the client's address. */
  invalidRequest: (language: Language, error: AuthorizationError) => string;
}

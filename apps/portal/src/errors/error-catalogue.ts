/** All information about error codes: of the FHIR servers from their catalogue, of the Single Sign-On by OAuth code. */
import { languages, type TextLanguage } from '@dhp/negotiation';
import { oauthErrorCauseMessages, type OauthErrorCauseMessages } from '../texts/oauth-error-cause.ts';
import { oauthErrorRemedyMessages } from '../texts/oauth-error-remedy.ts';
import catalogue from './catalogue.json' with { type: 'json' };

type InLanguages = Readonly<Record<TextLanguage, string>>;

export interface ErrorAbout {
  readonly code: string;
  readonly kind: 'fhir' | 'notice' | 'oauth';
  readonly status?: number;
  /** Of FHIR's issue-severity and issue-type. */
  readonly severity?: string;
  readonly issue?: string;
  /** The message of the server; names of its values in braces. Codes and links as in Markdown. */
  readonly sentence?: InLanguages;
  readonly cause?: InLanguages;
  readonly remedy?: InLanguages;
  /** Lines. */
  readonly headers?: string;
  /** The body of an answer. */
  readonly example?: string;
}

const ofFhir: readonly ErrorAbout[] = Object.entries(catalogue).map(([code, about]) => ({
  code,
  kind: 'status' in about ? 'fhir' : 'notice',
  ...about,
}));

const ofOauth: readonly ErrorAbout[] = (
  Object.keys(oauthErrorCauseMessages.en) as (keyof OauthErrorCauseMessages)[]
).map((code) => ({
  code,
  kind: 'oauth',
  cause: inLanguages((one) => oauthErrorCauseMessages[one][code]),
  remedy: inLanguages((one) => oauthErrorRemedyMessages[one][code]),
}));

function inLanguages(textIn: (language: TextLanguage) => string): InLanguages {
  return Object.fromEntries(languages.map((one) => [one, textIn(one)])) as InLanguages;
}

/** Every code that has a page, in the order of the list. */
export const errorsAbout: readonly ErrorAbout[] = [...ofFhir, ...ofOauth];

const byCode = new Map(errorsAbout.map((about) => [about.code, about]));

/** Undefined for an unknown code. */
export function errorAbout(code: string): ErrorAbout | undefined {
  return byCode.get(code);
}

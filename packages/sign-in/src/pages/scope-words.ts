/** Scopes of SMART App Launch in words that a person knows. */
import { parseScope } from '@dhp/smart-scopes';
import type { Language } from '@dhp/negotiation';
import { resourceName } from './resource-names.ts';
import { signInMessages } from '../texts/sign-in.ts';

export interface ScopeWords {
  kind: 'person' | 'time' | 'record';
  what: string;
  /** Permitted actions on records: see, add, change … */
  may: string;
}

/**
 * An unknown scope is shown unchanged.
 * @param patient whose record the `patient/` scopes concern
 */
export function scopeWords(token: string, language: Language, patient: 'own' | 'chosen' = 'own'): ScopeWords {
  const { scope: text } = signInMessages[language];
  const scope = parseScope(token);
  if (scope === undefined) {
    const what = Object.hasOwn(text, token) ? text[token as 'openid'] : token;
    return { kind: /_access$/.test(token) ? 'time' : 'person', what, may: '' };
  }
  const kind = scope.type === '*' ? text.everything : resourceName(scope.type, language);
  const { permissions } = scope;
  const may = [
    permissions.has('r') ? text.r : permissions.has('s') ? text.s : '',
    ...(['c', 'u', 'd'] as const).map((one) => (permissions.has(one) ? text[one] : '')),
  ].filter((word) => word !== '');
  const narrowed = scope.query === undefined ? '' : ` (${text.narrowed({ condition: scope.query })})`;
  const whose =
    scope.context !== 'patient'
      ? text.user({ what: kind })
      : patient === 'own'
        ? text.patient({ what: kind })
        : text.chosen({ what: kind });
  return { kind: 'record', what: `${whose}${narrowed}`, may: may.join(', ') };
}

/**
 * Without `openid` there is no sign-in. The launch scopes, which only state whose record it is, are required too: an application that has
 * access to a record and does not know whose would show it as another patient's.
 */
export function isRequired(token: string): boolean {
  return token === 'openid' || token === 'launch' || token.startsWith('launch/');
}

export function scopeSentence(token: string, language: Language): string {
  const { what, may } = scopeWords(token, language);
  return may === '' ? what : `${what} (${may})`;
}

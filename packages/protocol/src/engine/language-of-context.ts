/** In which language a request is answered that the engine works on. */
import type { EngineContext } from 'oidc-provider';
import type { Language } from '@dhp/negotiation';

/** Returns the language in which a request is answered. */
export type LanguageOf = (request: { header: string; cookies: string; asked: string | undefined }) => Language;

export function languageOfContext(ctx: EngineContext, languageOf: LanguageOf): Language {
  // The context exists once the engine has begun processing the request.
  const params = (ctx.oidc as EngineContext['oidc'] | undefined)?.params;
  const asked = [ctx.query['ui_locales'], params?.['ui_locales']].find((one) => typeof one === 'string');
  return languageOf({
    header: ctx.get('Accept-Language'),
    cookies: ctx.get('Cookie'),
    asked,
  });
}

/** The language that a page is written in. */
import { choosePageLanguage, isPageLanguage, type Language } from '@dhp/negotiation';
import { rememberedLanguage } from '@dhp/web-kit';

/** The name of the cookie that remembers a choice made with `?lang=`. */
export const cookieName = 'dhp_lang';

/** The language to answer in: that of the address (`?lang=`), otherwise the one chosen before (cookie), otherwise by Accept-Language. */
export function pageLanguage(
  wishes: { lang?: unknown; cookie?: string | undefined; acceptLanguage?: string | undefined },
  fallback: Language,
): Language {
  if (isPageLanguage(wishes.lang)) return wishes.lang;
  return rememberedLanguage(wishes.cookie, cookieName) ?? choosePageLanguage(wishes.acceptLanguage, fallback);
}

/** The pages of signing out: the question, and that it is done. */
import type { Language } from '@dhp/negotiation';
import type { EngineForm } from '../engine/templates.ts';
import { page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { logoutMessages } from '../texts/logout.ts';

/**
 * @param o.action address of the form
 * @param o.xsrf binds it to this browser
 */
export function logoutPage(o: EngineForm): string {
  const text = logoutMessages[o.language];
  const main = markup`<h1>${text.ask}</h1>
<p>${text.from}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<button name="logout" value="yes">${text.yes}</button>
<button class="other" name="stay" value="yes">${text.no}</button>
</form>`;
  return page({ language: o.language, title: text.ask, main, languageLink: o.languageLink });
}

export function signedOutPage(language: Language, languageLink: EngineForm['languageLink']): string {
  const text = logoutMessages[language];
  const main = markup`<h1>${text.done}</h1>
<p role="status">${text.doneCure}</p>
<a class="button other" href="/account?ui_locales=${language}">${text.again}</a>`;
  return page({ language, title: text.done, main, languageLink });
}

/** Submits the form of the page automatically; without scripts, the person uses the button. */
export const goOnScript = `document.forms[0].submit()`;

/**
 * Shown when somebody has signed in over the session of another person.
 * @param o.action address that ends the previous session
 * @param o.xsrf binds the form to this browser
 */
export function anotherPersonPage(o: EngineForm): string {
  const text = logoutMessages[o.language];
  const main = markup`<h1>${text.other}</h1>
<p>${text.otherCure}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}"><input type="hidden" name="logout" value="yes">
<button>${text.goOn}</button>
</form>`;
  return page({ language: o.language, title: text.other, main, languageLink: o.languageLink, script: goOnScript });
}

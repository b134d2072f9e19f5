/** The pages at which a person admits a device: entering the code, the question, and the result. */
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import type { EngineForm } from '../engine/templates.ts';
import { deviceMessages } from '../texts/device.ts';

/** @param o.failed why the page is shown again: the code was wrong, or the form did not come from this browser */
export function userCodePage(o: EngineForm & { userCode: string; failed: 'wrong' | 'lost' | undefined }): string {
  const text = deviceMessages[o.language];
  const main = markup`<h1>${text.title}</h1>
<p>${text.about}</p>
${o.failed === undefined ? markup`` : markup`<p class="alarm" role="alert">${text[o.failed]}</p>`}
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<label for="user_code">${text.code}</label>
<input id="user_code" name="user_code" value="${o.userCode}" autocomplete="off" autocapitalize="characters" spellcheck="false"
 required autofocus>
<button>${text.continue}</button>
</form>`;
  return page({ language: o.language, title: text.title, main, languageLink: o.languageLink });
}

export function confirmDevicePage(o: EngineForm & { userCode: string; client: string }): string {
  const text = deviceMessages[o.language];
  const main = markup`<h1>${text.ask}</h1>
<p><strong>${o.client}</strong></p>
<p>${text.same({ code: o.userCode })}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<input type="hidden" name="user_code" value="${o.userCode}">
<button name="confirm" value="yes">${text.yes}</button>
<button class="other" name="abort" value="yes">${text.no}</button>
</form>`;
  return page({ language: o.language, title: text.ask, main });
}

export function deviceDonePage(language: Language): string {
  const text = deviceMessages[language];
  return page({ language, title: text.done, main: markup`<h1>${text.done}</h1>\n<p>${text.doneCure}</p>` });
}

export function deviceEndedPage(language: Language): string {
  const text = deviceMessages[language];
  return page({ language, title: text.title, main: markup`<h1>${text.title}</h1>\n<p>${text.ended}</p>` });
}

export function deviceWaitPage(language: Language): string {
  const text = deviceMessages[language];
  return page({ language, title: text.title, main: markup`<h1>${text.title}</h1>\n<p role="alert">${text.wait}</p>` });
}

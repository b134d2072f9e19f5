import { paperCodePath } from '@dhp/accounts/sign-in';
import type { Language } from '@dhp/negotiation';
import { page } from '@dhp/sso-pages';
import { markup } from '@dhp/web-kit';
import { paperMessages } from '../texts/paper.ts';
import { signInMessages } from '../texts/sign-in.ts';

/**
 * The page for entering a code from paper. The entered code is not shown again.
 * @param o.waitMinutes for which no code is accepted from the visitor's network
 */
export function paperCodePage(language: Language, o: { isWrong?: boolean; waitMinutes?: number } = {}): string {
  const text = paperMessages[language];
  const sentence =
    o.waitMinutes !== undefined
      ? signInMessages[language].throttled({ minutes: o.waitMinutes })
      : o.isWrong === true
        ? text.wrong
        : undefined;
  const alarm = sentence === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${sentence}</p>`;
  const described = sentence === undefined ? markup`` : markup` aria-describedby="wrong"`;
  const main = markup`<h1>${text.title}</h1>
<p class="quiet">${text.hint}</p>${alarm}
<form method="post" action="${paperCodePath}?ui_locales=${language}">
<label for="code">${text.code}</label>
<input id="code" name="code" maxlength="40" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus${described}>
<button>${text.go}</button>
</form>`;
  return page({ language, title: text.title, main, languageLink: (other) => `${paperCodePath}?ui_locales=${other}` });
}

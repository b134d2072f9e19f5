/** The pages of a sign-in: name and password, consent, and what is said when it cannot go on. */
import { parseScope, permissionOrder } from '@dhp/smart-scopes';
import type { AuthorizationError } from '../engine/engine.ts';
import type { SignIn } from '../engine/sign-in.ts';
import type { Language } from '../http/language.ts';
import { markup, page, type Html } from './layout.ts';
import { texts, type Texts } from './texts.ts';

interface PageOptions {
  language: Language;
  /** Ties the form to the sign-in of this browser. */
  csrf: string;
}

export function loginPage(
  signIn: SignIn,
  { language, csrf, username, failed }: PageOptions & { username?: string; failed?: boolean },
): string {
  const text = texts[language];
  const name = username ?? signIn.loginHint ?? '';
  // The field to type into first has the focus: the password when the name is there already.
  const first = (isFirst: boolean): Html => (isFirst ? markup` autofocus` : markup``);
  const main = markup`<h1>${text.signIn}</h1>
<p class="quiet">${text.signInFor(signIn.client.name)}</p>
${failed === true ? markup`<p class="alarm" role="alert">${text.wrong}</p>` : markup``}
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<label for="username">${text.username}</label>
<input id="username" name="username" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false"
 required${first(name === '')}>
<label for="password">${text.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${first(name !== '')}>
<button name="step" value="login">${text.continue}</button>
<button class="other" name="step" value="refuse" formnovalidate>${text.cancel}</button>
</form>`;
  return page({ language, title: text.signIn, main, languageLink: linkTo });
}

export function consentPage(signIn: SignIn, { language, csrf }: PageOptions): string {
  const text = texts[language];
  const main = markup`<h1>${text.consent}</h1>
<p class="quiet">${text.signedInAs(signIn.person?.account.name ?? '')}</p>
<p>${text.consentFor(signIn.client.name)}</p>
<ul>${signIn.possible.map((scope) => markup`<li>${describeScope(scope, text)}</li>`)}</ul>
<p class="quiet">${text.goesTo(placeOf(signIn.redirectUri))}</p>
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<button name="step" value="allow">${text.allow}</button>
<button class="other" name="step" value="refuse">${text.deny}</button>
</form>`;
  return page({ language, title: text.consent, main, languageLink: linkTo });
}

export function expiredPage(language: Language): string {
  const text = texts[language];
  const main = markup`<h1>${text.expired}</h1>
<p>${text.expiredCure}</p>`;
  return page({ language, title: text.expired, main });
}

export function invalidRequestPage(language: Language, { error, description }: AuthorizationError): string {
  const text = texts[language];
  const main = markup`<h1>${text.invalid}</h1>
<p>${text.invalidCure}</p>
<p class="quiet">${text.forDevelopers}: <code>${error}</code>${description === '' ? '' : ` – ${description}`}</p>`;
  return page({ language, title: text.invalid, main });
}

const linkTo = (language: Language): string => `?ui_locales=${language}`;

function placeOf(uri: string): string {
  const url = URL.parse(uri);
  return url === null ? '' : url.host || url.protocol.replace(/:$/, '');
}

/** A scope as a sentence; a word that the pages do not know is shown as it is. */
function describeScope(token: string, { scope: text }: Texts): string {
  const scope = parseScope(token);
  if (scope === undefined) return Object.hasOwn(text, token) ? text[token as 'openid'] : token;
  const what = scope.type === '*' ? text.everything : scope.type;
  const may = permissionOrder.filter((one) => scope.permissions.has(one)).map((one) => text[one]);
  const narrowed = scope.query === undefined ? '' : ` (${text.narrowed(scope.query)})`;
  return `${scope.context === 'patient' ? text.patient(what, may.join(', ')) : text.user(what, may.join(', '))}${narrowed}`;
}

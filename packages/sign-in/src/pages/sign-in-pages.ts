/** The pages of a sign-in: name and password, consent, and the pages shown when it cannot continue. */
import type { AuthorizationError, SignIn } from '@dhp/protocol';
import type { Language } from '@dhp/negotiation';
import type { PatientSummary } from '@dhp/accounts/records';
import { chosenPatient } from './patient-pages.ts';
import { clientHead, linkTo, page, type PageOptions, symbols } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { isRequired, scopeWords } from './scope-words.ts';
import { signUpPath } from '@dhp/accounts/own';
import { paperCodePath } from '@dhp/accounts/sign-in';
import { forgottenPath } from './password-pages.ts';
import { signUpMessages } from '../texts/sign-up.ts';
import { passkeyForm } from './passkey-form.ts';
import { passkeyScript } from './passkey-script.ts';
import { factorMessages } from '../texts/factor.ts';
import { linkMessages } from '../texts/link.ts';
import { paperMessages } from '../texts/paper.ts';
import { passwordMessages } from '../texts/password.ts';
import { signInMessages } from '../texts/sign-in.ts';

/** Links, not forms: if a form ends in a redirect, browsers apply the page's policy to it. */
function upstreamLinks({
  upstreams,
  language,
  takesPassword,
}: {
  upstreams: readonly { id: string; name: string }[];
  language: Language;
  takesPassword: boolean;
}): Html {
  if (upstreams.length === 0) return markup``;
  const links = upstreams.map(
    ({ id, name }) =>
      markup`<a class="button other" href="?upstream=${id}">${signInMessages[language].signInBy({ system: name })}</a>`,
  );
  return takesPassword ? markup`<p class="or">${factorMessages[language].or}</p>${links}` : markup`${links}`;
}

export type SignInFailure =
  | { because: 'upstream' }
  | { because: 'wrong' }
  | { because: 'expired' }
  | { because: 'passkey' }
  | { because: 'throttled'; seconds: number }
  /** The link was made by an old rule; `from`: the id of the identity system. */
  | { because: 'unconfirmed'; from: string };

function failureText(failure: SignInFailure, language: Language): string {
  if (failure.because === 'passkey') return factorMessages[language].passkeyFailed;
  if (failure.because === 'wrong') return signInMessages[language].wrong;
  if (failure.because === 'expired') return passwordMessages[language].expired;
  if (failure.because === 'upstream') return signInMessages[language].notConfirmed;
  if (failure.because === 'unconfirmed') return linkMessages[language].unconfirmed;
  return signInMessages[language].throttled({ minutes: Math.ceil(failure.seconds / 60) });
}

/** Link back to the identity system, to sign in with a new account. */
function ownAccountLink(from: string, language: Language): Html {
  return markup`<a class="button other" href="?upstream=${from}&own=yes">${linkMessages[language].ownAccount}</a>`;
}

export function loginPage(
  signIn: SignIn,
  o: PageOptions & {
    username?: string;
    failed?: SignInFailure;
    /** Absent if the client accepts no passkeys. */
    passkey: object | undefined;
    takesPassword: boolean;
    canReset: boolean;
    canSignUp: boolean;
    upstreams: readonly { id: string; name: string }[];
  },
): string {
  const { language, csrf, username, failed } = o;
  const text = signInMessages[language];
  const name = username ?? signIn.loginHint ?? '';
  // The field to type into first has the focus: the password when the name is there already.
  const first = (isFirst: boolean): Html => (isFirst ? markup` autofocus` : markup``);
  const forgotten = markup`<p class="hint"><a href="${forgottenPath}?ui_locales=${language}">${passwordMessages[language].forgotten}</a></p>`;
  const signUp = markup`<p class="hint"><a href="${signUpPath}?ui_locales=${language}">${signUpMessages[language].offer}</a></p>`;
  const onPaper = markup`<p class="hint"><a href="${paperCodePath}?ui_locales=${language}">${paperMessages[language].offer}</a></p>`;
  const invalid = failed !== undefined ? markup` aria-invalid="true" aria-describedby="wrong"` : markup``;
  const passwordForm = markup`<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<label for="username">${text.username}</label>
<input id="username" name="username" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false"
 required${invalid}${first(name === '')}>
<label for="password">${text.password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${invalid}${first(name !== '')}>${o.canReset ? forgotten : markup``}
<button name="step" value="login">${text.continue}</button>${o.canSignUp ? signUp : markup``}${o.canReset ? onPaper : markup``}
</form>`;
  const label = factorMessages[language].withPasskey;
  const or = o.takesPassword && o.upstreams.length === 0;
  const main = markup`${clientHead(signIn.client, text.signInFor)}
<h1>${text.signIn}</h1>
${failed === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${failureText(failed, language)}</p>`}${failed?.because === 'unconfirmed' ? ownAccountLink(failed.from, language) : markup``}
${o.takesPassword ? passwordForm : markup``}
${upstreamLinks(o)}${o.passkey === undefined ? markup`` : passkeyForm(o, o.passkey, { step: 'passkey', label, or })}
<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}">
<button class="plain" name="step" value="refuse">${text.cancel}</button>
</form>`;
  return page({ language, title: text.signIn, main, languageLink: linkTo, script: passkeyScript });
}

/** @param o.patient the patient in context, if the person chose one */
export function consentPage(
  signIn: SignIn,
  o: PageOptions & { patient?: PatientSummary | undefined; declined: ReadonlySet<string> },
): string {
  const { language, csrf, patient } = o;
  const text = signInMessages[language];
  const again =
    patient === undefined
      ? markup``
      : markup`<form method="post" action="?ui_locales=${language}"><input type="hidden" name="csrf" value="${csrf}">${chosenPatient(patient, o)}</form>`;
  const main = markup`${clientHead(signIn.client, text.wantsAccess)}
<h1>${text.consent}</h1>
<p class="quiet">${text.signedInAs({ name: signIn.person?.account.name ?? '' })}</p>
${again}<form method="post" action="?ui_locales=${language}">
<input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="boxes" value="yes">
<fieldset><legend>${text.consentFor({ client: signIn.client.name })}</legend>
<ul class="asks">${signIn.possible.map((scope) => scopeRow(scope, o))}</ul></fieldset>
<p class="quiet small">${signIn.possible.every(isRequired) ? '' : text.leaveOut}${signIn.redirectUri === '' ? '' : ` ${text.goesTo({ host: placeOf(signIn.redirectUri) })}`} ${text.revocable}</p>
<div class="pair"><button name="step" value="allow">${text.allow}</button>
<button class="other" name="step" value="refuse">${text.deny}</button></div>
</form>`;
  return page({ language, title: text.consent, main, languageLink: linkTo });
}

export function expiredPage(language: Language): string {
  const text = signInMessages[language];
  const main = markup`<h1>${text.expired}</h1>
<p>${text.expiredCure}</p>`;
  return page({ language, title: text.expired, main, languageLink: linkTo });
}

export function invalidRequestPage(language: Language, { error, description }: AuthorizationError): string {
  const text = signInMessages[language];
  const main = markup`<h1>${text.invalid}</h1>
<p>${text.invalidCure}</p>
<p class="quiet small">${text.forDevelopers}: <code>${error}</code>${description === '' ? '' : ` – ${description}`}</p>`;
  return page({ language, title: text.invalid, main });
}

function placeOf(uri: string): string {
  const url = URL.parse(uri);
  return url === null ? '' : url.host || url.protocol.replace(/:$/, '');
}

function scopeRow(
  token: string,
  {
    language,
    patient,
    declined,
  }: { language: Language; patient?: PatientSummary | undefined; declined: ReadonlySet<string> },
): Html {
  const { kind, what, may } = scopeWords(token, language, patient === undefined ? 'own' : 'chosen');
  const symbol = { person: symbols.person, time: symbols.clock, record: symbols.record }[kind];
  const required = isRequired(token);
  const state = required ? markup` checked disabled` : declined.has(token) ? markup`` : markup` checked`;
  const small = [may, required ? signInMessages[language].required : ''].filter((one) => one !== '').join('; ');
  return markup`<li><label><input type="checkbox" name="scope" value="${token}"${state}>${symbol}<span>${what}${small === '' ? markup`` : markup`<small>${small}</small>`}</span></label></li>`;
}

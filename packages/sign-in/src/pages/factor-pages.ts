/** The second factor: asking for it, setting it up during a sign-in, and its recovery codes. */
import { renderSVG } from 'uqr';
import type { SignIn } from '@dhp/protocol';
import { page, actionOf, type FormOptions, type PageOptions, clientHead, linkTo } from '@dhp/sso-pages';
import { markup, trustedHtml, type Html } from '@dhp/web-kit';
import { passkeyForm } from './passkey-form.ts';
import { passkeyScript } from './passkey-script.ts';
import { factorMessages } from '../texts/factor.ts';
import { signInMessages } from '../texts/sign-in.ts';

export type CodeFailure = 'wrong' | 'locked';

/** Asks for a code; if the person has a passkey, it can be used instead. */
export function codePage(
  signIn: SignIn,
  o: PageOptions & { hasCodes: boolean; passkey: object | undefined; failed?: CodeFailure },
): string {
  const text = factorMessages[o.language];
  const main = markup`${clientHead(signIn.client, signInMessages[o.language].signInFor)}
<h1>${text.code}</h1>
${o.hasCodes ? codeForm(o, text.codeHint, o.failed) : markup``}
${o.passkey === undefined ? markup`` : passkeyForm(o, o.passkey, { step: 'passkey', label: text.withPasskey, or: o.hasCodes })}
${cancelForm(o)}`;
  const script = o.passkey === undefined ? undefined : passkeyScript;
  return page({ language: o.language, title: text.code, main, languageLink: linkTo, script });
}

/** Sets codes up, or a passkey, because the role or the client demands a second factor. */
export function enrolPage(
  signIn: SignIn,
  o: PageOptions & { uri: string; secret: string; passkey: object; failed?: CodeFailure },
): string {
  const text = factorMessages[o.language];
  const main = markup`${clientHead(signIn.client, signInMessages[o.language].signInFor)}
<h1>${text.enrol}</h1>
<p>${text.enrolWhy}</p>
${enrolment(o)}
${passkeyForm(o, o.passkey, { step: 'make-passkey', label: text.makePasskey, or: true, hint: text.passkeyHint })}
${cancelForm(o)}`;
  return page({ language: o.language, title: text.enrol, main, languageLink: linkTo, script: passkeyScript });
}

/** The steps, the QR code and the field for the first code. */
export function enrolment(o: FormOptions & { uri: string; secret: string; failed?: CodeFailure }): Html {
  const text = factorMessages[o.language];
  const { 1: install, 2: scan, 3: enter } = text.enrolSteps;
  const picture = trustedHtml(renderSVG(o.uri, { border: 1, ecc: 'M' }));
  const groups = o.secret.match(/.{1,4}/g) ?? [];
  return markup`<ol class="steps"><li>${install}</li><li>${scan}</li></ol>
<figure class="qr" role="img" aria-label="${text.qr}">${picture}</figure>
<p class="quiet small">${text.secret}: <code>${groups.join(' ')}</code></p>
${codeForm(o, enter, o.failed, 'enrol')}`;
}

export function recoveryCodesPage(o: FormOptions & { codes: readonly string[] }): string {
  const text = factorMessages[o.language];
  const main = markup`<h1>${text.recovery}</h1>
<p>${text.recoveryHint}</p>
<ul class="codes">${o.codes.map((code) => markup`<li><code>${code}</code></li>`)}</ul>
<form method="post" action="${actionOf(o)}">
<input type="hidden" name="csrf" value="${o.csrf}">
<button name="step" value="recovery-kept">${text.recoveryGo}</button>
</form>`;
  return page({ language: o.language, title: text.recovery, main });
}

function codeForm(o: FormOptions, hint: string, failed: CodeFailure | undefined, step = 'code'): Html {
  const text = factorMessages[o.language];
  const said = failed === 'locked' ? text.lockedCode : text.wrongCode;
  const alarm = failed === undefined ? markup`` : markup`<p class="alarm" role="alert" id="wrong">${said}</p>`;
  const length = step === 'enrol' ? markup` maxlength="8" inputmode="numeric"` : markup` maxlength="14"`;
  return markup`${alarm}<form method="post" action="${actionOf(o)}">
<input type="hidden" name="csrf" value="${o.csrf}">
<label for="code">${text.codeField}</label>
<p class="hint" id="code-hint">${hint}</p>
<input class="code" id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required${length}
 aria-describedby="code-hint"${failed === undefined ? markup`` : markup` aria-invalid="true"`}>
<button name="step" value="${step}">${text.confirm}</button>
</form>`;
}

function cancelForm(o: PageOptions): Html {
  return markup`<form method="post" action="?ui_locales=${o.language}">
<input type="hidden" name="csrf" value="${o.csrf}">
<button class="plain" name="step" value="refuse">${signInMessages[o.language].cancel}</button>
</form>`;
}

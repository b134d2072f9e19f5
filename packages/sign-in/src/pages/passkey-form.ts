/** The form of a passkey: its script fills in the answer of the authenticator, and sends it. */
import { markup, type Html } from '@dhp/web-kit';
import { actionOf, type FormOptions } from '@dhp/sso-pages';
import { factorMessages } from '../texts/factor.ts';
import { ownMessages } from '../texts/own.ts';

/** Hidden until the script finds that the browser supports passkeys. */
export function passkeyForm(
  o: FormOptions,
  options: object,
  {
    step,
    label,
    or,
    hint,
    isNamed = false,
  }: { step: string; label: string; or: boolean; hint?: string; isNamed?: boolean },
): Html {
  const text = factorMessages[o.language];
  return markup`<form method="post" action="${actionOf(o)}" data-passkey="${JSON.stringify(options)}" hidden>
${or ? markup`<p class="or">${text.or}</p>` : markup``}
${hint === undefined ? markup`` : markup`<p class="hint">${hint}</p>`}
${isNamed ? nameField(o) : markup``}<input type="hidden" name="csrf" value="${o.csrf}"><input type="hidden" name="credential" value="">
<p class="alarm" role="alert" hidden>${text.passkeyFailed}</p>
<button class="other" name="step" value="${step}">${label}</button>
</form>`;
}

function nameField({ language }: FormOptions): Html {
  const text = ownMessages[language];
  return markup`<label for="passkey-name">${text.passkeyName}</label><p class="hint" id="passkey-name-hint">${text.passkeyNameHint}</p>
<input id="passkey-name" name="name" maxlength="60" autocomplete="off" aria-describedby="passkey-name-hint">`;
}

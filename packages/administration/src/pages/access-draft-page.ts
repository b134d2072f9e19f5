/** A draft of access policies: written, checked, tried, and put into force. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import type { FaultAt, LossOf } from '../access/access-answers.ts';
import { reasonLength } from '../acts/reason.ts';
import { pathOfAccess } from './access-pages.ts';
import { card, choice, operatorPage, type OperatorPageOptions } from './frame.ts';
import { failureWords } from './failure-texts.ts';
import { area, earlierSignIn } from './question-page.ts';
import { accessMessages } from '../texts/access.ts';
import { accessActMessages } from '../texts/access-act.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface Draft {
  readonly environment: EnvironmentName;
  readonly text: string;
  /** The version that was in force when the draft was begun; 0 if none was. */
  readonly base: string;
  readonly purpose: string;
  readonly reason?: string;
  /** Undefined: it was not checked. */
  readonly faults?: readonly FaultAt[];
  /** Undefined: it was not tried. */
  readonly losses?: readonly LossOf[];
  /** Why it was not put into force. */
  readonly failed?: { readonly kind: string; readonly message: string } | 'reason' | 'sign-in' | 'earlier-sign-in';
}

const purposes = ['TREAT', 'HOPERAT', 'GOV', 'HDIRECT', 'HPRGRP', 'HSYSADMIN', 'RECORDMGT', 'DISASTER', 'HRESCH'];
/** Lines of losses on the page. */
const mostLosses = 200;

/** The choice of a purpose of use that a request states. */
export function purposeChoice(chosen: string, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  const options = [['', words.noPurpose] as const, ...purposes.map((one) => [one, one] as const)];
  return choice('purpose', words.purpose, options, chosen);
}

export function draftPage(draft: Draft, o: OperatorPageOptions): string {
  const { environment, text, base, purpose, faults, losses } = draft;
  const words = accessMessages[o.language];
  const path = pathOfAccess(environment);
  const title = `${words.draft}: ${clientMessages[o.language][environment]}`;
  const checked = faults === undefined ? markup`` : ofFaults(faults, o);
  const tried = losses === undefined ? markup`` : ofLosses(losses, o);
  const content = markup`<h2>${title}</h2><p class="quiet lead">${words.draftLead}</p>
${ofFailure(draft, o)}${checked}${tried}
<form method="post" action="${path}/draft?ui_locales=${o.language}"><input type="hidden" name="csrf" value="${o.csrf}"><input type="hidden" name="base" value="${base}">
${area('policies', words.document, text, words.policiesHint)}
${purposeChoice(purpose, o)}
<div class="actions"><button name="do" value="check">${words.check}</button><button name="do" value="try" class="other">${words.try}</button></div>
${faults?.length === 0 ? ofActivation(draft, o) : markup``}
</form>
<p class="pages"><a class="button other" href="${path}">${operatorMessages[o.language].cancel}</a></p>`;
  return operatorPage('access', o, { title, content });
}

/** A document is activated only if it is valid and a reason is given. */
function ofActivation({ reason = '', failed }: Draft, o: OperatorPageOptions): Html {
  const text = operatorMessages[o.language];
  const { least, most } = reasonLength;
  const described = failed === 'reason' ? 'wrong reason-hint' : 'reason-hint';
  return markup`<label for="reason">${text.reason}</label><p class="hint" id="reason-hint">${text.reasonHint}</p>
<textarea id="reason" name="reason" minlength="${String(least)}" maxlength="${String(most)}" aria-describedby="${described}">${reason}</textarea>
<div class="actions"><button name="do" value="activate" class="danger">${accessActMessages[o.language].activate.label}</button></div>`;
}

function ofFailure({ environment, failed }: Draft, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  if (failed === undefined) return markup``;
  if (failed === 'earlier-sign-in') return earlierSignIn(true, o);
  if (failed === 'reason')
    return markup`<p class="alarm" role="alert" id="wrong">${operatorMessages[o.language].reasonMissing}</p>`;
  if (failed === 'sign-in')
    return markup`<div class="alarm" role="alert"><p>${words.reSignIn}</p><p><a href="${pathOfAccess(environment)}/fresh" target="_blank" rel="opener">${words.reSignInLink}</a></p></div>`;
  return markup`<div class="alarm" role="alert"><p>${failureWords(failed.kind, o.language)}</p><p class="small" lang="en">${failed.message}</p></div>`;
}

function ofFaults(faults: readonly FaultAt[], o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  if (faults.length === 0) return markup`<p class="notice" role="status">${words.right}</p>`;
  const lines = faults
    .slice(0, 50)
    .map(({ line, text }) => markup`<li><strong>${words.line({ line })}</strong> ${text}</li>`);
  return markup`<div class="alarm" role="alert"><h3>${words.wrong}</h3><ul class="bullets">${lines}</ul></div>`;
}

function ofLosses(losses: readonly LossOf[], o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  if (losses.length === 0) return markup`<p class="notice" role="status">${words.noLoss}</p>`;
  const rows = losses.slice(0, mostLosses).map((loss) => {
    const types = loss.types.length > 6 ? [...loss.types.slice(0, 5), `+${String(loss.types.length - 5)}`] : loss.types;
    const rules = loss.rules.length > 0 ? loss.rules.join(' ') : loss.isNothing === true ? words.othersRule : '';
    return markup`<tr><th scope="row">${whoOf(loss, o)}</th><td>${words.interactions[loss.of as 'read']}<small>${types.join(' ')}</small></td><td>${leftOf(loss, o)}</td><td>${rules}</td></tr>`;
  });
  const more =
    losses.length > mostLosses
      ? markup`<p class="quiet">${words.more({ count: losses.length - mostLosses })}</p>`
      : markup``;
  const heads = [words.who, words.what, words.left, words.by].map((head) => markup`<th scope="col">${head}</th>`);
  const table = markup`<div class="scroll" tabindex="0" role="group" aria-label="${words.losses}"><table class="matrix"><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>${more}`;
  return card(words.losses, table);
}

function whoOf({ who }: LossOf, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  const { clients, numberOfClients, roles, people, authority } = who;
  const rest = numberOfClients - clients.length;
  const named = [...clients, ...(rest > 0 ? [words.moreClients({ count: rest })] : [])].join(', ');
  if (people === undefined) return markup`${named}<small>${words.authorities[authority]}</small>`;
  return markup`${roles.join(', ')}<small>${words.people({ count: people })} · ${named === '' ? words.anyClient : named}</small>`;
}

/** Queries, elements and labels are as the document has them. */
function leftOf({ of, isNothing, only, without, hidden, readOnly, labels }: LossOf, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  if (of === 'care') return markup`${words.ofCare}`;
  if (of === 'consent') return markup`${words.ofConsent}`;
  if (isNothing === true) return markup`${words.nothing}`;
  const parts: [string, readonly string[] | undefined][] = [
    [words.only, only],
    [words.without, without],
    [words.hidden, hidden],
    [words.readOnly, readOnly],
    [words.ofLabel, labels],
  ];
  return markup`${parts.map(([word, values = []]) =>
    values.length === 0
      ? markup``
      : markup`<span class="line">${word} ${values.map((value) => markup`<code>${value}</code> `)}</span>`,
  )}`;
}

/** The page of the other tab in which the operator has signed in again. */
export function freshPage(o: OperatorPageOptions): string {
  const words = accessMessages[o.language];
  return operatorPage('access', o, {
    title: operatorMessages[o.language].tabs.access,
    content: markup`<p class="notice" role="status">${words.signedInAnew}</p>`,
  });
}

/** Legal holds: what must not be purged, who set the hold and why; setting and lifting a hold. docs/operations/retention.md */
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import { stateOfHold, type HoldAt } from '../access/access-answers.ts';
import { accessMessages } from '../texts/access.ts';
import { clientMessages } from '../texts/client.ts';
import { holdMessages, type HoldMessages } from '../texts/hold.ts';
import { operatorMessages } from '../texts/operator.ts';
import { chip, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';

export const holdsPath = `${operatePath}/holds`;

export const holdActWords = <Act extends keyof HoldMessages['acts']>(
  act: Act,
  language: OperatorPageOptions['language'],
): HoldMessages['acts'][Act] => holdMessages[language].acts[act];

/** A hold with the names of the persons who set it and lifted it. */
export interface NamedHold extends HoldAt {
  readonly setter: string;
  readonly lifter: string;
}

interface HoldsShown {
  readonly environment: EnvironmentName;
  /** Undefined if the environment does not answer. */
  readonly told: { readonly holds: readonly NamedHold[]; readonly hasMore: boolean } | undefined;
}

export function holdsPage(environments: readonly HoldsShown[], isAll: boolean, o: OperatorPageOptions): string {
  const words = holdMessages[o.language];
  const title = operatorMessages[o.language].tabs.holds;
  const parts = environments.map(({ environment, told }) => {
    const place = clientMessages[o.language][environment];
    if (told === undefined)
      return markup`<h3 class="place">${place}</h3><p class="alarm">${accessMessages[o.language].away}</p>`;
    const more = told.hasMore ? markup`<p class="quiet">${words.more}</p>` : markup``;
    return markup`<div class="head-line"><h3 class="place">${place}</h3><a class="button" href="${holdsPath}/${environment}/set">${words.acts.set.label}</a></div>
${listed(environment, told.holds, o)}${more}`;
  });
  const other = isAll
    ? markup`<a class="button other" href="${holdsPath}">${words.standing}</a>`
    : markup`<a class="button other" href="${holdsPath}?all=yes">${words.all}</a>`;
  const content = markup`<div class="head-line"><h2>${title}</h2>${other}</div><p class="quiet lead">${words.lead}</p>${parts}
<div class="pages"><p>${operatorMessages[o.language].times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('holds', o, { title, content });
}

function listed(environment: EnvironmentName, holds: readonly NamedHold[], o: OperatorPageOptions): Html {
  const words = holdMessages[o.language];
  if (holds.length === 0) return markup`<p class="quiet empty" role="status">${words.empty}</p>`;
  const label = `${operatorMessages[o.language].tabs.holds}: ${clientMessages[o.language][environment]}`;
  return markup`<ul class="entries" aria-label="${label}">${holds.map((hold) => markup`<li>${entry(environment, hold, o)}</li>`)}</ul>`;
}

function entry(environment: EnvironmentName, hold: NamedHold, o: OperatorPageOptions): Html {
  const words = holdMessages[o.language];
  const { id, on, reason, made, setter, until, lifted, lifter, liftedReason } = hold;
  const end =
    lifted === null
      ? markup`${words.until}: ${until === null ? words.forever : time(new Date(until), o)}`
      : markup`${words.liftedAt}: ${time(new Date(lifted), o)} · ${lifter}<br>${words.liftedReason}: ${liftedReason ?? ''}`;
  const doing =
    lifted === null
      ? markup`<a class="button danger" href="${holdsPath}/${environment}/${id}/lift">${words.acts.lift.label}</a>`
      : markup``;
  return markup`<div class="entry job"><span><strong>${on}</strong><small class="below">${reason}</small></span>
<span>${stateOf(hold, o)}<small class="below">${end}</small></span><small>${words.set} ${time(new Date(made), o)}<br>${setter}</small><span class="actions">${doing}</span></div>`;
}

function stateOf(hold: HoldAt, o: OperatorPageOptions): Html {
  const state = stateOfHold(hold);
  return chip(holdMessages[o.language].states[state], state === 'stands' ? 'good' : 'plain-chip');
}

export function setQuestion(
  { environment }: { readonly environment: EnvironmentName },
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = holdMessages[o.language];
  const [on, until] = [again?.form.get('on') ?? '', again?.form.get('until') ?? ''];
  const fields = markup`<label for="on">${words.on}</label><p class="hint" id="on-hint">${words.onHint}</p>
<input id="on" name="on" value="${on}" maxlength="120" required autofocus autocapitalize="none" spellcheck="false" aria-describedby="on-hint">
<label for="until">${words.until}</label><p class="hint" id="until-hint">${words.untilHint}</p>
<input id="until" name="until" type="date" value="${until}" aria-describedby="until-hint">`;
  return questionPage(
    {
      ...{
        tab: 'holds',
        act: words.acts.set,
        name: clientMessages[o.language][environment],
        isDangerous: false,
        again,
      },
      ...{ about: markup``, action: `${holdsPath}/${environment}/set`, back: holdsPath, fields },
    },
    o,
  );
}

export interface LiftAsked {
  readonly environment: EnvironmentName;
  readonly hold: NamedHold;
}

export function liftQuestion(
  { environment, hold }: LiftAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = holdMessages[o.language];
  const { id, on, reason, made, setter, until } = hold;
  const about = facts([
    [words.on, markup`<code>${on}</code>`],
    [words.state, stateOf(hold, o)],
    [words.set, markup`${time(new Date(made), o)} <small>${words.by} ${setter}</small>`],
    [words.until, until === null ? words.forever : time(new Date(until), o)],
    [words.reason, reason],
  ]);
  const action = `${holdsPath}/${environment}/${id}/lift`;
  return questionPage(
    { tab: 'holds', act: words.acts.lift, name: on, about, action, back: holdsPath, isDangerous: true, again },
    o,
  );
}

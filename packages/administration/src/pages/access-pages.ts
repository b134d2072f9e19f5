/** Access policies of the environments: the version in force, earlier ones, and the page of one version. */
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import type { StateAt, VersionsAt } from '../access/access-answers.ts';
import { card, chip, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';
import { accessMessages } from '../texts/access.ts';
import { accessActMessages } from '../texts/access-act.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';

export const accessPath = `${operatePath}/access`;
export const pathOfAccess = (environment: EnvironmentName): string => `${accessPath}/${environment}`;

export interface EnvironmentState {
  readonly environment: EnvironmentName;
  /** Undefined if the environment does not answer. */
  readonly state: StateAt | undefined;
}

export function environmentsPage(environments: readonly EnvironmentState[], o: OperatorPageOptions): string {
  const words = accessMessages[o.language];
  const cards = environments.map(({ environment, state }) => {
    const shown = state === undefined ? markup`<p class="alarm">${words.away}</p>` : ofState(state, o);
    const content = markup`${shown}<div class="actions"><a class="button other" href="${pathOfAccess(environment)}">${words.open}</a></div>`;
    return card(clientMessages[o.language][environment], content, 'half');
  });
  const title = operatorMessages[o.language].tabs.access;
  const content = markup`<h2>${title}</h2><p class="quiet lead">${words.lead}</p><div class="cards">${cards}</div>`;
  return operatorPage('access', o, { title, content });
}

/** The version and the factors in force, with the warning that consents are not. */
function ofState({ version, consents, consentsOfNobody = [], factors }: StateAt, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  const chips = Object.entries(factors).map(([factor, state]) => {
    const look = state === 'enforced' ? 'good' : state === 'preparing' ? 'wait' : 'plain-chip';
    return chip(`${words.factors[factor as keyof typeof factors]}: ${words.states[state]}`, look);
  });
  const warning =
    factors.consent === 'absent'
      ? markup`<p class="alarm" role="note">${consents === 'record' ? words.consentsRecorded : words.consentsRefused}</p>`
      : markup``;
  const unheard =
    consentsOfNobody.length > 0
      ? markup`<p class="alarm" role="note">${words.consentsOfNobody({ ids: consentsOfNobody.join(', ') })}</p>`
      : markup``;
  return markup`<p><strong>${version === null ? words.none : words.inForce({ version })}</strong></p><p class="chips">${chips}</p>${warning}${unheard}`;
}

/** An activation, with the name of the person who made it. */
export type NamedActivation = VersionsAt['activations'][number];

export function accessPage(
  environment: EnvironmentName,
  state: StateAt,
  activations: readonly NamedActivation[],
  o: OperatorPageOptions,
): string {
  const [words, path] = [accessMessages[o.language], pathOfAccess(environment)];
  const title = `${operatorMessages[o.language].tabs.access}: ${clientMessages[o.language][environment]}`;
  const lines = activations.map(({ version, made, madeBy, reason }) => {
    const name =
      version === undefined
        ? markup`${words.noneFrom}`
        : markup`<a href="${path}/versions/${String(version)}">${words.version({ version })}</a>`;
    return markup`<li><div class="entry event"><span>${time(new Date(made), o)}</span><strong>${name}</strong><span class="clip">${madeBy}<small class="below">${reason}</small></span></div></li>`;
  });
  const history =
    lines.length === 0
      ? markup`<p class="quiet">${words.none}</p>`
      : markup`<ul class="entries rows" aria-label="${words.history}">${lines}</ul>`;
  const shown = state.text === null ? markup`` : card(words.document, documentOf(state.text, words.document));
  const content = markup`<div class="head-line"><h2>${title}</h2><a class="button" href="${path}/draft">${words.write}</a></div>
${ofState(state, o)}
<p><a class="button other" href="${path}/explain">${words.ask}</a></p>
<div class="cards">${shown}${card(words.history, history)}</div>
<div class="pages"><p>${operatorMessages[o.language].times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('access', o, { title, content });
}

/** Focusable by the keyboard, since it scrolls. */
function documentOf(text: string, label: string): Html {
  return markup`<pre tabindex="0" role="group" aria-label="${label}"><code>${text}</code></pre>`;
}

export interface VersionShown {
  readonly environment: EnvironmentName;
  readonly version: number;
  readonly text: string;
  readonly made: string;
  readonly madeBy: string;
  readonly reason: string;
  readonly isInForce: boolean;
}

export function accessVersionPage(shown: VersionShown, o: OperatorPageOptions): string {
  const { environment, version, text, made, madeBy, reason, isInForce } = shown;
  const words = accessMessages[o.language];
  const [title, path] = [words.version({ version }), pathOfAccess(environment)];
  const act = isInForce
    ? chip(words.states.enforced, 'good')
    : markup`<a class="button danger" href="${path}/rollback/${String(version)}">${accessActMessages[o.language].rollback.label}</a>`;
  const about = facts([
    [clientMessages[o.language].environment, clientMessages[o.language][environment]],
    [words.who, madeBy],
    [operatorMessages[o.language].reason, reason],
  ]);
  const content = markup`<div class="head-line"><h2>${title}</h2>${act}</div>
<p class="quiet">${time(new Date(made), o)} · ${zoneName(o)}</p>${about}
<div class="cards">${card(words.document, documentOf(text, words.document))}</div>
<p class="pages"><a class="button other" href="${path}">${operatorMessages[o.language].back}</a></p>`;
  return operatorPage('access', o, { title, content });
}

export interface RollbackAsked {
  readonly environment: EnvironmentName;
  /** Null: to no version. */
  readonly to: number | null;
  /** The version in force at the time of the request. */
  readonly base: number | null;
}

export function rollbackQuestion(
  { environment, to, base }: RollbackAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = accessMessages[o.language];
  const shownOf = (version: number | null): string => (version === null ? words.none : words.version({ version }));
  return questionPage(
    {
      ...{ tab: 'access', act: accessActMessages[o.language].rollback, name: shownOf(to), isDangerous: true, again },
      about: facts([
        [clientMessages[o.language].environment, clientMessages[o.language][environment]],
        [words.states.enforced, shownOf(base)],
      ]),
      action: `${pathOfAccess(environment)}/rollback/${String(to ?? 0)}`,
      back: pathOfAccess(environment),
      fields: markup`<input type="hidden" name="base" value="${again?.form.get('base') ?? String(base ?? 0)}">`,
    },
    o,
  );
}

/** The simulator: whether a person may read a record, and why. */
import type { EnvironmentName } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import type { ExplainedAt } from '../access/access-answers.ts';
import { purposeChoice } from './access-draft-page.ts';
import { pathOfAccess } from './access-pages.ts';
import { card, choice, facts, operatorPage, type OperatorPageOptions, type OperatorTab } from './frame.ts';
import { earlierSignIn, line } from './question-page.ts';
import { accessMessages } from '../texts/access.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';

export const pathOfExplanation = (environment: EnvironmentName): string => `${pathOfAccess(environment)}/explain`;

/** Operators come from the tab of the access policies, which an officer does not have. */
const tabOf = ({ of }: OperatorPageOptions): OperatorTab => (of === 'platform' ? 'access' : 'explain');

/** The page to choose the environment to ask. */
export function explainChoicePage(
  environments: readonly { readonly environment: EnvironmentName; readonly told: unknown }[],
  o: OperatorPageOptions,
): string {
  const words = accessMessages[o.language];
  const cards = environments.map(({ environment, told }) => {
    const way =
      told === undefined
        ? markup`<p class="alarm">${words.away}</p>`
        : markup`<div class="actions"><a class="button" href="${pathOfExplanation(environment)}">${words.open}</a></div>`;
    return card(clientMessages[o.language][environment], way, 'half');
  });
  const content = markup`<h2>${words.ask}</h2><p class="quiet lead">${words.explainLead}</p><div class="cards">${cards}</div>`;
  return operatorPage(tabOf(o), o, { title: words.ask, content });
}

export interface ExplainAsked {
  readonly environment: EnvironmentName;
  readonly resource: string;
  readonly client: string;
  readonly person: string;
  readonly interaction: string;
  readonly purpose: string;
  /** Empty: the policies in force. */
  readonly version: string;
  /** Versions to choose from. */
  readonly versions: readonly number[];
}

/** @param told the explanation; a text: the error, in English; undefined: nothing was asked yet */
export function explainPage(
  asked: ExplainAsked,
  told: ExplainedAt | string | undefined,
  o: OperatorPageOptions,
  { isOfEarlierSignIn = false } = {},
): string {
  const words = accessMessages[o.language];
  const path = pathOfExplanation(asked.environment);
  const back =
    o.of === 'platform'
      ? markup`<p class="pages"><a class="button other" href="${pathOfAccess(asked.environment)}">${operatorMessages[o.language].back}</a></p>`
      : markup``;
  const title = `${words.ask} ${clientMessages[o.language][asked.environment]}`;
  const interactions = (['read', 'search'] as const).map((one) => [one, words.interactions[one]] as const);
  const versions = [
    ['', words.asInForce] as const,
    ...asked.versions.map((version) => [String(version), words.version({ version })] as const),
  ];
  const answer =
    told === undefined
      ? earlierSignIn(isOfEarlierSignIn, o)
      : typeof told === 'string'
        ? markup`<p class="alarm" role="alert" lang="en">${told}</p>`
        : answerOf(told, o);
  const content = markup`<h2>${title}</h2><p class="quiet lead">${words.explainLead}</p>${answer}
<form method="post" action="${path}?ui_locales=${o.language}"><input type="hidden" name="csrf" value="${o.csrf}">
${line('resource', words.resource, asked.resource, { needed: true, max: 120 })}<p class="hint">${words.resourceHint}</p>
${line('client_id', words.client, asked.client, { needed: true, max: 128 })}
${line('username', words.person, asked.person, { max: 100 })}<p class="hint">${words.personHint}</p>
${choice('interaction', words.interaction, interactions, asked.interaction)}
${purposeChoice(asked.purpose, o)}
${choice('version', words.asVersion, versions, asked.version)}
<div class="actions"><button>${words.ask}</button></div></form>
${back}`;
  return operatorPage(tabOf(o), o, { title, content });
}

function answerOf({ stored, permitted, factors, ...told }: ExplainedAt, o: OperatorPageOptions): Html {
  const words = accessMessages[o.language];
  const verdict = words.verdicts[stored === 'yes' ? (permitted ? 'yes' : 'no') : stored];
  const rows = factors.map(
    ({ factor, says }) => markup`<tr><th scope="row">${factor}</th><td>${words.says[says]}</td></tr>`,
  );
  const listed = (label: string, values: readonly string[]): [string, string] | undefined =>
    values.length === 0 ? undefined : [label, values.join(' ')];
  const more = facts([
    listed(words.rules, told.rules),
    listed(words.hidden, told.hidden),
    listed(words.readOnly, told.readOnly),
    listed(words.labels, told.labels),
  ]);
  const table = markup`<table class="matrix"><thead><tr><th scope="col">${words.factor}</th><th scope="col">${words.said}</th></tr></thead><tbody>${rows}</tbody></table>${more}`;
  return markup`<p class="${permitted ? 'notice' : 'alarm'}" role="status"><strong>${verdict}</strong></p>${card(words.ask, table)}`;
}

/** The queue of broken glass: emergencies in which a record was opened, and their review. */
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import type { GlassAt, GlassEntry } from '../access/access-answers.ts';
import { card, chip, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';
import { accessMessages } from '../texts/access.ts';
import { clientMessages } from '../texts/client.ts';
import { glassMessages } from '../texts/glass.ts';
import { glassActMessages } from '../texts/glass-act.ts';
import { operatorMessages } from '../texts/operator.ts';

export const glassPath = `${operatePath}/glass`;

/** An entry with the names of the account and of the reviewer. */
export interface NamedGlass extends GlassEntry {
  readonly name: string;
  readonly reviewer: string;
}

export interface GlassShown extends Pick<GlassAt, 'hasMore'> {
  readonly environment: EnvironmentName;
  readonly isAll: boolean;
  readonly glass: readonly NamedGlass[];
}

/** @param environments `glass` is undefined if the environment does not answer */
export function glassPage(
  environments: readonly (GlassShown | { readonly environment: EnvironmentName; readonly glass?: undefined })[],
  o: OperatorPageOptions,
): string {
  const words = glassMessages[o.language];
  const title = operatorMessages[o.language].tabs.glass;
  const parts = environments.map((one) => {
    const heading = markup`<h3 class="place">${clientMessages[o.language][one.environment]}</h3>`;
    if (one.glass === undefined) return markup`${heading}<p class="alarm">${accessMessages[o.language].away}</p>`;
    const entries = one.glass.map((entry) => ofEntry(one.environment, entry, o));
    const shown =
      entries.length === 0
        ? markup`<p class="quiet empty" role="status">${words.empty}</p>`
        : markup`<div class="cards">${entries}</div>`;
    return markup`${heading}${shown}${one.hasMore ? markup`<p class="quiet">${words.more}</p>` : markup``}`;
  });
  const isAll = environments.some((one) => one.glass !== undefined && one.isAll);
  const other = isAll
    ? markup`<a class="button other" href="${glassPath}">${words.waiting}</a>`
    : markup`<a class="button other" href="${glassPath}?all=yes">${words.all}</a>`;
  const content = markup`<div class="head-line"><h2>${title}</h2>${other}</div><p class="quiet lead">${words.lead}</p>${parts}
<div class="pages"><p>${operatorMessages[o.language].times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('glass', o, { title, content });
}

function ofEntry(environment: EnvironmentName, entry: NamedGlass, o: OperatorPageOptions): Html {
  const act =
    entry.verdict === null
      ? markup`<div class="actions"><a class="button" href="${glassPath}/${environment}/${entry.id}/review">${glassActMessages[o.language].review.label}</a></div>`
      : markup`<p class="chips">${verdictOf(entry.verdict, o)}</p>`;
  return card(entry.name, markup`${factsOf(entry, o)}${act}`, 'half');
}

function verdictOf(verdict: string, o: OperatorPageOptions): Html {
  const words = glassMessages[o.language].verdicts;
  return verdict === 'justified' ? chip(words.justified, 'good') : chip(words.unjustified, 'bad');
}

function factsOf(entry: NamedGlass, o: OperatorPageOptions): Html {
  const words = glassMessages[o.language];
  const { person, client, patient, reason, since, until, verdict, note, reviewer } = entry;
  return facts([
    [words.who, person === null ? entry.name : `${entry.name} (${person})`],
    [words.patient, markup`<code>Patient/${patient}</code>`],
    [words.client, markup`<code>${client}</code>`],
    [words.since, markup`${time(new Date(since), o)} <small>${words.until} ${time(new Date(until), o)}</small>`],
    [words.reason, reason],
    verdict === null ? undefined : [words.note, note ?? ''],
    verdict === null ? undefined : [words.reviewedBy, reviewer],
  ]);
}

export interface GlassAsked {
  readonly environment: EnvironmentName;
  readonly entry: NamedGlass;
}

export function glassQuestion(
  { environment, entry }: GlassAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = glassMessages[o.language];
  const chosen = again?.form.get('verdict');
  const options = (['justified', 'unjustified'] as const).map((one) => {
    const checked = one === chosen ? markup` checked` : markup``;
    return markup`<label class="check"><input type="radio" name="verdict" value="${one}" required${checked}> ${words.verdicts[one]}</label>`;
  });
  return questionPage(
    {
      ...{ tab: 'glass', act: glassActMessages[o.language].review, name: entry.name, isDangerous: false, again },
      about: factsOf(entry, o),
      action: `${glassPath}/${environment}/${entry.id}/review`,
      back: glassPath,
      fields: markup`<fieldset class="checks"><legend>${words.verdict}</legend>${options}</fieldset>`,
    },
    o,
  );
}

/** The audit trail: searched, the newest first. */
import type { AuditRow } from '@dhp/audit/find';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import { groupNames, kindsOfGroup } from './event-groups.ts';
import { eventWords, isRefusal } from './event-texts.ts';
import { chainState, type ChainShown } from './chain-state.ts';
import {
  card,
  chip,
  choice,
  facts,
  list,
  operatePath,
  operatorPage,
  zoneName,
  type OperatorPageOptions,
  type Paged,
} from './frame.ts';
import { line, questionPage, type Question } from './question-page.ts';
import { auditMessages } from '../texts/audit.ts';
import { auditActMessages } from '../texts/audit-act.ts';
import { eventGroupMessages } from '../texts/event-group.ts';
import { operatorMessages } from '../texts/operator.ts';

export const auditFields = [
  'kind',
  'outcome',
  'person',
  'actor',
  'client',
  'address',
  'since',
  'until',
  'request',
] as const;
export type AuditField = (typeof auditFields)[number];
/** Typed values; empty if nothing was typed. */
export type AuditAskedFor = Record<AuditField, string>;

const auditPath = `${operatePath}/audit`;

export function auditPage(
  rows: readonly AuditRow[],
  asked: AuditAskedFor,
  /** The field whose value is invalid. */
  wrong: AuditField | undefined,
  chain: ChainShown,
  paged: Paged,
  o: OperatorPageOptions,
): string {
  const [text, words] = [operatorMessages[o.language], auditMessages[o.language]];
  const alarm =
    wrong === undefined ? markup`` : markup`<p class="alarm" role="alert">${words.wrong({ what: words[wrong] })}</p>`;
  const query = queryOf(asked);
  const download = markup`<a class="button other" href="${auditPath}/export${query === '' ? '' : `?${query}`}">${words.found}</a>`;
  const content = markup`<div class="head-line"><h2>${text.tabs.audit}</h2>${download}</div>
${finder(asked, o)}${alarm}
${list(
  rows.map((row) => entry(row, o)),
  paged,
  o,
  text.tabs.audit,
)}
<div class="cards">${card(text.chain, chainState(chain, o))}</div>`;
  return operatorPage('audit', o, { title: text.tabs.audit, content });
}

export function queryOf(asked: AuditAskedFor): string {
  const given = auditFields.filter((name) => asked[name] !== '').map((name) => [name, asked[name]]);
  return new URLSearchParams(given).toString();
}

function finder(asked: AuditAskedFor, o: OperatorPageOptions): Html {
  const [text, words] = [operatorMessages[o.language], auditMessages[o.language]];
  const outcomes = [
    ['', words.any],
    ['done', words.done],
    ['refused', words.refused],
  ] as const;
  const at = (name: 'since' | 'until'): Html =>
    markup`<div class="moment"><label for="${name}">${words[name]}</label><input type="datetime-local" id="${name}" name="${name}" value="${asked[name]}"></div>`;
  const field = (name: 'person' | 'actor' | 'client' | 'address' | 'request'): Html =>
    markup`<div>${line(name, words[name], asked[name], { max: 200 })}</div>`;
  const isMore = [asked.actor, asked.client, asked.address, asked.request].some((value) => value !== '');
  return markup`<form class="finder" method="get" action="${auditPath}" role="search"><input type="hidden" name="ui_locales" value="${o.language}">
${kindChoice(asked.kind, o)}${choice('outcome', words.outcome, outcomes, asked.outcome)}
<div class="long">${line('person', words.person, asked.person, { max: 200 })}</div>${at('since')}${at('until')}<button>${text.find}</button>
<details class="wide-field"${isMore ? markup` open` : markup``}><summary>${words.more}</summary><div class="finder">${(['client', 'actor', 'address', 'request'] as const).map(field)}</div></details></form>`;
}

function kindChoice(chosen: string, o: OperatorPageOptions): Html {
  const words = auditMessages[o.language];
  const option = (value: string, said: string): Html =>
    markup`<option value="${value}"${value === chosen ? markup` selected` : markup``}>${said}</option>`;
  const groups = groupNames.map((group) => {
    const name = eventGroupMessages[o.language][group];
    const kinds = kindsOfGroup(group).map((kind) => option(kind, eventWords(kind, o.language)));
    return markup`<optgroup label="${name}">${option(`${group}*`, `${name}: ${words.allOf}`)}${kinds}</optgroup>`;
  });
  return markup`<div><label for="kind">${words.kind}</label><select id="kind" name="kind">${option('', words.anyKind)}${groups}</select></div>`;
}

function entry(row: AuditRow, o: OperatorPageOptions): Html {
  const said = eventWords(row.event, o.language);
  const event = isRefusal(row.event) ? chip(said, 'bad') : markup`<strong>${said}</strong>`;
  const who = row.account_name ?? row.client_name ?? row.client_id ?? '';
  const also = row.actor === null ? (row.account_name === null ? '' : (row.client_name ?? '')) : actorWords(row);
  return markup`<a class="entry event" href="${auditPath}/${row.id}"><small>${time(row.recorded, o)}</small><span>${event}</span><span>${who}<small class="below">${also}</small></span>
<small class="clip">${row.reason ?? ''}</small><small>${row.address ?? ''}</small></a>`;
}

/** The name of a person; other actors as they are stored. */
export function actorWords({ actor, actor_name: name }: Pick<AuditRow, 'actor' | 'actor_name'>): string {
  return name ?? actor ?? '';
}

export function exportQuestion(asked: AuditAskedFor, o: OperatorPageOptions, again: Question['again']): string {
  const words = auditMessages[o.language];
  const query = queryOf(asked);
  const given = auditFields.filter((name) => asked[name] !== '');
  const about = facts(
    given.length === 0
      ? [[words.searched, words.everything]]
      : given.map((name) => [words[name], markup`<code>${asked[name]}</code>`] as const),
  );
  const behind = query === '' ? '' : `?${query}`;
  const question = { tab: 'audit', act: auditActMessages[o.language].export, name: '', about, again } as const;
  const zone = markup`<p class="hint">${operatorMessages[o.language].times({ zone: zoneName(o) })}</p>`;
  return questionPage(
    {
      ...question,
      action: `${auditPath}/export${behind}`,
      back: `${auditPath}${behind}`,
      isDangerous: false,
      fields: zone,
    },
    o,
  );
}

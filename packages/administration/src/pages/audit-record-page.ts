/** One record of the audit trail, with its place in the chain. */
import type { AuditDetail, AuditRow } from '@dhp/audit/find';
import { markup, type Html } from '@dhp/web-kit';
import { actorWords } from './audit-pages.ts';
import { pathOfClient } from './client-pages.ts';
import { eventRows } from './event-rows.ts';
import { eventWords, isRefusal } from './event-texts.ts';
import { card, chip, facts, operatePath, operatorPage, timeWithZone, type OperatorPageOptions } from './frame.ts';
import { pathOfUser } from './user-pages.ts';
import { auditMessages } from '../texts/audit.ts';
import { operatorMessages } from '../texts/operator.ts';

export interface RecordShown {
  row: AuditDetail;
  /** Whether the record still matches its hash; undefined until it is in the chain. */
  isWhole: boolean | undefined;
  /** Other events of the same request. */
  others: readonly AuditRow[];
  fhir: object;
}

export function recordPage({ row, isWhole, others, fhir }: RecordShown, o: OperatorPageOptions): string {
  const [text, words] = [operatorMessages[o.language], auditMessages[o.language]];
  const title = eventWords(row.event, o.language);
  const outcome = isRefusal(row.event) ? chip(words.refused, 'bad') : chip(words.done, 'good');
  const same =
    others.length === 0
      ? markup``
      : card(words.same, eventRows(others, o, `request=${encodeURIComponent(row.correlation_id ?? '')}`));
  const json = JSON.stringify(fhir, undefined, 2);
  const content = markup`<div class="object"><div class="grow"><h2>${title}</h2><p class="quiet"><code>${row.event}</code></p></div><p class="chips">${outcome}</p></div>
<div class="stack">${card(words.event, about(row, o))}${card(words.chained, place(row, isWhole, o))}${same}
<section class="card"><details><summary>${words.asFhir}</summary><pre class="scroll" tabindex="0"><code>${json}</code></pre></details></section></div>
<p class="pages"><a class="button other" href="${operatePath}/audit">${text.back}</a></p>`;
  return operatorPage('audit', o, { title, content });
}

function about(row: AuditDetail, o: OperatorPageOptions): Html {
  const words = auditMessages[o.language];
  const code = (value: string | null): Html | undefined => (value === null ? undefined : markup`<code>${value}</code>`);
  const person =
    row.account_id === null
      ? undefined
      : row.account_name === null
        ? code(row.account_id)
        : markup`<a href="${pathOfUser(row.account_id)}">${row.account_name}</a> <span class="quiet">${row.username ?? ''}</span>`;
  const client =
    row.client_id === null
      ? undefined
      : row.client_name === null
        ? code(row.client_id)
        : markup`<a href="${pathOfClient(row.client_id)}">${row.client_name}</a>`;
  const given: readonly (readonly [string, Html | string | undefined])[] = [
    [words.when, timeWithZone(row.recorded, o)],
    [words.who, person],
    [words.actor, row.actor === null ? undefined : actorWords(row)],
    [words.client, client],
    [words.reason, row.reason ?? undefined],
    [words.address, code(row.address)],
    [words.scope, code(row.scope)],
    ['jti', code(row.jti)],
    [words.request, code(row.correlation_id)],
  ];
  return facts(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function place(row: AuditDetail, isWhole: boolean | undefined, o: OperatorPageOptions): Html {
  const words = auditMessages[o.language];
  if (row.position === null || row.hash === null) return markup`<p class="quiet">${words.notChained}</p>`;
  const state = isWhole === false ? chip(words.altered, 'bad') : chip(words.asWritten, 'good');
  return facts([
    [words.chained, markup`${row.position} ${state}`],
    [words.hash, markup`<code>${row.hash.toString('hex')}</code>`],
  ]);
}

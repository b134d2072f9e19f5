/** The audit trail: searching it, showing one record with its place in the chain, exporting. */
import { usernameOf } from '@dhp/accounts';
import { nextLink, verifyChainEnd } from '@dhp/audit/chain';
import {
  exportFound,
  toAuditEvent,
  type StoredEvent,
  selectAuditDetail,
  selectAuditPage,
  type AuditAsked,
  type AuditDetail,
} from '@dhp/audit/find';
import {
  auditFields,
  auditPage,
  exportQuestion,
  queryOf,
  type AuditAskedFor,
  type AuditField,
} from '../pages/audit-pages.ts';
import { recordPage } from '../pages/audit-record-page.ts';
import { kindsAsked } from '../pages/event-groups.ts';
import { eventKinds, isRefusal } from '../pages/event-texts.ts';
import { isNetwork } from '../acts/sessions.ts';
import { isAccountId, selectAccountByName } from '@dhp/accounts/rows';
import { selectChainHead } from '../store/operator-overview.ts';
import type { OperatorController } from './controller.ts';
import { pagedBy, pageSize } from './paging.ts';

/** How many records at the end of the chain are verified for the page: a few milliseconds. */
const verified = 500;
const mostExported = 10_000;

type Filter = Omit<AuditAsked, 'limit' | 'before'>;

export function addAudit(controller: OperatorController): void {
  const { sql } = controller;

  controller.show('/audit', async ({ query, options }) => {
    const asked = askedOf(query);
    const filter = await filterOf(asked);
    const before = /^\d{1,18}$/.test(query.get('before') ?? '') ? query.get('before')! : undefined;
    const { rows, more } =
      typeof filter === 'string'
        ? { rows: [], more: false }
        : await selectAuditPage(sql, { ...filter, before, limit: pageSize });
    const [head, end] = await Promise.all([selectChainHead(sql), verifyChainEnd(sql, verified)]);
    const paged = pagedBy('before', query, { ...asked }, more ? rows.at(-1)?.id : undefined);
    const wrong = typeof filter === 'string' ? filter : undefined;
    return { page: auditPage(rows, asked, wrong, { ...head, ...end }, paged, options) };
  });

  /** @returns the filter, or the name of the field whose value is invalid */
  async function filterOf(asked: AuditAskedFor): Promise<Filter | AuditField> {
    const since = timeIn(controller.timeZone, asked.since);
    const until = timeIn(controller.timeZone, asked.until);
    if (asked.since !== '' && since === undefined) return 'since';
    if (asked.until !== '' && until === undefined) return 'until';
    if (asked.address !== '' && !isNetwork(asked.address)) return 'address';
    const events = kindsOf(asked);
    if (events === undefined) return 'kind';
    const accountId = asked.person === '' ? undefined : await accountIdOf(asked.person);
    if (asked.person !== '' && accountId === undefined) return 'person';
    const actorId = asked.actor === '' ? undefined : await accountIdOf(asked.actor);
    const given = (text: string): string | undefined => (text === '' ? undefined : text);
    return {
      ...{ events, accountId, since, until },
      clientId: given(asked.client),
      address: given(asked.address),
      correlationId: given(asked.request),
      // Persons are searched by user name; other actors, such as cli:aziza, as they are stored.
      actor: actorId === undefined ? given(asked.actor) : `account:${actorId}`,
    };
  }

  async function accountIdOf(text: string): Promise<string | undefined> {
    if (isAccountId(text)) return text;
    return (await selectAccountByName(sql, usernameOf(text)))?.account_id;
  }

  controller.ask<{ asked: AuditAskedFor; filter: Filter }>('/audit/export', {
    async find({ query }) {
      const asked = askedOf(query);
      const filter = await filterOf(asked);
      return typeof filter === 'string' ? undefined : { asked, filter };
    },
    question: ({ asked }, { options }, again) => exportQuestion(asked, options, again),
    async carryOut({ asked, filter }, { account }, _form, reason) {
      const body = await exportFound(
        sql,
        { ...filter, limit: mostExported },
        { actor: `account:${account.accountId}`, reason, asked: queryOf(asked), now: controller.clock() },
      );
      return { download: { name: 'audit-events.ndjson', type: 'application/fhir+ndjson', body } };
    },
  });

  controller.show('/audit/:id', async (context) => {
    const id = context.part('id');
    const row = /^\d{1,18}$/.test(id) ? await selectAuditDetail(sql, id) : undefined;
    if (row === undefined) return undefined;
    const { correlation_id: correlationId } = row;
    const same =
      correlationId === null ? undefined : await selectAuditPage(sql, { events: [], correlationId, limit: 20 });
    const others = (same?.rows ?? []).filter((one) => one.id !== row.id);
    const fhir = toAuditEvent(JSON.parse(row.content) as StoredEvent);
    return { page: recordPage({ row, isWhole: isWhole(row), others, fhir }, context.options) };
  });
}

/** Undefined while it is not chained. */
function isWhole({ position, hash, hash_before: before, content }: AuditDetail): boolean | undefined {
  if (position === null || hash === null) return undefined;
  const last = { position: Number(position) - 1, hash: before ?? Buffer.alloc(0) };
  return nextLink(last, content).hash.equals(hash);
}

/** Empty: any kind. Undefined: there is no such kind, or no kind with such an outcome. */
function kindsOf({ kind, outcome }: AuditAskedFor): string[] | undefined {
  const kinds = kind === '' ? eventKinds : kindsAsked(kind);
  if (kind === '' && outcome === '') return [];
  const fit = kinds?.filter((one) => outcome === '' || isRefusal(one) === (outcome === 'refused')) ?? [];
  return fit.length === 0 ? undefined : fit;
}

function askedOf(query: URLSearchParams): AuditAskedFor {
  const given = auditFields.map((name) => [name, (query.get(name) ?? '').trim().slice(0, 200)]);
  return Object.fromEntries(given) as AuditAskedFor;
}

/** @returns undefined when it is no such time */
function timeIn(timeZone: string, text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined;
  const asUtc = new Date(`${text}Z`);
  if (Number.isNaN(asUtc.getTime())) return undefined;
  // The offset is looked up twice, since it may change between the guess and the result.
  const guess = new Date(asUtc.getTime() - offsetAt(timeZone, asUtc));
  return new Date(asUtc.getTime() - offsetAt(timeZone, guess));
}

/** In milliseconds, how far the clocks of the zone are ahead of UTC. */
function offsetAt(timeZone: string, at: Date): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return new Date(`${format.format(at).replace(' ', 'T')}Z`).getTime() - Math.floor(at.getTime() / 1000) * 1000;
}

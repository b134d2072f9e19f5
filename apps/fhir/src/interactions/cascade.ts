/** A delete that also deletes the resources that refer to it: `X-Cascade: delete`, or `_cascade=delete`. */
import { missingPermission } from '../http/access.ts';
import { fail } from '../http/errors.ts';
import { failVersionMismatch } from '../http/concurrency.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { deletedMany, nothingToDelete } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { ReferencesRefused } from '../http/references-refused.ts';

interface Named {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

/** The most that one request deletes. */
const maxDeleted = 1000;
const attempts = 5;

/** Whether the client asks for it. Fails for a value that means nothing. */
export function wantsCascade(call: Call): boolean {
  const [header, parameter] = [headerOf(call, 'x-cascade'), call.query['_cascade']];
  if (header !== undefined && header.trim() !== 'delete') {
    fail('header-unsupported', { name: 'X-Cascade' }, { diagnostics: 'X-Cascade is "delete", or absent.' });
  }
  if (parameter !== undefined && parameter !== 'delete') {
    fail('parameter-invalid', { name: '_cascade' }, { diagnostics: '_cascade is "delete", or absent.' });
  }
  return header !== undefined || parameter !== undefined;
}

/**
 * Deletes the resource, those that refer to it, those that refer to these, and so on: all or none. Fails if the caller may not delete one
 * of them, and with `delete-limit-exceeded` if they are too many.
 */
export async function deleteCascading(services: Services, call: Call): Promise<Answer> {
  const { store, defaultLanguage } = services;
  const { type, id } = call;
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  for (let attempt = 1; ; attempt += 1) {
    const current = await store.read(type, id);
    const versionId = current === undefined || current.deleted ? undefined : current.versionId;
    if (ifMatch !== undefined && (versionId === undefined || (ifMatch !== '*' && !ifMatch.includes(versionId)))) {
      failVersionMismatch(type, id, ifMatch, versionId);
    }
    if (versionId === undefined) return nothingToDelete(type, id, language);
    const all = await withReferrers(services, call, { type, id, versionId });
    const writes = all.map((each) => ({
      kind: 'delete' as const,
      type: each.type,
      id: each.id,
      ifMatch: [each.versionId],
    }));
    try {
      const result = await store.transaction(writes);
      if (result.kind === 'committed') {
        const versions = result.outcomes.flatMap((outcome) => ('version' in outcome ? [outcome.version] : []));
        return deletedMany(versions, preferredReturn(headerOf(call, 'prefer')), language);
      }
      if (attempt === attempts)
        fail('criteria-contended', {}, { diagnostics: `What refers to ${type}/${id} is being changed.` });
    } catch (error) {
      // Somebody has just made another reference.
      if (!(error instanceof ReferencesRefused) || attempt === attempts) throw error;
    }
  }
}

async function withReferrers({ store }: Services, { access, budget }: Call, first: Named): Promise<Named[]> {
  const found = new Map([[`${first.type}/${first.id}`, first]]);
  // Iterating a Map includes entries that are added meanwhile.
  for (const { type, id } of found.values()) {
    const referrers = await store.referrers(type, id, maxDeleted + 1);
    budget.take(referrers.length, 'a cascading delete');
    budget.requireLeft('a cascading delete');
    for (const referrer of referrers) {
      const missing = access && missingPermission(access, 'd', referrer.type, 'a cascading delete');
      if (missing !== undefined) throw missing;
      found.set(`${referrer.type}/${referrer.id}`, found.get(`${referrer.type}/${referrer.id}`) ?? referrer);
    }
    if (found.size > maxDeleted) {
      const diagnostics = `${first.type}/${first.id} and what refers to it are more than ${maxDeleted} resources; nothing was deleted.`;
      fail('delete-limit-exceeded', { count: maxDeleted }, { diagnostics });
    }
  }
  return [...found.values()];
}

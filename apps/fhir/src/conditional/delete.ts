import type { WriteOutcome } from '@dhp/fhir-store';
import { failVersionMismatch } from '../http/concurrency.ts';
import { fail } from '../http/errors.ts';
import { readIfMatch } from '../http/etag.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { preferredReturn } from '../http/negotiate.ts';
import { deletedMany, nothingMatched } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { answerDelete } from '../interactions/delete.ts';
import { single, wholeNumber } from '../interactions/history-query.ts';
import { headerOf, type Call, type Services, type Interaction } from '../contract/interaction.ts';
import { criteriaInQuery, requireCriteriaPermission, type Criteria } from './criteria.ts';
import { decideAndWrite, type Decision } from './decision.ts';
import { atMostOne, type Match } from './matches.ts';

/** The most that one request deletes. */
export const maxDeleted = 1000;

/** Deletes the matches: one resource; with `_count=n`, up to n. All or none are deleted. https://hl7.org/fhir/R5/http.html#3.1.0.7.1 */
export const conditionalDelete: Interaction = async (services, call) => {
  requireCriteriaPermission(call);
  const criteria = criteriaInQuery(services, call, ['_count']);
  const count = countOf(call);
  if (headerOf(call, 'x-cascade') !== undefined) {
    const diagnostics = 'A conditional delete does not cascade; delete what it finds by id.';
    fail('header-unsupported', { name: 'X-Cascade' }, { diagnostics });
  }
  return decideAndWrite(
    services,
    criteria,
    (matches) => decideDelete(services, call, { criteria, matches, count }),
    limitOf(count),
  );
};

/** `_count`: how many may be deleted; undefined for one. */
export function countOf({ query }: Call): number | undefined {
  const count = single(query, '_count') === undefined ? undefined : (wholeNumber(query, '_count') ?? 0);
  if (count !== undefined && (count < 1 || count > maxDeleted)) {
    fail('parameter-invalid', { name: '_count' }, { diagnostics: `_count is from 1 to ${maxDeleted}, not ${count}.` });
  }
  return count;
}

/** How many matches must be known to decide. */
export function limitOf(count: number | undefined): number {
  return Math.max(count ?? 1, 10) + 1;
}

/** Fails with `multiple-matches` without a count, and with `delete-limit-exceeded` when there are more than that. */
export function decideDelete(
  services: Services,
  call: Call,
  { criteria, matches, count }: { criteria: Criteria; matches: readonly Match[]; count: number | undefined },
): Decision {
  const { type, text } = criteria;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  if (count === undefined) atMostOne(criteria, matches);
  if (count !== undefined && matches.length > count) {
    const diagnostics = `${text.slice(0, 500)} matches more than ${count}, the _count of the request; nothing was deleted.`;
    fail('delete-limit-exceeded', { count }, { diagnostics });
  }
  for (const { id, versionId } of matches) {
    if (Array.isArray(ifMatch) && !ifMatch.includes(versionId)) failVersionMismatch(type, id, ifMatch, versionId);
  }
  if (matches.length === 0 && ifMatch !== undefined) {
    fail('version-mismatch', {}, { diagnostics: `If-Match is sent, but ${text.slice(0, 500)} matches nothing.` });
  }
  return {
    writes: matches.map(({ id, versionId }) => ({ kind: 'delete', type, id, ifMatch: [versionId] })),
    answer: (outcomes) => answer(services, call, matches, outcomes, count),
  };
}

function answer(
  services: Services,
  call: Call,
  matches: readonly Match[],
  outcomes: readonly WriteOutcome[],
  count: number | undefined,
): Answer {
  const [first] = matches;
  if (count === undefined && first !== undefined)
    return answerDelete(services, { ...call, id: first.id }, outcomes[0]!);
  const language = chooseLanguage(headerOf(call, 'accept-language'), services.defaultLanguage);
  const wanted = preferredReturn(headerOf(call, 'prefer'));
  if (first === undefined) return nothingMatched(call.type, wanted, language);
  const versions = outcomes.flatMap((outcome) => ('version' in outcome ? [outcome.version] : []));
  return deletedMany(versions, wanted, language);
}

import { isId, uuidv7 } from '@dhp/fhir-model';
import { requireDocument } from '../validation/document-rules.ts';
import { receiveResource } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { failExists, failVersionMismatch } from '../http/concurrency.ts';
import { fail } from '../http/errors.ts';
import { isCreateOnly, readIfMatch } from '../http/etag.ts';
import { completedUpdate } from '../interactions/completed.ts';
import { answerUpdate } from '../interactions/update.ts';
import { headerOf, type Call, type Interaction, type Services } from '../contract/interaction.ts';
import { requireConformance, toBeStored } from '../validation/require-conformance.ts';
import { criteriaInQuery, requireCriteriaPermission, type Criteria } from './criteria.ts';
import { decideAndWrite, type Decision } from './decision.ts';
import { atMostOne, type Match } from './matches.ts';

/** An update of the match, or a create if there is none. https://hl7.org/fhir/R5/http.html#cond-update */
export const conditionalUpdate: Interaction = async (services, call) => {
  requireCriteriaPermission(call);
  const criteria = criteriaInQuery(services, call);
  const received = receiveUpdate(services, call);
  const newId = uuidv7();
  return decideAndWrite(services, criteria, (matches) =>
    decideUpdate(services, call, { criteria, matches, received, newId }),
  );
};

/** The resource in the body, whose id, if it has one, can be one. Fails when it does not conform. */
export function receiveUpdate(services: Services, call: Call): ReceivedResource {
  const { type } = call;
  const received = receiveResource(call.body, type);
  requireDocument(received);
  const { id } = received.resource;
  if (id !== undefined && !(typeof id === 'string' && isId(id))) {
    const shown = JSON.stringify(id).slice(0, 100);
    fail('id-malformed', {}, { diagnostics: `The body has id ${shown}, which is none.`, expression: `${type}.id` });
  }
  // A part of a resource conforms with the rest of it alone.
  if (services.partly?.hidesIn(type) === true) return received;
  requireConformance(services, received, call, true);
  return toBeStored(services, received, call.budget);
}

/**
 * The table of the specification: no match and no id: created; no match and an id: created under it, unless it exists (409); one match and
 * no other id: updated; another id: refused (400); several matches: refused (412). Needs no If-Match: the criteria select the resource, and
 * the client cannot know its version. An If-Match that is sent is checked all the same.
 */
export function decideUpdate(services: Services, call: Call, asked: Asked): Decision | Promise<Decision> {
  if (services.partly === undefined) return decided(services, call, asked, asked.received);
  return wholeOf(services, call, asked).then((whole) => decided(services, call, asked, whole));
}

interface Asked {
  readonly criteria: Criteria;
  readonly matches: readonly Match[];
  readonly received: ReceivedResource;
  readonly newId: string;
}

/** The resource with the elements of the match that are hidden from the caller; unchanged if the match is refused anyway. */
async function wholeOf(
  services: Services,
  call: Call,
  { criteria, matches, received }: Asked,
): Promise<ReceivedResource> {
  const { type } = criteria;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const createOnly = isCreateOnly(headerOf(call, 'if-none-match'), headerOf(call, 'if-match'));
  const [match, ...others] = matches;
  const given = received.resource['id'];
  const isOne = match !== undefined && others.length === 0 && (given === undefined || given === match.id);
  const whole =
    isOne && !createOnly ? await completedUpdate(services, { type, id: match.id }, received, ifMatch) : undefined;
  const checked = whole ?? received;
  // It was checked when it was received.
  if (checked === received && services.partly?.hidesIn(type) !== true) return received;
  requireConformance(services, checked, call, checked === received);
  return toBeStored(services, checked, call.budget);
}

function decided(
  services: Services,
  call: Call,
  { criteria, matches, newId }: Asked,
  received: ReceivedResource,
): Decision {
  const { type } = criteria;
  const given = received.resource['id'] as string | undefined;
  const ifMatch = readIfMatch(headerOf(call, 'if-match'));
  const createOnly = isCreateOnly(headerOf(call, 'if-none-match'), headerOf(call, 'if-match'));
  const match = atMostOne(criteria, matches);
  const id = match?.id ?? given ?? newId;
  const answer: Decision['answer'] = ([outcome]) => answerUpdate(services, { ...call, id }, outcome!);
  if (match === undefined) {
    if (ifMatch !== undefined) {
      fail(
        'version-mismatch',
        {},
        { diagnostics: `If-Match is sent, but ${criteria.text.slice(0, 500)} matches nothing.` },
      );
    }
    const write = { kind: 'update', type, id, ...received, requireMatch: true, createAllowed: true } as const;
    return { writes: [write], answer, refused: (outcome) => 'current' in outcome && failTaken(criteria, id) };
  }
  if (given !== undefined && given !== match.id) {
    const diagnostics = `The body has id "${given}", but ${criteria.text.slice(0, 500)} matches ${type}/${match.id}.`;
    fail('criteria-id-mismatch', {}, { diagnostics, expression: `${type}.id` });
  }
  if (createOnly) failExists(type, match.id, match.versionId);
  if (Array.isArray(ifMatch) && !ifMatch.includes(match.versionId))
    failVersionMismatch(type, match.id, ifMatch, match.versionId);
  const expected = { ifMatch: [match.versionId], requireMatch: true, createAllowed: false };
  return { writes: [{ kind: 'update', type, id, ...received, ...expected }], answer };
}

function failTaken({ type, text }: Criteria, id: string): never {
  const diagnostics = `${text.slice(0, 500)} matches nothing, and ${type}/${id}, the id in the body, exists already.`;
  fail('criteria-id-taken', { type, id }, { diagnostics, expression: `${type}.id` });
}

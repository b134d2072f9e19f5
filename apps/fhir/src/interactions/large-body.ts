/** The one door for large bodies: they are read, checked and parsed here, so that other requests do not wait for long. */
import { type Budget, createPauses } from '@dhp/budget';
import type { Issue as Finding } from '@dhp/fhir-validation';
import type { Call, Services } from '../contract/interaction.ts';
import type { Apart, ApartAsked, LargeResource } from '../contract/conformance.ts';
import { isError } from '../validation/conformance.ts';
import { isSentAsJson, targetsFor } from '../validation/require-conformance.ts';
import { largeBody } from '../http/admission.ts';
import { ReadBody, receiveSourceInParts, receiveTextInParts, UnusableBody, withoutShownInTurn } from '../http/body.ts';
import { resourceBudget, storedLength } from '../http/cost.ts';
import { errorsFirst, mostFindings } from '../http/errors.ts';
import { parseInParts } from '../http/parse-in-parts.ts';
import { withPlaces } from '../http/places.ts';
import { sharedBytes } from '../http/shared-bytes.ts';

/** The interactions that store the resource in its body as it is. */
const stores: readonly string[] = ['create', 'update', 'conditional-update'];

/**
 * Returns the reader of a large body before the interaction runs. Undefined if the interaction reads it: a Bundle is processed entry by
 * entry, lines are read by a job, and a form is no JSON.
 */
export function largeReader({ interaction, path }: { interaction: string; path: string }): Reader | undefined {
  if (stores.includes(interaction)) return (services, call) => receiveLarge(services, call).catch(unusable);
  const readsItself = interaction === 'batch/transaction' || interaction === '$import' || path.endsWith('/_search');
  return readsItself ? undefined : (_, call) => readInParts(call).catch(unusable);
}

type Reader = (services: Services, call: Call) => Promise<ReadBody | UnusableBody>;

/** Thrown where a small body would be read: a refusal of the address, of a header or of the access comes first for both. */
function unusable(error: unknown): UnusableBody {
  return new UnusableBody(error);
}

/** The call with its body read, where that is the large resource of an entry of a Bundle; undefined for all others. */
export function withLargeEntry(services: Services, call: Call, interaction: string): Promise<Call> | undefined {
  const { body } = call;
  if (typeof body !== 'string' || body.length < largeBody || !stores.includes(interaction)) return undefined;
  const read = receiveLarge(services, call).catch(unusable);
  return read.then((body) => ({ ...call, body }));
}

/**
 * Reads the resource in the body of a call, and validates it. The text is read and parsed in parts, between which other requests run; the
 * validation and the index values are made in another thread. The interaction uses the result in place of the body. Fails as
 * `receiveResource` does. Ends the round of `call.targets` if targets of references have to be read first.
 */
export async function receiveLarge(services: Services, call: Call): Promise<ReadBody> {
  const { conformance, unguarded } = services;
  const validates = conformance.isEnforced;
  const index = unguarded.indexReading();
  const apart = await readApart(services, call, {
    validates,
    index,
    targets: validates ? targetsFor('errors', call) : undefined,
  });
  return new ReadBody(apart, validates ? await placed(apart, call) : undefined);
}

/** The findings; if they refuse JSON that was sent, the reported ones have their positions in it. */
async function placed({ source, issues }: Apart, call: Call): Promise<readonly Finding[]> {
  if (!Buffer.isBuffer(call.body) || !isSentAsJson(call) || !issues.some(isError)) return issues;
  const ordered = errorsFirst(issues);
  const told = await withPlaces(ordered.slice(0, mostFindings), source.text);
  return [...told, ...ordered.slice(mostFindings)];
}

/** Reads a JSON body that is no resource to be stored, such as the Parameters of an operation. Fails as `receiveText` does. */
export async function readInParts({ body }: Pick<Call, 'body'>): Promise<ReadBody> {
  const source = await withoutShownInTurn(await receiveTextInParts(body));
  return new ReadBody({ source, resource: await parsed(source.text) }, undefined);
}

async function readApart(services: Services, { body, type, budget }: Call, asked: ApartAsked): Promise<Apart> {
  const sent = await receiveSourceInParts(body, type);
  const source = await withoutShownInTurn(sent);
  const bytes = await sharedBytes(source === sent ? (body as Buffer | string) : source.text);
  return checkApart(services, { source, bytes, parse: () => parsed(source.text) }, budget, asked);
}

/** Validates a large resource in another thread. @param budget of the request @throws BudgetSpent */
export function checkApart(
  { conformance, costs }: Services,
  large: LargeResource,
  budget: Budget,
  asked: ApartAsked,
): Promise<Apart> {
  const budgets = {
    validation: resourceBudget(costs, budget, large.source.text.length),
    index: resourceBudget(costs, budget, storedLength(large.source)),
  };
  return conformance.checkApart(large, budgets, asked);
}

async function parsed(text: string): Promise<Record<string, unknown>> {
  return (await parseInParts(text, createPauses())) as Record<string, unknown>;
}

/** The one door for large bodies: what is read, checked and parsed of them, so that nobody else waits for long. */
import { createPauses } from '@dhp/fhir-store';
import type { Call, Environment } from '../interactions/interaction.ts';
import { ReadBody, receiveSourceInParts } from './body.ts';
import { resourceBudget } from './cost.ts';
import { parseInParts } from './parse-in-parts.ts';

/**
 * Reads the resource in the body of a call, and validates it. The text is read and parsed in parts, between which others get their
 * turn; the validation runs in another thread. An interaction takes what comes out in the place of the body.
 * Fails as `receiveResource` does; with TargetsNeeded where targets of references have to be read first.
 */
export async function receiveLarge(
  { conformance, costs }: Environment,
  { body, type, budget }: Call,
): Promise<ReadBody> {
  const source = await receiveSourceInParts(body, type);
  const resource = (await parseInParts(source.text, createPauses())) as Record<string, unknown>;
  const own = resourceBudget(costs, budget, source.text.length);
  const issues = conformance.isEnforced ? await conformance.checkApart({ source, resource }, own) : undefined;
  return new ReadBody(source, resource, issues);
}

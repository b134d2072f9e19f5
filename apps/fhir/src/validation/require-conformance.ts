/** Writes store only conformant resources. https://hl7.org/fhir/R5/validation.html */
import { Budget, BudgetSpent } from '@dhp/budget';
import { scanJson } from '@dhp/fhir-model';
import type { StoredVersion } from '@dhp/fhir-store';
import { describeIssue, type Issue } from '@dhp/fhir-validation';
import { ReadBody } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { resourceBudget, storedLength } from '../http/cost.ts';
import { numberOfErrors, fail } from '../http/errors.ts';
import { formatOf, mediaType } from '../http/media-type.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { isError } from './conformance.ts';
import type { TargetsAsked } from '../contract/conformance.ts';
import { notStorable } from './storable.ts';

/**
 * Fails with the failure of `notStorable`, whatever else is checked, and with `resource-invalid` and all findings if one of them is an
 * error. Ends the round of `call.targets` if targets of its references must be read first.
 * @param isSent whether it is the body of the call: findings then have a place in the body; otherwise the server made it, for example by a
 * patch
 * @throws BudgetSpent
 */
export function requireConformance(
  services: Services,
  received: ReceivedResource,
  call: Pick<Call, 'budget' | 'targets' | 'headers'>,
  isSent = false,
): void {
  const { conformance, costs } = services;
  const refused = notStorable(received.resource, services);
  if (refused !== undefined) throw refused;
  if (!conformance.isEnforced) return;
  const findings = (each: ReceivedResource): readonly Issue[] =>
    (each instanceof ReadBody ? each.issues : undefined) ??
    conformance.check(
      each,
      resourceBudget(costs, call.budget, each.source.text.length),
      [],
      [],
      targetsFor('errors', call),
    );
  const all = findings(received);
  const { shown } = received;
  const issues = shown === undefined || all.length === 0 ? all : toldOf(all, shown, findings, services);
  if (!issues.some(isError)) return;
  const [first] = issues.filter(isError);
  const text = isSent && isSentAsJson(call) ? received.source.text : undefined;
  fail(
    'resource-invalid',
    { count: numberOfErrors(issues) },
    { diagnostics: describeIssue(first!), expression: first!.expression, findings: { issues, text } },
  );
}

/**
 * The findings about a whole resource that may be disclosed to a caller who sees a part of it: those that the part produces alone. The
 * others follow from hidden elements, whatever their place.
 */
function toldOf(
  all: readonly Issue[],
  shown: ReceivedResource,
  findings: (each: ReceivedResource) => readonly Issue[],
  { partly }: Pick<Services, 'partly'>,
): readonly Issue[] {
  const type = shown.source.resourceType ?? '';
  const own = new Set(findings(shown).map(identity));
  return all.filter((issue) => own.has(identity(issue)) && partly?.hidesPlace(type, issue.expression) !== true);
}

const identity = ({ id, expression, values }: Issue): string => JSON.stringify([id, expression, values]);

/** The target findings that a call checks for. @throws Error if nothing reads targets for it */
export function targetsFor(findings: TargetsAsked['findings'], { targets }: Pick<Call, 'targets'>): TargetsAsked {
  if (targets === undefined) throw new Error('a resource is checked outside of the rounds that read targets');
  return { reads: targets, findings };
}

/** The resource with the budget for its index values: the same as for its validation. @param budget the budget of the request */
export function toBeStored({ costs }: Services, received: ReceivedResource, budget: Budget): ReceivedResource {
  return { ...received, budget: resourceBudget(costs, budget, storedLength(received.source)) };
}

/**
 * Returns the findings about a stored version that did not cause a refusal. The version is already stored, so this must not fail: it has a
 * budget of its own, and without warnings if that is spent.
 * @param body of the request that stored it, if that was the resource
 */
export function warningsOf(
  { conformance, costs }: Services,
  { type, content }: StoredVersion,
  body?: unknown,
): readonly Issue[] {
  if (!conformance.isEnforced) return [];
  // A large body was validated already, and its findings are reused.
  if (body instanceof ReadBody && body.issues !== undefined) return body.issues.filter((one) => !isError(one));
  const source = scanJson(content.toString());
  const resource = JSON.parse(source.text) as Record<string, unknown>;
  if (resource['resourceType'] !== type) return [];
  try {
    const budget = resourceBudget(costs, new Budget(), source.text.length);
    return conformance.check({ source, resource }, budget).filter((one) => !isError(one));
  } catch (error) {
    if (error instanceof BudgetSpent) return [];
    throw error;
  }
}

/** Whether the body is JSON written by the client: inside the server all bodies are JSON, whatever was sent. */
export function isSentAsJson(call: Pick<Call, 'headers'>): boolean {
  return formatOf(mediaType(headerOf(call, 'content-type') ?? '').type) === 'json';
}

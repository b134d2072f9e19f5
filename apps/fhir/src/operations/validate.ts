/** `$validate`: the findings of a write of a resource, without writing. https://hl7.org/fhir/R5/resource-operation-validate.html */
import { BudgetSpent } from '@dhp/budget';
import type { Issue as Finding, UsageContext } from '@dhp/fhir-validation';
import { eachElement, eachMember, afterValue } from '../json/spans.ts';
import { turnAtLong } from '../json/turn-at-long.ts';
import { referencedBy } from '../http/references-refused.ts';
import { missingPermission } from '../http/access.ts';
import { receiveResource, receiveText } from '../http/body.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { largeBody } from '../http/admission.ts';
import { allowForStored, resourceBudget } from '../http/cost.ts';
import { costFailure, countOfErrors, errorsFirst, Failure, failure, failureIssue } from '../http/errors.ts';
import { checkApart, readInParts } from '../interactions/large-body.ts';
import { chooseLanguage } from '@dhp/negotiation';
import { sharedBytes } from '../http/shared-bytes.ts';
import { findingIssues, operationOutcome, type FindingInEntry, type Issue } from '../http/outcome.ts';
import { withPlaces } from '../http/places.ts';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';
import { requireCurrent } from '../interactions/current.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { withoutPolicyTag } from '../contract/policy-tag.ts';
import type { ApartAsked } from '../contract/conformance.ts';
import { withTargets } from '../validation/reference-targets.ts';
import { isSentAsJson, targetsFor } from '../validation/require-conformance.ts';
import { notStorable } from '../validation/storable.ts';
import { noticeMessages } from '../texts/notice.ts';
import { invalid } from './input.ts';
import { missingTargets } from './missing-targets.ts';
import type { Input } from './operation.ts';

const modes = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof modes)[number];

/** The most findings in one answer. */
const mostFindings = 500;

/** The most referrers that are searched; one is enough to refuse a deletion. */
const mostReferrers = 20;

interface Named {
  readonly type: string;
  readonly id: string;
}

/** A resource to validate, and its place in the request. */
interface Subject {
  readonly received: ReceivedResource;
  /** The whole body, if JSON was sent, and the FHIRPath of the resource in it. */
  readonly text?: string | undefined;
  readonly root?: string;
}

/**
 * An OperationOutcome with all findings: the answer is 200 for a resource that does not conform, too. Fails with `parameter-invalid` for
 * parameters that do not fit the mode.
 */
export async function validate(services: Services, call: Call, input: Input): Promise<Answer> {
  const { conformance } = services;
  const mode = modeOf(input);
  const profiles = (input.get('profile') ?? []).map(String);
  if (mode === 'profile' && profiles.length === 0) invalid('profile', 'The mode profile needs the parameter profile.');
  if (mode === 'create' && call.id !== '') invalid('mode', 'The mode create is for a type, not for a resource.');
  const sent = await sentResource(call);
  if (mode === 'delete') {
    if (call.id === '') invalid('mode', 'The mode delete is for a resource: [base]/Type/id/$validate.');
    return answer(services, call, await aboutDelete(services, call));
  }
  if (sent !== undefined && mode === 'profile') {
    invalid('resource', 'The mode profile is about the resource at the address; leave the parameter resource out.');
  }
  const subject = sent ?? (await storedSubject(services, call));
  if (sent === undefined) allowForStored(services.costs, call.budget, subject.received.source.text.length);
  await conformance.refresh();
  const { source, resource } = subject.received;
  const found = source.resourceType === call.type ? [] : [otherType(call, subject.received)];
  if (found.length === 0 && sent !== undefined && mode === 'update') found.push(...aboutId(call, resource));
  const refused =
    mode === 'profile'
      ? undefined
      : notStorable(services.partly === undefined ? resource : withoutPolicyTag(resource), services);
  if (refused !== undefined) found.push(refused);
  const mayAsk = mayWrite(call);
  if (found.length === 0 && sent !== undefined && mayAsk && (mode === 'create' || mode === 'update')) {
    const own = mode === 'update' ? `${call.type}/${String(resource['id'])}` : '';
    for (const missing of await missingTargets(services, subject.received, own)) found.push(missing);
  }
  const usage = usageContexts(input);
  const budget = resourceBudget(services.costs, call.budget, subject.received.source.text.length);
  let issues: readonly Finding[] = [];
  try {
    const seen = services.reading('r').store;
    issues = await withTargets({ seen, before: call.targets, budget: call.budget }, (reads) => {
      const targets = mayAsk ? targetsFor('all', { targets: reads }) : undefined;
      return source.text.length < largeBody
        ? conformance.check(subject.received, budget, profiles, usage, targets)
        : checkedApart(services, call, subject.received, { profiles, usage, targets });
    });
  } catch (error) {
    // A finding about the resource, as all others.
    if (!(error instanceof BudgetSpent) || error.scope !== 'resource') throw error;
    found.push(costFailure(error));
  }
  const { text, root } = subject;
  const told = errorsFirst(issues).slice(0, mostFindings);
  const placed = text === undefined ? told : await withPlaces(told, text, root);
  return answer(services, call, found, { all: issues, told: placed });
}

/** Whether the caller could write such a resource, and so learn whether its references have targets; nobody else is told. */
function mayWrite({ access, type }: Call): boolean {
  if (access === undefined) return true;
  return (['c', 'u'] as const).some((one) => missingPermission(access, one, type, 'create') === undefined);
}

/** Fails for a context from the query, which holds texts alone. */
function usageContexts(input: Input): UsageContext[] {
  return (input.get('usageContext') ?? []).map((one) =>
    typeof one === 'object' && one !== null && 'code' in one && typeof one.code === 'object'
      ? (one as UsageContext)
      : invalid('usageContext', 'usageContext is a UsageContext with a code, sent as valueUsageContext in Parameters.'),
  );
}

function modeOf(input: Input): Mode | undefined {
  const given = input.get('mode')?.[0];
  if (given === undefined || modes.some((mode) => mode === given)) return given as Mode | undefined;
  return invalid('mode', `mode is one of ${modes.join(', ')}, not ${JSON.stringify(given).slice(0, 100)}.`);
}

/** A large one, in another thread. @throws BudgetSpent */
async function checkedApart(
  services: Services,
  { budget }: Call,
  { source, resource }: ReceivedResource,
  asked: Pick<ApartAsked, 'profiles' | 'usage' | 'targets'>,
): Promise<readonly Finding[]> {
  const large = { source, bytes: await sharedBytes(source.text), parse: () => Promise.resolve(resource) };
  const { issues } = await checkApart(services, large, budget, { validates: true, index: undefined, ...asked });
  return issues;
}

/** The resource in the body: the body itself, or the parameter `resource`. Undefined without one. */
async function sentResource(call: Call): Promise<Subject | undefined> {
  const { body } = call;
  if (body === undefined || (Buffer.isBuffer(body) && body.length === 0)) return undefined;
  const whole = receiveText(body);
  const text = isSentAsJson(call) ? whole.text : undefined;
  if (whole.resourceType !== 'Parameters') return { received: receiveResource(body, call.type), text };
  const list = whole.members.get('parameter');
  if (list === undefined) return undefined;
  await turnAtLong(whole.text);
  let found: { text: string; index: number } | undefined;
  eachElement(whole.text, list.start, (index, start) =>
    eachMember(whole.text, start, (name, value) => {
      const end = afterValue(whole.text, value);
      if (name === 'resource') found = { text: whole.text.slice(value, end), index };
      return end;
    }),
  );
  if (found === undefined) return undefined;
  const root = `Parameters.parameter[${found.index}].resource`;
  return { received: await parsedResource(found.text), text, root };
}

async function storedSubject({ store }: Services, { type, id }: Call): Promise<Subject> {
  if (id === '') invalid('resource', 'There is no resource: send it as the body, or as the parameter resource.');
  const version = await store.read(type, id);
  requireCurrent(version, type, id);
  return { received: await parsedResource(version.content.toString()) };
}

/** Parses a text that was scanned before, in parts, between which other requests are served. */
async function parsedResource(text: string): Promise<ReceivedResource> {
  const { source, resource } = await readInParts({ body: text });
  return { source, resource };
}

function otherType({ type }: Call, { source }: ReceivedResource): Failure {
  const given = (source.resourceType ?? '').slice(0, 100);
  const diagnostics = `The resource has resourceType ${JSON.stringify(given)}; the address is for ${type}.`;
  return failure('resource-type-mismatch', { given, type }, { diagnostics, expression: type });
}

/** An update carries the id of its address; without an address, any. */
function aboutId({ type, id }: Call, resource: Readonly<Record<string, unknown>>): Failure[] {
  const given = resource['id'];
  const expression = `${type}.id`;
  if (given === undefined) {
    return [failure('id-missing', { id: id || '…' }, { diagnostics: 'An update has an id in the body.', expression })];
  }
  if (id === '' || given === id) return [];
  const shown = JSON.stringify(given).slice(0, 100);
  return [
    failure('id-mismatch', { id }, { diagnostics: `The body has id ${shown}, the URL has "${id}".`, expression }),
  ];
}

/** Whether there is something to delete, and no reference prevents it. */
async function aboutDelete({ store, keepsReferences }: Services, { type, id }: Call): Promise<Failure[]> {
  const failures = await failuresOf(async () => requireCurrent(await store.read(type, id), type, id));
  if (failures.length > 0 || !keepsReferences) return failures;
  let by: readonly Named[] = [];
  // References that the caller may not delete prevent the deletion as well, but are not named.
  const hidden = await failuresOf(async () => (by = await store.referrers(type, id, mostReferrers)));
  const others = by.filter((one) => one.type !== type || one.id !== id);
  return hidden.length > 0 || others.length > 0 ? [referencedBy({ type, id }, others)] : [];
}

async function failuresOf(run: () => Promise<unknown>): Promise<Failure[]> {
  try {
    await run();
    return [];
  } catch (error) {
    if (error instanceof Failure) return [error];
    throw error;
  }
}

function answer(
  { defaultLanguage }: Services,
  call: Call,
  failures: readonly Failure[],
  { all, told }: { readonly all: readonly Finding[]; readonly told: readonly FindingInEntry[] } = { all: [], told: [] },
): Answer {
  const language = chooseLanguage(headerOf(call, 'accept-language'), defaultLanguage);
  const own = failures.map((each) => failureIssue(each, language));
  const findings = findingIssues(told, language);
  const rest = countOfErrors(all, told, { code: 'resource-invalid', language });
  const isValid = own.length === 0 && !findings.some(({ severity }) => severity === 'error' || severity === 'fatal');
  const success: Issue[] = isValid
    ? [
        {
          severity: 'success',
          issue: 'success',
          code: 'validation-passed',
          text: noticeMessages[language]['validation-passed'],
        },
      ]
    : [];
  const headers = { 'content-language': language, vary: 'Accept-Language' };
  return json(operationOutcome([...own, ...success, ...findings, ...rest], language), headers);
}

/**
 * Whether the scopes of a caller permit a write. One kind of scopes (those for a patient's record, or all others) must permit both the
 * stored and the sent resource.
 */
import type { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { conditionOf, type Condition } from '@dhp/search-index';
import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';
import { formatScope, permits } from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import { refusal, refusedByCare, refusedByConsent, refusedByLabel, refusedByPolicies } from '../http/access.ts';
import { payForParsing } from '../http/cost.ts';
import { failure, type Failure } from '../http/errors.ts';
import type { GuardSettings, RuleContext } from './guard-settings.ts';
import { keptElementsOfPatient } from './patient-access.ts';
import { problemOfPatientChange, problemOfPatientWrite } from './patient-writes.ts';
import { refused } from './reasons.ts';
import { problemOfReplacement, problemOfWithdrawal, type Withdrawing } from './withdrawal.ts';
import type { BundleResources } from './resource-authorizer.ts';
import type { StoredRule, WriteKind } from './write-rule.ts';

const permissionOf = { create: 'c', update: 'u', delete: 'd' } as const satisfies Record<string, Permission>;

export const scopesRule: StoredRule = {
  name: 'scopes',
  refuses: ['scope-insufficient', 'scope-outside', 'resource-not-found'],
  decidesBy: 'stored',
  applies: (context, write) => ruleOfWrite(context, write) !== true,
  check: requirePermitted,
};

/** The rule of the type for such a write. @throws Failure where that is nothing */
export function ruleOfWrite({ access, rules }: GuardSettings, { kind, type }: WriteKind): Condition | true {
  const permission = permissionOf[kind];
  const rule = rules(permission, type);
  if (rule === false) throw refusal(access, permission, type, kind);
  return rule;
}

/** A rule that may permit the write and, for a patient's record, the patient. */
interface Way {
  readonly rule: Condition | true;
  readonly patient: string | undefined;
}

/** `why` may be shown to every caller who sees the resource. */
interface Refusal {
  readonly at: 'stored' | 'sent';
  readonly why: string | undefined;
}

async function requirePermitted(
  context: RuleContext,
  write: TransactionWrite,
  current: StoredVersion | undefined,
  bundled: BundleResources,
): Promise<void> {
  const { type, id, kind } = write;
  const permission = permissionOf[kind];
  if (kind === 'delete' && current === undefined) throw notThere(type, id);
  const refusals: Refusal[] = [];
  for (const way of waysOf(context, permission, type)) {
    const refusal =
      (await problemOfStored(context, way, write, current)) ??
      (await problemOfSent(context, way, write, { current, bundled }));
    if (refusal === undefined) return;
    refusals.push(refusal);
  }
  const sent = refusals.find(({ at }) => at === 'sent');
  const why = (sent ?? refusals.find((each) => each.why !== undefined))?.why;
  const isHidden = sent === undefined && current !== undefined && !(await isSeen(context, current));
  const by = await factorAgainst(context, permission, write, { current, bundled });
  if (isHidden) throw by === undefined ? notThere(type, id) : refused(notThere(type, id), by);
  if (by === 'access-policies') throw refusedByPolicies(type, kind);
  if (by === 'care') throw refusedByCare(type, kind);
  if (by === 'consent') throw refusedByConsent(type, kind);
  if (by === 'label') throw refusedByLabel(type, kind);
  throw outside(context, permission, type, { which: `${type}/${id}`, why });
}

function waysOf({ access: { patient }, writing }: RuleContext, permission: Permission, type: string): Way[] {
  const ways = [
    { rule: writing.others(permission, type), patient: undefined },
    { rule: writing.patient(permission, type), patient },
  ];
  return ways.filter((way): way is Way => way.rule !== false);
}

async function problemOfStored(
  context: RuleContext,
  { rule, patient }: Way,
  write: TransactionWrite,
  current: StoredVersion | undefined,
): Promise<Refusal | undefined> {
  const { access, authorizer, store, ownBases, budget } = context;
  const { type, id, kind } = write;
  const refused = (why?: string): Refusal => ({ at: 'stored', why });
  if (current !== undefined && rule !== true && !(await authorizer.isCurrentWithin(current, rule))) return refused();
  if (patient === undefined) return undefined;
  if (type === 'Patient') {
    if (kind === 'delete') return refused('a patient does not delete the own Patient');
    // If the id is unused or deleted, the answer is about the sent resource.
    if (current?.deleted !== false) return { at: 'sent', why: 'a patient does not create a Patient' };
  }
  if (current === undefined) return undefined;
  if (!current.deleted) {
    const why = problemOfPatientWrite(resourceIn(current, budget), id, { patient, ownBases });
    if (why !== undefined) return refused(why);
  }
  if (access.authority !== 'patient' || type === 'Patient') return undefined;
  const creator = await store.creatorOf(type, id);
  if (creator?.kind === 'patient' && creator.patient === patient) return undefined;
  const isUpdate = type === 'Consent' && kind === 'update' && !current.deleted;
  const why = isUpdate ? await problemOfEnding(context, patient, write, current) : notChanged;
  return why === undefined ? undefined : refused(why);
}

const notChanged = 'it was not written by the patient, who may read it and not change it';

/** Why the patient may not withdraw a Consent that somebody else wrote. */
async function problemOfEnding(
  context: RuleContext,
  patient: string,
  { resource, id }: Extract<TransactionWrite, { kind: 'update' }>,
  current: StoredVersion,
): Promise<string | undefined> {
  return problemOfWithdrawal({
    ...writingOf(context, patient),
    ...{ stored: resourceIn(current, context.budget), sent: { ...resource, id } },
  });
}

function writingOf(
  { access, store, ownBases, timeZone, now, budget }: RuleContext,
  patient: string,
): Omit<Withdrawing, 'stored' | 'sent'> {
  return {
    ...{ access, patient, ownBases, timeZone, now: now() },
    async readPatient() {
      const found = await store.read('Patient', patient);
      return found === undefined || found.deleted ? undefined : resourceIn(found, budget);
    },
  };
}

/** Active Consents about a patient that are looked at. */
const mostConsents = 200;

/** Why the patient may not write a Consent beside those that are stored. */
async function problemOfNewer(context: RuleContext, patient: string, sent: JsonResource): Promise<string | undefined> {
  if (context.access.authority !== 'patient') return undefined;
  const { store, timeZone, now, ownBases, budget } = context;
  return problemOfReplacement({
    ...writingOf(context, patient),
    sent,
    async others() {
      const criteria: [string, string][] = [
        ['patient', `Patient/${patient}`],
        ['status', 'active'],
      ];
      const where = conditionOf('Consent', criteria, { timeZone, now: now(), ownBases, lenient: false });
      const found = await store.find('Consent', where, mostConsents + 1, undefined, undefined, budget);
      if (found.length > mostConsents) return undefined;
      const versions = await Promise.all(found.map(({ id }) => store.read('Consent', id)));
      return versions.flatMap((version) =>
        version === undefined || version.deleted || version.id === sent['id'] ? [] : [resourceIn(version, budget)],
      );
    },
  });
}

async function problemOfSent(
  context: RuleContext,
  { rule, patient }: Way,
  write: TransactionWrite,
  { current, bundled }: { current: StoredVersion | undefined; bundled: BundleResources },
): Promise<Refusal | undefined> {
  if (write.kind === 'delete') return undefined;
  const { type, id } = write;
  const { access, authorizer, ownBases, budget } = context;
  const resource = { ...write.resource, id } as unknown as JsonResource;
  if (patient !== undefined) {
    const why =
      problemOfPatientWrite(resource, id, { patient, ownBases }) ??
      (type === 'Consent' ? await problemOfNewer(context, patient, resource) : undefined);
    if (why !== undefined) return { at: 'sent', why };
    if (type === 'Patient' && current !== undefined) {
      const elements = access.authority === 'patient' ? [...keptElementsOfPatient.keys()] : ['link'];
      const kept = problemOfPatientChange(resourceIn(current, budget), resource, elements);
      if (kept !== undefined) return { at: 'sent', why: kept };
    }
  }
  const isPermitted = rule === true || (await authorizer.isResourceWithin(resource, id, rule, bundled)) === true;
  return isPermitted ? undefined : { at: 'sent', why: undefined };
}

/** Whether the caller may read the resource or find it. */
export async function isSeen({ rules, authorizer }: RuleContext, current: StoredVersion): Promise<boolean> {
  for (const permission of ['r', 's'] as const) {
    const rule = rules(permission, current.type);
    if (rule === true) return true;
    if (rule !== false && (await authorizer.isCurrentWithin(current, rule))) return true;
  }
  return false;
}

/** @param which the resource as a sentence names it */
export function outside(
  { access: { scopes, narrowed } }: GuardSettings,
  permission: Permission,
  type: string,
  { which, why }: { which: string; why?: string | undefined },
): Failure {
  const given = [...scopes, ...narrowed].filter((scope) => permits([scope], permission, type)).map(formatScope);
  const orContext = type === 'Binary' ? ', or what its securityContext names may not be read' : '';
  const because = why === undefined ? '' : `: ${why}`;
  const diagnostics = `${which} is not permitted by ${given.join(' ')}${orContext}${because}.`;
  return failure('scope-outside', {}, { diagnostics });
}

function resourceIn({ content }: StoredVersion, budget: Budget | undefined): JsonResource {
  payForParsing(budget, content);
  return JSON.parse(content.toString('utf8')) as JsonResource;
}

function notThere(type: string, id: string): Failure {
  const diagnostics = `There is no ${type}/${id} among the resources that the token permits.`;
  return failure('resource-not-found', { type, id }, { diagnostics, expression: type });
}

const besideScopes = ['access-policies', 'care', 'consent', 'label'] as const;

/** The factor beside the scopes that excludes the stored or sent resource: for the record of the refusal, and its text. */
async function factorAgainst(
  context: RuleContext,
  ...asked: [permission: Permission, write: TransactionWrite, around: Around]
): Promise<(typeof besideScopes)[number] | undefined> {
  for (const name of besideScopes) if (await isLeftOutBy(name, context, ...asked)) return name;
  return undefined;
}

interface Around {
  readonly current: StoredVersion | undefined;
  readonly bundled: BundleResources;
}

async function isLeftOutBy(
  name: (typeof besideScopes)[number],
  { factors, authorizer }: RuleContext,
  permission: Permission,
  write: TransactionWrite,
  { current, bundled }: Around,
): Promise<boolean> {
  const rule = factors.find((factor) => factor.name === name)?.rules(permission, write.type);
  if (rule === undefined || typeof rule === 'boolean') return rule === false;
  if (current !== undefined && !(await authorizer.isCurrentWithin(current, rule))) return true;
  if (write.kind === 'delete') return false;
  const resource = { ...write.resource, id: write.id } as unknown as JsonResource;
  return (await authorizer.isResourceWithin(resource, write.id, rule, bundled)) !== true;
}

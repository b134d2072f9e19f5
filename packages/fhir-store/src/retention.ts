/** @dhp/fhir-store/retention: legal holds, rules about how long versions are kept, and purges. For the owner of the tables. */
import { randomUUID } from 'node:crypto';
import { isCareType } from '@dhp/care';
import { typeNumber } from '@dhp/fhir-model';
import { insertHold, liftHold as liftStored, lockHolds, type HeldThing } from './statements/legal-holds.ts';
import { deleteRule, putRule, type RetentionRule } from './statements/retention.ts';
import { recordDone, type LifeMeans } from './trail-life.ts';

export { selectHolds as holdsOf, type HeldThing, type LegalHold } from './statements/legal-holds.ts';
export { selectRules as rulesOf, type RetentionRule, type StoredRule } from './statements/retention.ts';
export { countOld, purgeOld, verifyPurges, type PurgeFault, type PurgeReport, type PurgesReport } from './purge.ts';

export { selectRequests as requestsOf, type PurgeRequest } from './statements/purge-requests.ts';
export { carryOutPurge, checkCertificate, countRequest, refusePurge, type CertificateFault } from './purge-requests.ts';

const aboutThing = ({ type, id }: HeldThing): string => (id === undefined ? type : `${type}/${id}`);

/** Sets a hold, and records its author and reason. Every purge respects it once this has returned. @returns its id */
export function setHold(means: LifeMeans, held: HeldThing & { readonly until?: Date | undefined }): Promise<string> {
  const hold = randomUUID();
  return means.sql.begin(async (session) => {
    await lockHolds(session, 'to change');
    await insertHold(session, { ...held, hold, reason: means.reason, setBy: means.by });
    const told = { hold, until: held.until?.toISOString() };
    await recordDone(session, means, { interaction: 'hold-set', told, about: aboutThing(held) });
    return hold;
  });
}

/** @returns the thing that was on hold; undefined if no hold has this id, or it was lifted before */
export function liftHold(means: LifeMeans, hold: string): Promise<HeldThing | undefined> {
  return means.sql.begin(async (session) => {
    await lockHolds(session, 'to change');
    const held = await liftStored(session, { hold, by: means.by, reason: means.reason });
    if (held !== undefined)
      await recordDone(session, means, { interaction: 'hold-lifted', told: { hold }, about: aboutThing(held) });
    return held;
  });
}

/**
 * Reasons why a rule is invalid. type: the type does not exist. care: earlier versions of the type decide who cares for a patient. nothing:
 * the rule sets no limit.
 */
export type RuleFault = 'type' | 'care' | 'nothing';

export function faultOfRule({ type, earlier, deleted }: RetentionRule): RuleFault | undefined {
  if (typeNumber(type) === undefined || type === 'AuditEvent') return 'type';
  if (earlier === undefined && deleted === undefined) return 'nothing';
  return earlier !== undefined && isCareType(type) ? 'care' : undefined;
}

/** Puts a rule in the place of that of the type. @param rule without a fault */
export function setRule(means: LifeMeans, rule: RetentionRule): Promise<void> {
  return means.sql.begin(async (session) => {
    await putRule(session, { ...rule, reason: means.reason, setBy: means.by });
    const told = { of: rule.type, earlier: rule.earlier, deleted: rule.deleted };
    await recordDone(session, means, { interaction: 'retention-set', told });
  });
}

/** Removes the rule of a type, so that all its versions are kept. @returns whether there was a rule */
export function removeRule(means: LifeMeans, type: string): Promise<boolean> {
  return means.sql.begin(async (session) => {
    const was = await deleteRule(session, type);
    if (was) await recordDone(session, means, { interaction: 'retention-removed', told: { of: type } });
    return was;
  });
}

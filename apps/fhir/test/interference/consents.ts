/** A world in which patients have random consents, and how a server that holds only what they leave to a caller answers. */
import type { PolicySet } from '@dhp/access-policies';
import { interferenceOfFactors } from './narrowed.ts';
import { interference, oneOf, patients, randomOf, type Random, type Resource } from './world.ts';

/** All consents are in force. */
export const enforced: PolicySet = { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] };

/** A caller to whom some consents refuse something. */
const caller = { scope: 'system/*.rs', client_id: 'clinic' };

/** Consents of the patients: of the whole record, of some of it, of others; in both readings. Each world has one who refuses all. */
export function randomConsents(random: Random): Resource[] {
  const one = oneOf(random);
  const client = (value: string): object => ({
    actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value } } }],
  });
  const disclose = { action: [{ coding: [{ code: 'disclose' }] }] };
  const meta = { profile: ['https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent'] };
  const code = { code: [{ coding: [{ system: 'urn:c', code: one(['x1', 'x2', 'x3']) }] }] };
  const members: readonly object[] = [
    { meta, decision: 'deny', provision: [disclose] },
    { meta, decision: 'permit', provision: [disclose] },
    { decision: 'deny' },
    { decision: 'permit', provision: [client('clinic')] },
    { decision: 'permit', provision: [client('other')] },
    { decision: 'permit', provision: [code] },
    { decision: 'permit', provision: [{ resourceType: [{ code: one(['Observation', 'Encounter', 'List']) }] }] },
    { decision: 'deny', provision: [client('clinic')] },
    {
      decision: 'permit',
      provision: [{ dataPeriod: { start: '2024-05-01' }, resourceType: [{ code: 'Observation' }] }],
    },
    { decision: 'permit', provision: [{ ...code, provision: [client('clinic')] }] },
    { status: 'inactive', decision: 'deny' },
  ];
  return patients.map((id, n) => ({
    ...{ resourceType: 'Consent', id: `k-${id}`, status: 'active', subject: { reference: `Patient/${id}` } },
    ...(n === 0 ? members[0] : one(members.slice(1))),
  }));
}

/** As `interferenceOfFactors`, of a world of a seed: the resources that consents leave, and the Consents among them. */
export function interferenceOfConsents(seed: number, questions: number): Promise<number> {
  const random = randomOf(seed);
  const { everything, question } = interference(random);
  const all = [...everything, ...randomConsents(random)];
  return interferenceOfFactors({ seed, questions, question, everything: all, policies: enforced, caller });
}

import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import { contentBefore } from '../../access/seen-snapshot.ts';
import type { Change } from '../../contract/changes.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { payForParsing } from '../../http/cost.ts';
import { parseOptions } from '../../search/understood.ts';
import { hiddenMembership } from '../../search/within-compartment.ts';

/** Changes of resources in the compartment of a patient, as they are stored. */
export async function ofPatient(
  services: Services,
  call: Call,
  changes: readonly Change[],
  patient: string,
): Promise<Change[]> {
  await services.policies.fresh();
  const options = parseOptions(services.over(services.unguarded), call);
  const found: Change[] = [];
  for (const change of changes) {
    const { type, id } = change;
    // Compartment membership by an element that the caller does not see is not used.
    if (hiddenMembership('Patient', type, options) !== undefined) continue;
    const isOwn = type === 'Patient' && id === patient;
    if (isOwn || (type !== 'Patient' && (await isAbout(services, call, change, patient)))) found.push(change);
  }
  return found;
}

/** A deletion is about whom the last content was about. */
async function isAbout(services: Services, { budget }: Call, change: Change, patient: string): Promise<boolean> {
  const content = change.deleted ? await contentBefore(services, change) : change.content;
  if (content === undefined || !mayName(content, patient)) return false;
  payForParsing(budget, content);
  return patientCompartment(JSON.parse(content.toString('utf8')) as JsonResource, [services.baseUrl]).includes(patient);
}

/** Quick, and true if that is not known: letters of an id may be written as escapes. */
function mayName(content: Buffer, patient: string): boolean {
  return content.includes(patient) || content.includes('\\u');
}

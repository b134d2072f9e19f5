/** Whether a health worker may see the context of an application: the patient, the encounter and the other resources in it. */
import type { Sql } from '@dhp/postgres';
import { PatientsError, type Patients, type Asker } from '@dhp/accounts/records';
import type { Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { LaunchContext } from '../store/launches.ts';
import { policiesOfPerson } from './person.ts';
import type { Person } from './state.ts';

/** The health worker in whose name the FHIR server is asked, with the current permissions of the roles. */
export async function askerOf(
  { sql }: { sql: Sql },
  { person, registration: { environment } }: { person: Person; registration: Pick<Registration, 'environment'> },
): Promise<Asker> {
  const { policies, roles } = await policiesOfPerson({ sql }, person, environment);
  return { accountId: person.account.accountId, fhirUser: person.fhirUser!, policies, roles };
}

/**
 * Asks the FHIR server on behalf of the person, as the application would. In an emergency nothing is asked: outside of it the person may
 * not see the record, and the FHIR server decides at each request whether there is one.
 * @returns the first reference in the context that the person may not see, that does not exist, or that does not belong to the patient;
 * undefined if there is none
 * @throws PatientsError `unreachable` if the FHIR server does not answer
 */
export async function hiddenInContext(
  { sql, patients }: { sql: Sql; patients: Patients },
  {
    registration,
    person,
    context,
  }: {
    registration: Registration;
    person: Person;
    context: Pick<LaunchContext, 'patient' | 'encounter' | 'fhir_context' | 'emergency'>;
  },
): Promise<string | undefined> {
  if (context.emergency !== null) return undefined;
  const { environment } = registration;
  const asker = await askerOf({ sql }, { person, registration });
  const at = { patients, environment, asker };
  const { patient, encounter } = context;
  const asked = [
    ...(patient === null ? [] : [check(`Patient/${patient}`, () => seesPatient(at, patient))]),
    ...(encounter === null ? [] : [check(`Encounter/${encounter}`, () => seesEncounter(at, encounter, patient))]),
    ...(context.fhir_context ?? []).flatMap(({ reference }) =>
      reference === undefined ? [] : [check(reference, () => sees(at, reference))],
    ),
  ];
  return (await Promise.all(asked)).find((reference) => reference !== undefined);
}

interface At {
  readonly patients: Patients;
  readonly environment: EnvironmentName;
  readonly asker: Asker;
}

/** @returns the reference when the answer is no */
async function check(reference: string, isVisible: () => Promise<boolean>): Promise<string | undefined> {
  try {
    return (await isVisible()) ? undefined : reference;
  } catch (error) {
    if (error instanceof PatientsError && error.because === 'not-permitted') return reference;
    throw error;
  }
}

async function seesPatient({ patients, environment, asker }: At, patient: string): Promise<boolean> {
  return (await patients.read(environment, asker, patient)) !== undefined;
}

/** Whether the encounter is visible and belongs to the patient in context; an encounter of another patient would mix two records. */
async function seesEncounter(at: At, encounter: string, patient: string | null): Promise<boolean> {
  const found = await at.patients.resource(at.environment, at.asker, `Encounter/${encounter}`);
  if (found === undefined || patient === null) return found !== undefined;
  return found.subject?.reference?.endsWith(`Patient/${patient}`) === true;
}

async function sees({ patients, environment, asker }: At, reference: string): Promise<boolean> {
  return (await patients.resource(environment, asker, reference)) !== undefined;
}

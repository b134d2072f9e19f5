/** The table of launch contexts, one function a statement. */
import { createHash } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

/** One more resource in context: `fhirContext` of SMART App Launch 2.2. */
export interface FhirContext {
  /** Relative: `ImagingStudy/123`. */
  reference?: string;
  canonical?: string;
  identifier?: Record<string, string>;
  type?: string;
  /** Purpose of the reference; absent: `launch`. */
  role?: string;
}

/** An emergency that is stated with a launch; it counts for as long as the FHIR server lets one statement count. */
export interface StatedEmergency {
  readonly reason: string;
  /** Seconds since 1970. */
  readonly since: number;
}

/** Context in which an application is launched. */
export interface LaunchContext {
  /** Id of the Patient in context. */
  patient: string | null;
  encounter: string | null;
  /** Id of the Practitioner who must sign in; null for any Practitioner. */
  practitioner: string | null;
  intent: string | null;
  need_patient_banner: boolean;
  smart_style_url: string | null;
  fhir_context: FhirContext[] | null;
  emergency: StatedEmergency | null;
  /**
   * The context is not the person's own record: it was chosen while signing in, or came with a launch from other software. The permissions
   * of the person's roles apply to it.
   */
  picked: boolean;
}

export interface NewLaunch extends Omit<LaunchContext, 'picked'> {
  launchHash: Buffer;
  clientId: string;
  environment: EnvironmentName;
  registeredBy: string;
  expiresAt: Date;
}

/** The stored form: a copy of the table cannot be used to launch anything. */
export function hashOfLaunch(launch: string): Buffer {
  return createHash('sha256').update(launch).digest();
}

export async function insertLaunch(sql: Session, o: NewLaunch): Promise<void> {
  await sql`
    insert into sso.launch (launch_hash, client_id, environment, patient, encounter, practitioner, intent,
                            need_patient_banner, smart_style_url, fhir_context, emergency, registered_by, expires_at, picked)
    values (${o.launchHash}, ${o.clientId}, ${o.environment}, ${o.patient}, ${o.encounter}, ${o.practitioner}, ${o.intent},
            ${o.need_patient_banner}, ${o.smart_style_url}, ${o.fhir_context === null ? null : sql.json(o.fhir_context)},
            ${o.emergency === null ? null : sql.json(o.emergency)}, ${o.registeredBy}, ${o.expiresAt}, true)`;
}

/** Writes the patient of a sign-in under way, replacing an earlier choice. */
export async function upsertChosenPatient(
  sql: Session,
  o: Pick<NewLaunch, 'launchHash' | 'clientId' | 'environment' | 'expiresAt'> & { patient: string; picked: boolean },
): Promise<void> {
  await sql`
    insert into sso.launch (launch_hash, client_id, environment, patient, need_patient_banner, registered_by, expires_at, picked)
    values (${o.launchHash}, ${o.clientId}, ${o.environment}, ${o.patient}, true, ${o.clientId}, ${o.expiresAt}, ${o.picked})
    on conflict (launch_hash) do update set patient = excluded.patient, picked = excluded.picked
    where launch.grant_hash is null`;
}

export async function deleteUnusedLaunch(sql: Session, launchHash: Buffer): Promise<void> {
  await sql`delete from sso.launch where launch_hash = ${launchHash} and grant_hash is null`;
}

/** An unused launch for this application. */
export async function selectLaunch(
  sql: Session,
  o: { launchHash: Buffer; clientId: string; environment: EnvironmentName; now: Date },
): Promise<LaunchContext | undefined> {
  const [row] = await sql<LaunchContext[]>`
    select patient, encounter, practitioner, intent, need_patient_banner, smart_style_url, fhir_context, emergency, picked
    from sso.launch
    where launch_hash = ${o.launchHash} and client_id = ${o.clientId} and environment = ${o.environment}
      and grant_hash is null and expires_at > ${o.now}`;
  return row;
}

/** Uses up the launch for a grant. @returns false if another request did, or it has expired */
export async function useLaunch(
  sql: Session,
  o: { launchHash: Buffer; grantHash: Buffer; now: Date; keepUntil: Date },
): Promise<boolean> {
  const rows = await sql`
    update sso.launch set grant_hash = ${o.grantHash}, expires_at = ${o.keepUntil}
    where launch_hash = ${o.launchHash} and grant_hash is null and expires_at > ${o.now}
    returning launch_hash`;
  return rows.length > 0;
}

export async function selectLaunchOfGrant(sql: Session, grantHash: Buffer): Promise<LaunchContext | undefined> {
  const [row] = await sql<LaunchContext[]>`
    select patient, encounter, practitioner, intent, need_patient_banner, smart_style_url, fhir_context, emergency, picked
    from sso.launch
    where grant_hash = ${grantHash}`;
  return row;
}

export async function deleteExpiredLaunches(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.launch where expires_at < ${now}`;
}

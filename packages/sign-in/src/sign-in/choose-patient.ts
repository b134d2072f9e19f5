/** Between signing in and consent: the patient that an application is to work with, chosen by a health worker. */
import type { Sql } from '@dhp/postgres';
import { askerOf as askerFor, hiddenInContext, relationOf, type SignIn } from '@dhp/protocol';
import { patientPage, relationChangedPage, type PatientSearch } from '../pages/patient-pages.ts';
import type { PageOptions } from '@dhp/sso-pages';
import { patientQuery, PatientsError, type Patients, type PatientSummary, type Asker } from '@dhp/accounts/records';
import type { AuditEvent } from '@dhp/audit';

/** The page to show, or that the sign-in continues, is not allowed, or is not possible now. */
export type Chosen = { page: string; status: number } | 'go-on' | 'no-access' | 'unreachable';

type Note = (event: Pick<AuditEvent, 'event' | 'reason'>) => void;

export interface ChoosePatient {
  /** The page without an answer yet; for a relative the choice itself, which is no question. */
  begin(signIn: SignIn, o: PageOptions): Promise<Chosen>;
  search(signIn: SignIn, form: URLSearchParams, o: PageOptions, note: Note): Promise<Chosen>;
  /** Puts the patient into the context of the sign-in, if this person may see that record. */
  choose(signIn: SignIn, patient: string, o: PageOptions, note: Note): Promise<Chosen>;
  /** Whether the person may see everything with which the application was launched. */
  admitsLaunch(signIn: SignIn, note: Note): Promise<'go-on' | 'no-access' | 'unreachable'>;
  /** The chosen patient for display; undefined if it cannot be fetched now. */
  chosen(signIn: SignIn): Promise<PatientSummary | undefined>;
}

interface Parts {
  sql: Sql;
  patients: Patients;
  clock: () => Date;
}

export function openChoosePatient(parts: Parts): ChoosePatient {
  return {
    begin: (signIn, o) => begin(parts, signIn, o),
    search: (signIn, form, o, note) => search(parts, signIn, { form, o, note }),
    choose: (signIn, patient, o, note) => choose(parts, signIn, { patient, o, note }),
    admitsLaunch: (signIn, note) => admitsLaunch(parts, signIn, note),
    chosen: (signIn) => chosenPatient(parts, signIn),
  };
}

async function begin(parts: Parts, signIn: SignIn, o: PageOptions): Promise<Chosen> {
  if (signIn.lacks !== 'represented') return show(signIn, o);
  const { environment, client_id: clientId } = signIn.client;
  const { accountId } = signIn.person!.account;
  const [, relatedPerson = ''] = /\/RelatedPerson\/([^/]+)$/.exec(signIn.person!.fhirUser!) ?? [];
  try {
    const relation = await relationOf(parts, { accountId, environment, relatedPerson, clientId });
    if (relation === 'ended') return 'no-access';
    if (relation === 'changed') return { page: relationChangedPage(signIn, o), status: 403 };
    await signIn.choose(relation.patient);
    return 'go-on';
  } catch (error) {
    if (error instanceof PatientsError) return 'unreachable';
    throw error;
  }
}

async function search(
  parts: Parts,
  signIn: SignIn,
  { form, o, note }: { form: URLSearchParams; o: PageOptions; note: Note },
): Promise<Chosen> {
  const text = (form.get('q') ?? '').slice(0, 200);
  const birthDate = (form.get('birthdate') ?? '').slice(0, 10);
  const query = patientQuery(text, birthDate);
  if (query === undefined) return show(signIn, o, { text, birthDate, outcome: 'too-little' });
  // Kind of the search, not its text.
  const reason = [...new Set(query.keys())].join(' ');
  try {
    const asker = await askerOf(parts, signIn);
    const outcome = await parts.patients.search(signIn.client.environment, asker, query);
    note({ event: 'patients.searched', reason: `${reason}: ${String(outcome.patients.length)} found` });
    return show(signIn, o, { text, birthDate, outcome });
  } catch (error) {
    if (!(error instanceof PatientsError)) throw error;
    note({ event: 'patients.searched', reason: `${reason}: ${error.because}` });
    return show(signIn, o, { text, birthDate, outcome: error.because });
  }
}

async function choose(
  parts: Parts,
  signIn: SignIn,
  { patient, o, note }: { patient: string; o: PageOptions; note: Note },
): Promise<Chosen> {
  const where = `Patient/${patient.slice(0, 64)}`;
  const isOwn = patient === signIn.person?.patient;
  let found: PatientSummary | undefined;
  try {
    found = isOwn ? undefined : await read(parts, signIn, patient);
  } catch (error) {
    if (!(error instanceof PatientsError)) throw error;
    if (error.because === 'unreachable') return show(signIn, o, { text: '', birthDate: '', outcome: 'unreachable' });
  }
  if (!isOwn && found === undefined) {
    note({ event: 'patient.refused', reason: where });
    return 'no-access';
  }
  await signIn.choose(patient);
  note({ event: 'patient.chosen', reason: where });
  return 'go-on';
}

async function admitsLaunch(
  { sql, patients }: Parts,
  { launched, person, client: registration }: SignIn,
  note: Note,
): Promise<'go-on' | 'no-access' | 'unreachable'> {
  if (launched === undefined || person === undefined) return 'go-on';
  try {
    const hidden = await hiddenInContext({ sql, patients }, { registration, person, context: launched });
    if (hidden === undefined) return 'go-on';
    note({ event: 'launch.refused', reason: hidden });
    return 'no-access';
  } catch (error) {
    if (error instanceof PatientsError) return 'unreachable';
    throw error;
  }
}

async function chosenPatient(parts: Parts, signIn: SignIn): Promise<PatientSummary | undefined> {
  const { patient } = signIn;
  if (!signIn.hasChosen || patient === undefined || patient === signIn.person?.patient) return undefined;
  try {
    return await read(parts, signIn, patient);
  } catch (error) {
    if (error instanceof PatientsError) return undefined;
    throw error;
  }
}

/** Returns the record in words; undefined when the person may not see it. */
async function read(parts: Parts, signIn: SignIn, patient: string): Promise<PatientSummary | undefined> {
  return parts.patients.read(signIn.client.environment, await askerOf(parts, signIn), patient);
}

function askerOf({ sql }: Parts, { person, client }: SignIn): Promise<Asker> {
  return askerFor({ sql }, { person: person!, registration: client });
}

/** Status of the page by the outcome of a search that failed. */
const statusOf = { 'too-little': 422, 'not-permitted': 403, unreachable: 503 };

function show(signIn: SignIn, o: PageOptions, search?: PatientSearch): Chosen {
  const outcome = search?.outcome;
  return {
    page: patientPage(signIn, { ...o, ...(search && { search }) }),
    status: typeof outcome === 'string' ? statusOf[outcome] : 200,
  };
}

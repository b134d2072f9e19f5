/**
 * The patients from whom a health worker chooses, requested from the FHIR server over HTTP on behalf of the health worker, with the
 * permissions of the worker's roles. Whatever that server would hide from an application of this person is not shown here either.
 * docs/decisions/0010-choosing-a-patient.md
 */
import type { EnvironmentName } from '@dhp/sso-kit';
import { correlationId } from '@dhp/sso-kit/request';
import { pinflSystem } from './directory.ts';
import { isInUse, representedIn, type PatientState } from './record-state.ts';
import { recordsToken, type Asker, type RecordsOptions } from './records-token.ts';

/** Details that distinguish patients of the same name. */
export interface PatientSummary {
  id: string;
  name: string;
  /** As FHIR writes it; it may be a year alone. */
  birthDate?: string;
  gender?: string;
  /** The last four digits of the PINFL. */
  pinflEnd?: string;
  /** Region and district, without house and flat. */
  place?: string;
}

/** The elements of a resource that are used here. */
export interface FhirResource {
  /** Subject of an Encounter. */
  subject?: { reference?: string };
}

export type PatientRecord = 'in-use' | 'ended' | 'absent';

/** The health worker may see no patients, or the FHIR server does not answer. */
export class PatientsError extends Error {
  override readonly name = 'PatientsError';
  readonly because: 'not-permitted' | 'unreachable';
  constructor(because: 'not-permitted' | 'unreachable', options?: ErrorOptions) {
    super(because, options);
    this.because = because;
  }
}

/** @throws PatientsError from every function */
export interface Patients {
  /** The first `pageSize` patients, and whether there are more. */
  search(environment: EnvironmentName, asker: Asker, query: URLSearchParams): Promise<Found>;
  /** Undefined if there is no such patient, the asker may not see it, or it is inactive or was merged into another. */
  read(environment: EnvironmentName, asker: Asker, id: string): Promise<PatientSummary | undefined>;
  /** Returns a resource of another type by a relative reference; undefined if it does not exist or the asker may not see it. */
  resource(environment: EnvironmentName, asker: Asker, reference: string): Promise<FhirResource | undefined>;
  /** The id of the Patient whom a RelatedPerson represents now; undefined also if that record is no longer in use. */
  representedBy(environment: EnvironmentName, relatedPerson: string): Promise<string | undefined>;
  /** `ended`: deleted, inactive or merged into another one; `absent`: it has never existed. */
  stateOf(environment: EnvironmentName, id: string): Promise<PatientRecord>;
}

export interface Found {
  patients: PatientSummary[];
  more: boolean;
}

export const pageSize = 20;

const elements = 'name,birthDate,gender,identifier,address,active,link';
const idShape = /^[A-Za-z0-9.-]{1,64}$/;
const timeout = 10_000;

/**
 * Milliseconds for which a token of this server is reused: half its lifetime. The FHIR server then verifies it once, not for each request.
 */
const reuse = 30_000;

export function fhirPatients(o: RecordsOptions): Patients {
  const own = new Map<string, { token: Promise<string>; until: number }>();

  function ownToken(audience: string, scope: string): Promise<string> {
    const key = `${audience} ${scope}`;
    const now = o.clock().getTime();
    const kept = own.get(key);
    if (kept !== undefined && now < kept.until && now > kept.until - 2 * reuse) return kept.token;
    const token = recordsToken(o, { audience, scope });
    own.set(key, { token, until: now + reuse });
    return token;
  }

  /** Undefined if the resource does not exist, null if it was deleted. */
  async function ask(environment: EnvironmentName, path: string, scope: string, asker?: Asker): Promise<unknown> {
    const base = o.environments[environment];
    if (base === undefined) throw new PatientsError('unreachable');
    const token =
      asker === undefined ? await ownToken(base, scope) : await recordsToken(o, { audience: base, scope, asker });
    const id = correlationId();
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/fhir+json',
      ...(id !== undefined && { 'x-request-id': id }),
    };
    const { response, body } = await getJson(`${o.fhirUrls?.[environment] ?? base}/${path}`, headers);
    if (response.status === 200) return body;
    if (response.status === 404) return undefined;
    if (response.status === 410) return null;
    throw new PatientsError(response.status === 403 ? 'not-permitted' : 'unreachable');
  }

  async function stateOf(environment: EnvironmentName, id: string): Promise<PatientRecord> {
    if (!idShape.test(id)) return 'absent';
    const found = await ask(environment, `Patient/${id}`, 'system/Patient.r');
    if (found === undefined) return 'absent';
    return found !== null && isInUse(found) ? 'in-use' : 'ended';
  }

  return {
    async search(environment, asker, query) {
      const asked = new URLSearchParams(query);
      asked.set('_count', String(pageSize + 1));
      asked.set('_elements', elements);
      const bundle = await ask(environment, `Patient?${asked.toString()}`, 'user/Patient.s', asker);
      const entries = (bundle as { entry?: { resource?: FhirPatient }[] } | undefined)?.entry ?? [];
      const found = entries.flatMap(({ resource }) =>
        resource?.resourceType === 'Patient' && isInUse(resource) ? [resource] : [],
      );
      return { patients: found.slice(0, pageSize).map(summaryOf), more: entries.length > pageSize };
    },
    async read(environment, asker, id) {
      if (!idShape.test(id)) return undefined;
      const found = (await ask(environment, `Patient/${id}`, 'user/Patient.r', asker)) as
        FhirPatient | undefined | null;
      return found !== undefined && found !== null && isInUse(found) ? summaryOf(found) : undefined;
    },
    async resource(environment, asker, reference) {
      const [, type] = /^([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9.-]{1,64}$/.exec(reference) ?? [];
      if (type === undefined) return undefined;
      return (
        ((await ask(environment, reference, `user/${type}.r`, asker)) as FhirResource | null | undefined) ?? undefined
      );
    },
    async representedBy(environment, relatedPerson) {
      const found = await ask(environment, `RelatedPerson/${relatedPerson}`, 'system/RelatedPerson.r');
      const patient = representedIn(found ?? { active: false }, o.clock(), o.timeZone);
      return patient !== undefined && (await stateOf(environment, patient)) === 'in-use' ? patient : undefined;
    },
    stateOf,
  };
}

/** @throws PatientsError if no JSON arrives in time */
async function getJson(url: string, headers: Record<string, string>): Promise<{ response: Response; body: unknown }> {
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeout) });
    return { response, body: await response.json() };
  } catch (cause) {
    throw new PatientsError('unreachable', { cause });
  }
}

interface FhirPatient extends PatientState {
  resourceType?: string;
  id: string;
  name?: { use?: string; text?: string; family?: string; given?: string[] }[];
  birthDate?: string;
  gender?: string;
  identifier?: { system?: string; value?: string }[];
  address?: FhirAddress[];
}

interface FhirAddress {
  use?: string;
  text?: string;
  state?: string;
  district?: string;
  city?: string;
}

function summaryOf({ id, name = [], birthDate, gender, identifier = [], address = [] }: FhirPatient): PatientSummary {
  const { text, family, given = [] } = name.find(({ use }) => use === 'official') ?? name[0] ?? {};
  const whole = text ?? [family, ...given].filter((part) => part !== undefined).join(' ');
  const pinfl = identifier.find(({ system }) => system === pinflSystem)?.value;
  const place = placeOf(address.find(({ use }) => use === 'home') ?? address[0]);
  return {
    id,
    name: whole === '' ? id : whole,
    ...(birthDate !== undefined && { birthDate }),
    ...(gender !== undefined && { gender }),
    ...(pinfl !== undefined && { pinflEnd: pinfl.slice(-4) }),
    ...(place !== undefined && { place }),
  };
}

/** In the national profile the district is a code, and its name is in the text: region, district, neighbourhood, house. */
function placeOf(address: FhirAddress | undefined): string | undefined {
  if (address === undefined) return undefined;
  const { text, ...parts } = address;
  const named = [parts.state, parts.district ?? parts.city].filter((part) => /\p{L}{3}/u.test(part ?? ''));
  if (named.length > 0) return named.join(', ');
  return text?.split(',').slice(0, 2).join(',').trim().slice(0, 120);
}

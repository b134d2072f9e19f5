import type { Encounter, EncounterDiagnosis, EpisodeOfCare, Reference } from '@dhp/fhir-model';
import { formatDate, formatMinute, type Day, type Minute } from '../calendar.ts';
import { concept, meta, national, reference, systems } from '../codes.ts';
import type { Facility, StaffMember } from '../facilities.ts';
import type { Person } from '../person.ts';

/** A contact with an institution. All its measurements and orders refer to it and are within its period. */
export interface PatientVisit {
  readonly id: string;
  readonly kind: 'preventive' | 'acute' | 'chronic' | 'inpatient';
  readonly facility: Facility;
  readonly staff: StaffMember;
  readonly start: Minute;
  readonly end: Minute;
}

const typeOf = {
  preventive: ['mserv-0001-00001', 'Profilaktik'],
  acute: ['mserv-0001-00004', 'Davolash'],
  chronic: ['mserv-0001-00003', 'Konsultativ'],
  inpatient: ['mserv-0001-00004', 'Davolash'],
} as const;

export function encounter(
  person: Person,
  visit: PatientVisit,
  about: { conditions: Reference[]; episode?: Reference },
): Encounter {
  const period = { start: formatMinute(visit.start), end: formatMinute(visit.end) };
  const inpatient = visit.kind === 'inpatient';
  const [type, typeDisplay] = typeOf[visit.kind];
  const use =
    visit.kind === 'preventive'
      ? concept(systems.national('encounter-reason-use-cs'), 'mserv-0002-00002', 'Profilaktik qabul')
      : concept(systems.national('encounter-reason-use-cs'), 'mserv-0002-00001', 'Kasallik');
  const diagnosis: EncounterDiagnosis[] = about.conditions.map((condition) => ({
    condition: [{ reference: condition }],
  }));
  return {
    resourceType: 'Encounter',
    id: visit.id,
    meta: meta(national('uz-core-encounter')),
    status: 'completed',
    class: [
      inpatient
        ? concept(systems.v3('ActCode'), 'IMP', 'inpatient encounter')
        : concept(systems.v3('ActCode'), 'AMB', 'ambulatory'),
    ],
    priority: inpatient
      ? concept(systems.v3('ActPriority'), 'EM', 'emergency')
      : concept(systems.v3('ActPriority'), 'R', 'routine'),
    type: [concept(systems.national('encounter-type-cs'), type, typeDisplay)],
    serviceType: [{ reference: visit.facility.service }],
    subject: reference('Patient', person.id),
    ...(about.episode && { episodeOfCare: [about.episode] }),
    serviceProvider: visit.facility.organization,
    participant: [
      {
        type: [concept(systems.v3('ParticipationType'), 'ATND', 'attender')],
        period,
        actor: visit.staff.practitioner,
      },
    ],
    actualPeriod: period,
    reason: [{ use: [use], ...(diagnosis.length > 0 && { value: about.conditions.map((c) => ({ reference: c })) }) }],
    ...(diagnosis.length > 0 && { diagnosis }),
    ...(inpatient && {
      admission: {
        admitSource: concept(systems.national('admit-source-local-cs'), 'mserv-0006-00004', 'Tez tibbiy yordam'),
        dischargeDisposition: concept(systems.hl7('discharge-disposition'), 'home', 'Home'),
      },
    }),
    location: [{ location: visit.facility.location, status: 'completed' }],
  };
}

/** The lasting care of one chronic disease. */
export function episodeOfCare(person: Person, id: string, condition: Reference, start: Day): EpisodeOfCare {
  return {
    resourceType: 'EpisodeOfCare',
    id,
    meta: meta(national('uz-core-episodeofcare')),
    identifier: [{ system: 'http://dhp.uz/ids/episode-of-care', value: `EOC-${id.slice(0, 13)}` }],
    status: person.death === undefined ? 'active' : 'finished',
    type: [concept(systems.national('episode-of-care-type-cs'), 'mserv-0001-00004', 'Davolash')],
    reason: [
      {
        use: concept(systems.national('episode-of-care-reason-use-cs'), 'mserv-0002-00001', 'Kasallik'),
        value: [{ reference: condition }],
      },
    ],
    diagnosis: [{ condition: [{ reference: condition }] }],
    patient: reference('Patient', person.id),
    managingOrganization: person.network.polyclinic.organization,
    period: {
      start: formatDate(start),
      ...(person.death !== undefined && { end: formatDate(person.end) }),
    },
    careManager: person.doctor.role,
  };
}

import type { Practitioner, PractitionerRole } from '@dhp/fhir-model';
import { calendarDate, formatDate, parseDay } from '../calendar.ts';
import { coding, concept, identifier, meta, national, personMeta, sid, systems } from '../codes.ts';
import type { Facility, StaffMember } from '../facilities.ts';
import { purpose, testPinfl, type Gender } from '../identity.ts';
import { humanName, mobilePhone, nameFor } from '../naming.ts';
import { Random } from '../random.ts';

const earliestBirth = parseDay('1962-01-01');
const latestBirth = parseDay('1996-12-31');

/** PINFLs of health workers have serials that no patient has below this number. */
const firstIndex = 90_000 * 64;

/** Yields the holder of a post, a practitioner of working age with a certificate since the end of the studies, and the role. */
export function* practitioner(facility: Facility, member: StaffMember): Generator<Practitioner | PractitionerRole> {
  const { position } = member;
  const random = new Random(purpose.staff, member.number);
  const gender: Gender = random.chance(position.qualification[0] === 'RN' ? 0.95 : 0.6) ? 'female' : 'male';
  const birth = random.between(earliestBirth, latestBirth);
  const graduation = calendarDate(birth).year + 24;
  const licence = systems.v2('0360');
  yield {
    resourceType: 'Practitioner',
    id: member.practitioner.reference!.slice('Practitioner/'.length),
    meta: personMeta(national('uz-core-practitioner')),
    identifier: [
      identifier(sid('pro/uz/argos'), String(9_000_000_000 + member.number), 'NI', {
        use: 'official',
        display: 'National unique individual identifier',
      }),
      identifier(sid('pid/uz/ni'), testPinfl(birth, gender, firstIndex + member.number * 64), 'NI', {
        use: 'official',
      }),
    ],
    active: true,
    name: [humanName(nameFor(random, facility.region, gender), gender)],
    telecom: [mobilePhone(random)],
    gender,
    birthDate: formatDate(birth),
    qualification: [
      {
        identifier: [
          { system: sid('pro/uz/specialist-certificate'), value: `TEST-${String(member.number).padStart(6, '0')}` },
        ],
        code: concept(licence, position.qualification[0], position.qualification[1]),
        period: { start: `${graduation}-07-01` },
      },
    ],
    communication: [{ language: concept('urn:ietf:bcp:47', 'uz', 'Uzbek'), preferred: true }],
  };
  yield {
    resourceType: 'PractitionerRole',
    id: member.role.reference!.slice('PractitionerRole/'.length),
    meta: meta(national('uz-core-practitioner-role')),
    active: true,
    period: { start: `${Math.max(graduation, 2015)}-09-01` },
    practitioner: member.practitioner,
    organization: facility.organization,
    code: [
      {
        coding: [coding(systems.national('position-and-profession-cs'), position.code, position.display)],
        text: position.english,
      },
    ],
    ...(position.specialty && {
      specialty: [
        concept(systems.national('profession-specialization-cs'), position.specialty.code, position.specialty.display),
      ],
    }),
    location: [facility.location],
    healthcareService: [facility.service],
  };
}

import type { Extension, Identifier, Patient, RelatedPerson } from '@dhp/fhir-model';
import { calendarDate, daysPerYear, formatDate, formatMinute, minuteOf } from '../calendar.ts';
import { concept, identifier, national, personMeta, reference, sid, systems } from '../codes.ts';
import { birthDayOf, testPassport, testPinfl } from '../identity.ts';
import { homeAddress, humanName, mobilePhone, nameFor } from '../naming.ts';
import { ageAt, type Person } from '../person.ts';

const attached = '2021-01-01';

export function patient(person: Person): Patient {
  const { random, gender } = person;
  const { people } = person.name;
  const age = ageAt(person, person.end);
  const birthDate = formatDate(person.birth);
  const language = { russian: 'ru', karakalpak: 'kaa', tajik: 'tg', uzbek: 'uz' }[people.key];
  const nationality: Extension = {
    url: national('patient-nationality'),
    extension: [
      {
        url: 'code',
        valueCodeableConcept: concept(systems.national('nationality-cs'), people.nationality, people.display),
      },
    ],
  };
  const citizenship: Extension = {
    url: 'http://hl7.org/fhir/StructureDefinition/patient-citizenship',
    extension: [{ url: 'code', valueCodeableConcept: concept(systems.iso3166, 'UZ', 'Uzbekistan') }],
  };
  const attachment: Extension = {
    url: national('managing-organization-attachment'),
    valueDate: birthDate > attached ? birthDate : attached,
  };
  return {
    resourceType: 'Patient',
    id: person.id,
    meta: personMeta(national('uz-core-patient')),
    extension: [nationality, citizenship, attachment],
    identifier: identifiers(person, age),
    active: person.death === undefined,
    name: [humanName(person.name, gender)],
    telecom: [mobilePhone(random)],
    gender,
    birthDate,
    ...(person.death !== undefined && { deceasedDateTime: formatMinute(minuteOf(person.death, 14, 20)) }),
    address: [homeAddress(random, person.region, person.district)],
    ...(age >= 18 && { maritalStatus: maritalStatus(person, age) }),
    ...(age >= 18 && random.chance(0.5) && { contact: [nextOfKin(person)] }),
    communication: [{ language: concept('urn:ietf:bcp:47', language), preferred: true }],
    generalPractitioner: [person.doctor.practitioner],
    managingOrganization: person.network.polyclinic.organization,
  };
}

function identifiers(person: Person, age: number): Identifier[] {
  const { index } = person;
  const list = [identifier(sid('pid/uz/ni'), testPinfl(person.birth, person.gender, index), 'NI', { use: 'official' })];
  if (age >= 16) list.push(identifier(sid('pid/uz/ppn/local'), testPassport(index), 'PPN', { use: 'official' }));
  else list.push(identifier(sid('pid/uz/bct'), `TEST-${String(index).padStart(8, '0')}`, 'BCT', { use: 'official' }));
  return list;
}

function maritalStatus({ random }: Person, age: number) {
  const draw = random.unit();
  const [code, display] =
    age > 62 && draw < 0.25
      ? ['W', 'Widowed']
      : draw > (age < 25 ? 0.45 : 0.92)
        ? ['S', 'Never Married']
        : draw > 0.86
          ? ['D', 'Divorced']
          : ['M', 'Married'];
  return concept(systems.v3('MaritalStatus'), code, display);
}

function nextOfKin({ random, region, name }: Person) {
  const gender = random.chance(0.5) ? 'female' : 'male';
  return {
    relationship: [concept(systems.v2('0131'), 'N', 'Next-of-Kin')],
    name: humanName(nameFor(random, region, gender, name), gender),
    telecom: [mobilePhone(random)],
    gender,
  };
}

/** A child's mother, with her own (test) numbers. */
export function mother(person: Person): RelatedPerson {
  const { random, index } = person;
  const birth = birthDayOf(index, person.birth - Math.floor(random.around(27, 3.5) * daysPerYear));
  const display = { display: 'National unique individual identifier', use: 'official' };
  return {
    resourceType: 'RelatedPerson',
    id: person.newId(),
    meta: personMeta(national('uz-core-relatedperson')),
    identifier: [identifier(sid('pid/uz/ni'), testPinfl(birth, 'female', index), 'NI', display)],
    active: true,
    patient: reference('Patient', person.id),
    relationship: [concept(systems.v3('RoleCode'), 'MTH', 'mother')],
    name: [humanName(nameFor(random, person.region, 'female', person.name), 'female')],
    telecom: [mobilePhone(random)],
    gender: 'female',
    birthDate: formatDate(birth),
    period: { start: `${calendarDate(person.birth).year}` },
  };
}

import type { AllergyIntolerance, Observation } from '@dhp/fhir-model';
import { formatDate, type Day } from '../calendar.ts';
import { coding, concept, meta, national, reference, systems } from '../codes.ts';
import { ageAt, type Person } from '../person.ts';

const allergens = [
  { code: 'aller-0010-00042', display: "Begona o'tlar changlari", category: 'environment', reaction: 1, weight: 5 },
  { code: 'aller-0010-00063', display: 'Yevropa uy changi kanasi', category: 'environment', reaction: 0, weight: 4 },
  { code: 'aller-0010-00299', display: 'Uy mushugi', category: 'environment', reaction: 0, weight: 2 },
  { code: 'aller-0010-00205', display: 'Sut', category: 'food', reaction: 2, weight: 2 },
  { code: 'aller-0010-00214', display: 'Tuxum', category: 'food', reaction: 2, weight: 2 },
  { code: 'aller-0010-00173', display: "Yong'oqlar", category: 'food', reaction: 2, weight: 2 },
  { code: 'aller-0001-00006', display: 'Dorilarga allergiya', category: 'medication', reaction: 2, weight: 3 },
] as const;

const reactions = [
  ['aller-0004-00001', 'Aksirish'],
  ['aller-0008-00002', "Ko'zda qichishish"],
  ['aller-0009-00002', 'Terisida toshmalar toshishi'],
] as const;

export function allergyIntolerance(person: Person): AllergyIntolerance {
  const { random } = person;
  const allergen = random.weighted(allergens);
  const [code, display] = reactions[allergen.reaction];
  const onset = person.birth + Math.floor(random.unit() * (person.end - person.birth));
  return {
    resourceType: 'AllergyIntolerance',
    id: person.newId(),
    meta: meta(national('uz-core-allergy-intolerance')),
    clinicalStatus: concept(systems.hl7('allergyintolerance-clinical'), 'active', 'Active'),
    verificationStatus: concept(systems.hl7('allergyintolerance-verification'), 'confirmed', 'Confirmed'),
    type: concept('http://hl7.org/fhir/allergy-intolerance-type', 'allergy', 'Allergy'),
    category: [allergen.category],
    criticality: 'low',
    code: concept(systems.national('allergen-codes-cs'), allergen.code, allergen.display),
    patient: reference('Patient', person.id),
    onsetDateTime: formatDate(onset),
    recordedDate: formatDate(onset + random.between(0, person.end - onset)),
    participant: [
      {
        function: concept(systems.hl7('provenance-participant-type'), 'author', 'Author'),
        actor: person.doctor.role,
      },
    ],
    reaction: [
      {
        manifestation: [{ concept: concept(systems.national('allergy-reaction-manifestation-cs'), code, display) }],
        severity: random.chance(0.8) ? 'mild' : 'moderate',
      },
    ],
  };
}

/** Work, study or pension, as the polyclinic notes it. @param day when */
export function socialStatus(person: Person, day: Day): Observation {
  const age = ageAt(person, day);
  const draw = person.random.unit();
  const [code, display] =
    age < 18
      ? ['regis0010.00010', "O'quvchi"]
      : age < 23 && draw < 0.5
        ? ['regis0010.00001', 'Talaba']
        : age >= (person.gender === 'female' ? 55 : 60)
          ? ['regis0010.00006', 'Pensioner']
          : draw < 0.7
            ? ['regis0010.00003', 'Ishlaydi']
            : ['regis0010.00004', 'Ishlamaydi'];
  return {
    resourceType: 'Observation',
    id: person.newId(),
    meta: meta(national('uz-core-socioeconomic-observation')),
    status: 'final',
    category: [concept(systems.hl7('observation-category'), 'social-history', 'Social History')],
    code: { coding: [coding(systems.snomed, '82996008', 'Social status')] },
    subject: reference('Patient', person.id),
    effectiveDateTime: formatDate(day),
    performer: [person.doctor.role],
    valueCodeableConcept: concept(systems.national('social-status-cs'), code, display),
  };
}

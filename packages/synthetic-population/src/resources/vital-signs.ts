import type { Observation } from '@dhp/fhir-model';
import { formatMinute, type Day } from '../calendar.ts';
import { coding, concept, meta, national, quantity, reference, systems } from '../codes.ts';
import { ageAt, body, hasChronic, type Person } from '../person.ts';
import type { PatientVisit } from './encounter.ts';

export type VitalSign =
  'bloodPressure' | 'heartRate' | 'temperature' | 'weight' | 'height' | 'bmi' | 'oxygen' | 'breathing';

interface VitalSignTable {
  /** Name of HL7's profile. */
  readonly profile: string;
  readonly loinc: string;
  readonly display: string;
  readonly name: string;
  readonly unit: string;
  readonly ucum: string;
}

const table: Record<Exclude<VitalSign, 'bloodPressure'>, VitalSignTable> = {
  heartRate: {
    profile: 'heartrate',
    loinc: '8867-4',
    display: 'Heart rate',
    name: 'Yurak urish tezligi',
    unit: '/min',
    ucum: '/min',
  },
  breathing: {
    profile: 'resprate',
    loinc: '9279-1',
    display: 'Respiratory rate',
    name: 'Nafas olish tezligi',
    unit: '/min',
    ucum: '/min',
  },
  temperature: {
    profile: 'bodytemp',
    loinc: '8310-5',
    display: 'Body temperature',
    name: 'Tana harorati',
    unit: '°C',
    ucum: 'Cel',
  },
  weight: { profile: 'bodyweight', loinc: '29463-7', display: 'Body weight', name: 'Vazn', unit: 'kg', ucum: 'kg' },
  height: { profile: 'bodyheight', loinc: '8302-2', display: 'Body height', name: "Bo'y", unit: 'cm', ucum: 'cm' },
  bmi: {
    profile: 'bmi',
    loinc: '39156-5',
    display: 'Body mass index (BMI) [Ratio]',
    name: 'Tana vazni indeksi',
    unit: 'kg/m2',
    ucum: 'kg/m2',
  },
  oxygen: {
    profile: 'oxygensat',
    loinc: '2708-6',
    display: 'Oxygen saturation in Arterial blood',
    name: 'Saturatsiya',
    unit: '%',
    ucum: '%',
  },
};

const category = [concept(systems.hl7('observation-category'), 'vital-signs', 'Vital Signs')];

/** One measurement of a visit; three profiles are declared, as the national guide asks of vital signs. */
export function vitalSign(
  person: Person,
  visit: PatientVisit,
  sign: VitalSign,
  o: { fever?: boolean | undefined },
): Observation {
  const code = sign === 'bloodPressure' ? pressurePanel : table[sign];
  const base: Observation = {
    resourceType: 'Observation',
    id: person.newId(),
    meta: meta(
      national('uz-core-observation'),
      'http://hl7.org/fhir/StructureDefinition/vitalsigns',
      `http://hl7.org/fhir/StructureDefinition/${code.profile}`,
    ),
    status: 'final',
    category,
    code: { coding: [coding(systems.loinc, code.loinc, code.display)], text: code.name },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    effectiveDateTime: formatMinute(visit.start + 5),
    performer: [visit.staff.role],
  };
  const day = Math.floor(visit.start / 1440);
  if (sign === 'bloodPressure') return { ...base, component: pressure(person, day) };
  const { unit, ucum } = table[sign];
  return { ...base, valueQuantity: quantity(measure(person, day, sign, o.fever ?? false), unit, ucum) };
}

function measure(person: Person, day: Day, sign: Exclude<VitalSign, 'bloodPressure'>, fever: boolean): number {
  const { random } = person;
  const age = ageAt(person, day);
  const tenth = (value: number): number => Math.round(value * 10) / 10;
  switch (sign) {
    case 'heartRate':
      return Math.round(random.around((age < 1 ? 130 : age < 6 ? 105 : age < 14 ? 88 : 74) + (fever ? 14 : 0), 7));
    case 'breathing':
      return Math.round(random.around((age < 1 ? 38 : age < 6 ? 25 : 17) + (fever ? 3 : 0), 1.5));
    case 'temperature':
      return tenth(fever ? random.around(38.2, 0.5) : random.around(36.6, 0.15));
    case 'weight':
      return tenth(body(person, day).mass);
    case 'height':
      return Math.round(body(person, day).height);
    case 'bmi': {
      const { height, mass } = body(person, day);
      return tenth(mass / (height / 100) ** 2);
    }
    case 'oxygen':
      return Math.min(100, Math.round(random.around(fever ? 95.5 : 97.5, 0.8)));
  }
}

const pressurePanel = {
  profile: 'bp',
  loinc: '85354-9',
  display: 'Blood pressure panel with all children optional',
  name: 'Arterial bosim',
};

function pressure(person: Person, day: Day): NonNullable<Observation['component']> {
  const { random } = person;
  const age = Math.min(70, ageAt(person, day));
  const raised = hasChronic(person, 'hypertension', day) ? 18 : 0;
  const usual = age < 18 ? 90 + age * 1.4 : 112 + (age - 18) * 0.35;
  const systolic = Math.round(random.around(usual + raised, 6));
  const diastolic = Math.round(systolic * random.around(0.63, 0.025));
  const part = (loinc: string, display: string, value: number) => ({
    code: concept(systems.loinc, loinc, display),
    valueQuantity: quantity(value, 'mmHg', 'mm[Hg]'),
  });
  return [part('8480-6', 'Systolic blood pressure', systolic), part('8462-4', 'Diastolic blood pressure', diastolic)];
}

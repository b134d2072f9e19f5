import type { Medication, MedicationDispense, MedicationRequest, Resource } from '@dhp/fhir-model';
import { formatMinute } from '../calendar.ts';
import { coding, concept, meta, national, quantity, reference, systems } from '../codes.ts';
import { purpose, uuidOf } from '../identity.ts';
import type { Person } from '../person.ts';
import { medicineNumber, medicines, type Medicine } from '../tables/medicines.ts';
import type { PatientVisit } from './encounter.ts';

const ids = medicines.map((_, number) => uuidOf(purpose.medication, number));

function codeOf(medicine: Medicine) {
  return {
    coding: [
      coding(systems.national('inn-medication-name-cs'), medicine.inn, medicine.name),
      coding(systems.atc, medicine.atc, medicine.english),
    ],
    text: `${medicine.name} ${medicine.strength[0]} ${medicine.strength[1] === 'ug' ? 'mkg' : 'mg'}`,
  };
}

/** The catalogue: one Medication for each product, shared by all prescriptions. */
export function* medications(): Generator<Medication> {
  for (const [number, medicine] of medicines.entries()) {
    const [value, unit] = medicine.strength;
    yield {
      resourceType: 'Medication',
      id: ids[number]!,
      meta: meta(national('uz-core-medication')),
      identifier: [
        {
          use: 'official',
          system: 'https://uzpharminfo.uz/registration_number',
          value: `TEST-${String(number + 1).padStart(5, '0')}`,
        },
      ],
      code: codeOf(medicine),
      status: 'active',
      doseForm: concept(systems.national('medication-doseform-cs'), medicine.form[0], medicine.form[1]),
      ingredient: [
        {
          item: { concept: concept(systems.national('inn-medication-name-cs'), medicine.inn, medicine.name) },
          isActive: true,
          strengthRatio: {
            numerator: quantity(value, unit === 'ug' ? 'mkg' : 'mg', unit),
            denominator: piece(1),
          },
        },
      ],
    };
  }
}

function piece(count: number) {
  return {
    value: count,
    unit: 'dona',
    system: systems.national('medication-total-volume-local-units-cs'),
    code: 'piece',
  };
}

/** A prescription and, mostly, its dispensing at the pharmacy within the next two hours. */
export function* prescription(person: Person, visit: PatientVisit, key: string, cause?: string): Generator<Resource> {
  const number = medicineNumber(key);
  const medicine = medicines[number]!;
  const dispensed = person.random.chance(0.85);
  const [pieces, aDay, days] = medicine.dose;
  const request: MedicationRequest = {
    resourceType: 'MedicationRequest',
    id: person.newId(),
    status: dispensed ? 'completed' : 'stopped',
    intent: 'order',
    medication: { concept: codeOf(medicine), reference: reference('Medication', ids[number]!) },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    authoredOn: formatMinute(visit.start + 15),
    requester: visit.staff.role,
    ...(cause !== undefined && { reason: [{ reference: reference('Condition', cause) }] }),
    dosageInstruction: [
      {
        text: `${pieces} donadan kuniga ${aDay} mahal, ${days} kun`,
        timing: { repeat: { boundsDuration: quantity(days, 'kun', 'd'), frequency: aDay, period: 1, periodUnit: 'd' } },
        doseAndRate: [{ doseQuantity: piece(pieces) }],
      },
    ],
    dispenseRequest: { quantity: piece(pieces * aDay * days), expectedSupplyDuration: quantity(days, 'kun', 'd') },
  };
  yield request;
  if (dispensed) yield dispense(person, visit, request, piece(pieces * aDay * days));
}

function dispense(
  person: Person,
  visit: PatientVisit,
  request: MedicationRequest,
  amount: ReturnType<typeof piece>,
): MedicationDispense {
  const { pharmacy } = person.network;
  const handedOver = visit.end + person.random.between(1, 24) * 5;
  return {
    resourceType: 'MedicationDispense',
    id: person.newId(),
    meta: meta(national('uz-core-medication-dispense')),
    status: 'completed',
    medication: request.medication,
    subject: request.subject,
    performer: [{ actor: pharmacy.staff[0]!.role }],
    location: pharmacy.location,
    authorizingPrescription: [reference('MedicationRequest', request.id!)],
    quantity: amount,
    recorded: formatMinute(handedOver),
    whenHandedOver: formatMinute(handedOver),
    receiver: [request.subject],
  };
}

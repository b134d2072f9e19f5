import type { Immunization } from '@dhp/fhir-model';
import { formatDate, formatMinute, minuteOf, parseDay, workingDay, type Day } from '../calendar.ts';
import { concept, meta, national, quantity, reference, systems } from '../codes.ts';
import { ageAt, type Person } from '../person.ts';
import { calendar, vaccines, type Vaccine } from '../tables/vaccines.ts';

const covidCampaign = parseDay('2021-07-05');

/** Doses by the national calendar since birth for those under 18, two against COVID-19 in 2021 for most adults. */
export function* immunizations(person: Person): Generator<Immunization> {
  const { random } = person;
  if (ageAt(person, person.end) >= 18) {
    const first = covidCampaign + random.between(0, 160);
    if (!random.chance(0.6) || ageAt(person, first) < 18 || first + 40 > person.end) return;
    yield immunization(person, vaccines.covid, workingDay(first), { number: 1, of: 2 });
    yield immunization(person, vaccines.covid, workingDay(first + 28), { number: 2, of: 2 });
    return;
  }
  for (const scheduled of calendar) {
    // A few days late, never early: minimum ages are part of the calendar.
    const late = scheduled.age === 0 ? 0 : random.between(0, 12);
    const missed = random.chance(0.03);
    const day = person.birth + scheduled.age + late;
    if (day >= person.end) return;
    if (missed || (scheduled.only && scheduled.only !== person.gender)) continue;
    yield immunization(person, vaccines[scheduled.vaccine], scheduled.age < 4 ? day : workingDay(day), {
      number: scheduled.dose,
      of: scheduled.doses,
    });
  }
}

function immunization(person: Person, vaccine: Vaccine, day: Day, dose: { number: number; of: number }): Immunization {
  const { random } = person;
  const { polyclinic } = person.network;
  return {
    resourceType: 'Immunization',
    id: person.newId(),
    meta: meta(national('uz-core-immunization')),
    status: 'completed',
    vaccineCode: concept(systems.cvx, vaccine.cvx, vaccine.display),
    lotNumber: `T${vaccine.cvx}-${formatDate(day).slice(2, 4)}${random.digits(3)}`,
    expirationDate: formatDate(day + random.between(60, 540)),
    patient: reference('Patient', person.id),
    occurrenceDateTime: formatMinute(minuteOf(day, random.between(9, 14), random.between(0, 11) * 5)),
    primarySource: true,
    location: polyclinic.location,
    ...(vaccine.site && { site: concept(systems.v3('ActSite'), vaccine.site[0], vaccine.site[1]) }),
    route: concept(systems.snomed, vaccine.route[0], vaccine.route[1]),
    doseQuantity: quantity(vaccine.millilitres, 'mL', 'mL'),
    performer: [
      {
        function: concept(systems.v2('0443'), 'AP', 'Administering Provider'),
        actor: polyclinic.staff[3]!.role,
      },
    ],
    protocolApplied: [
      {
        series: vaccine.series,
        targetDisease: vaccine.diseases.map(([code, display]) => concept(systems.snomed, code, display)),
        doseNumber: String(dose.number),
        seriesDoses: String(dose.of),
      },
    ],
  };
}

/** Views of people: residence, age, births and deaths. */
import { banded, national, yearOf, yearsBetween, type NationalView } from './national-view.ts';

const age = yearsBetween('birthDate', 'today()');
const died = 'deceased.ofType(dateTime)';
const region = 'address.where(state.exists()).first().state';
const bounds = [
  [5, '0–4'],
  [15, '5–14'],
  [30, '15–29'],
  [45, '30–44'],
  [60, '45–59'],
  [75, '60–74'],
] as const;

export const viewsOfPeople: readonly NationalView[] = [
  national({
    ...{ id: 'patients-by-region-and-age', subject: 'people', resource: 'Patient' },
    title: 'Patients by region and age',
    description: 'Living patients with the region and the district of their address, their sex and their age today.',
    where: ['deceased.exists().not()', 'birthDate.exists()'],
    columns: [
      ['patient', 'getResourceKey()', 'string', 'Key of the patient'],
      ['region', region, 'string', 'Code of the region of the first address that has one'],
      ['district', 'address.where(district.exists()).first().district', 'string', 'Code of the district'],
      ['sex', 'gender', 'code', 'Administrative gender'],
      ['age', age, 'integer', 'Whole years today'],
      ['age_group', banded(age, bounds, '75+'), 'string', 'Years from and to'],
    ],
    tally: { by: 'region', words: 'regions', parts: 'age_group', patient: 'patient', order: 'size', most: 15 },
  }),
  national({
    ...{ id: 'patients-by-age-and-sex', subject: 'people', resource: 'Patient' },
    title: 'Patients by age and sex',
    description: 'Living patients in ranges of ten years.',
    where: ['deceased.exists().not()', 'birthDate.exists()'],
    columns: [
      ['patient', 'getResourceKey()', 'string', 'Key of the patient'],
      ['sex', 'gender', 'code', 'Administrative gender'],
      ['birth_year', yearOf('birthDate'), 'string', 'Year of birth'],
      ['age', age, 'integer', 'Whole years today'],
      [
        'age_group',
        banded(
          age,
          [10, 20, 30, 40, 50, 60, 70, 80].map((top) => [top, `${String(top - 10)}–${String(top - 1)}`]),
          '80+',
        ),
        'string',
        'Years from and to',
      ],
    ],
    tally: { by: 'age_group', parts: 'sex', partWords: 'sexes', patient: 'patient', order: 'value', most: 12 },
  }),
  national({
    ...{ id: 'births-by-year', subject: 'people', resource: 'Patient' },
    title: 'Births by year',
    description: 'Patients by the year in which they were born, with the region of their address.',
    where: ['birthDate.exists()'],
    columns: [
      ['patient', 'getResourceKey()', 'string', 'Key of the patient'],
      ['year', yearOf('birthDate'), 'string', 'Year of birth'],
      ['birth_date', 'birthDate', 'date', 'Day, month or year of birth'],
      ['sex', 'gender', 'code', 'Administrative gender'],
      ['region', region, 'string', 'Code of the region'],
    ],
    tally: { by: 'year', parts: 'sex', partWords: 'sexes', patient: 'patient', order: 'value', most: 20 },
  }),
  national({
    ...{ id: 'deaths-by-year', subject: 'people', resource: 'Patient' },
    title: 'Deaths by year',
    description: 'Patients who have died, by the year of death, with their age then.',
    where: [`${died}.exists()`],
    columns: [
      ['patient', 'getResourceKey()', 'string', 'Key of the patient'],
      ['year', yearOf(died), 'string', 'Year of death'],
      ['died', died, 'dateTime', 'When the patient died'],
      ['sex', 'gender', 'code', 'Administrative gender'],
      ['age', yearsBetween('birthDate', died), 'integer', 'Whole years at death'],
      ['age_group', banded(yearsBetween('birthDate', died), bounds, '75+'), 'string', 'Years from and to'],
      ['region', region, 'string', 'Code of the region'],
    ],
    tally: { by: 'year', parts: 'sex', partWords: 'sexes', patient: 'patient', order: 'value', most: 20 },
  }),
];

/** Pages of the data of an application that is invented, as the routes make them. */
import { nationalViews, type Tally } from '@dhp/sql-on-fhir/library';
import { exportPage, exportsPage } from '../src/bulk/export-pages.ts';
import type { Job } from '../src/bulk/jobs.ts';
import { importPage } from '../src/imports/pages.ts';
import type { Page } from '../src/page/layout.ts';
import { libraryPage, viewPage } from '../src/views/pages.ts';
import { Counter, type Counted, type Row } from '../src/views/tally.ts';
import { laboratory } from './application-samples.ts';

const application = { ...laboratory, scope: 'system/*.rs' };

const job: Job = {
  ...{ id: '5b0f7c1e-3a9d-4e62-8f1b-2c7d9e0a4b6f', kind: 'export', state: 'running', share: 0.62, done: 18_400_000 },
  ...{
    attempt: 1,
    status: undefined,
    request: 'GET https://playground.example.uz/fhir/Patient/$export?_type=Patient,Observation',
  },
  ...{ asked: new Date('2026-11-29T06:20:00Z'), expires: new Date('2026-11-30T06:20:00Z') },
};
const ended: Job = { ...job, state: 'ended', status: 200, share: undefined };
const [patient, observation] = [
  { of: 'Patient', file: '1.ndjson', count: 12_408, bytes: 31_200_000 },
  { of: 'Observation', file: '2.ndjson', count: 100_000, bytes: 148_600_000 },
];
const manifest = {
  moment: '2026-11-29T11:20:04.512+05:00',
  output: [patient, observation, { ...observation, file: '3.ndjson', count: 64_112, bytes: 95_300_000 }],
  ...{ deleted: [{ of: 'Bundle', file: '4.ndjson', count: 12, bytes: 2_100 }], error: [] },
};

const viewNamed = (id: string): (typeof nationalViews)[number] => nationalViews.find((one) => one.id === id)!;

/** A table by a rule, so that each drawing is the same. */
function counted(tally: Tally, rowOf: (n: number) => Row, rows = 4_000): Counted {
  const counter = new Counter(tally);
  for (let n = 0; n < rows; n += 1) counter.add({ [tally.patient ?? 'patient']: `p${String(n % 1_500)}`, ...rowOf(n) });
  return counter.counted();
}

const regions = ['1726', '1718', '1730', '1714', '1703', '1710', '1735', '1733', '1706'];
const ages = ['0–4', '5–14', '15–29', '30–44', '45–59', '60–74', '75+'];
const byRegion = counted(viewNamed('patients-by-region-and-age').tally, (n) => ({
  region: regions[Math.floor((n % 81) ** 0.5)],
  age_group: ages[((n * 7) % 11) % 7],
}));
const byMonth = counted(viewNamed('antibiotic-prescriptions').tally, (n) => ({
  month: `2026-${String(1 + (((n * n) % 37) % 11)).padStart(2, '0')}`,
  substance: n % 3 === 0 ? 'azithromycin' : 'amoxicillin',
}));
const rows = regions.slice(0, 4).map((region, n) => ({
  ...{ patient: `0192c4a1-7b3e-7c5d-9f10-00000000000${String(n)}`, region, district: `${region}201` },
  ...{ sex: n % 2 === 0 ? 'female' : 'male', age: 12 + n * 17, age_group: ages[1 + n] },
}));

function libraryView(page: Page, id: string, numbers: Counted): string {
  const view = viewNamed(id);
  const text = JSON.stringify(view.definition, undefined, 2);
  return viewPage(page, { application, view, text, counted: numbers, preview: { rows, definition: view.definition } });
}

const wrong = {
  resource: 'Patient',
  select: [
    {
      column: [
        { name: 'key', path: 'id' },
        { name: 'sex', path: 'gender +' },
      ],
    },
  ],
};

/** HTML by the name of the picture. */
export const dataPages: Readonly<Record<string, (page: Page) => string>> = {
  'data-exports': (page) => exportsPage(page, { application, jobs: [job, { ...ended, status: 507 }, ended] }),
  'data-export-runs': (page) => exportPage(page, { application, job, result: undefined }),
  'data-export': (page) => exportPage(page, { application, job: ended, result: manifest }),
  'data-views': (page) => libraryPage(page, laboratory),
  'data-view': (page) => libraryView(page, 'patients-by-region-and-age', byRegion),
  'data-months': (page) => libraryView(page, 'antibiotic-prescriptions', byMonth),
  'data-fault': (page) =>
    viewPage(page, {
      ...{ application, view: undefined, text: JSON.stringify(wrong, undefined, 2) },
      preview: {
        definition: wrong,
        faults: {
          ...{ not: 'refused', status: 422 },
          issues: [
            {
              ...{ severity: 'error', code: 'view-invalid', line: undefined, column: undefined },
              ...{ text: 'The view cannot be run.', expression: 'ViewDefinition.select[0].column[1].path' },
            },
          ],
        },
      },
    }),
  'data-import': (page) =>
    importPage(page, {
      ...{ application, job: { ...ended, kind: 'import' } },
      result: {
        told: {
          inputs: [
            { source: '', created: 1_204, updated: 36, unchanged: 410, rejected: 1, isRepeated: false, failure: [] },
          ],
          ...{ rejects: 1, notKept: 0 },
        },
        rejects: [
          {
            ...{ line: 17, source: '' },
            issues: [
              {
                ...{ severity: 'error', code: 'resource-invalid', line: undefined, column: undefined },
                text: 'The code finished is not in the value set http://hl7.org/fhir/ValueSet/observation-status|5.0.0.',
                expression: 'Observation.status',
              },
            ],
          },
        ],
      },
    }),
};

/** The text of a view of two columns, one by a path of the caller. */
export const viewText = (path: string): string => {
  const column = [
    { name: 'key', path: 'id' },
    { name: 'sex', path },
  ];
  return JSON.stringify({ resource: 'Patient', select: [{ column }] }, undefined, 2);
};

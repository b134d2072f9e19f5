import type { JsonResource } from '@dhp/fhir-search';
import { finds } from './searching.ts';

const patients: JsonResource[] = [
  {
    resourceType: 'Patient',
    id: 'a',
    language: 'uz',
    meta: {
      tag: [{ system: 'http://acme.org/codes', code: 'needs-review' }],
      security: [{ system: 'http://s', code: 'R' }],
      source: 'http://source/1',
    },
    text: { status: 'generated', div: '<div>Metastases of the bone</div>' },
  },
  { resourceType: 'Patient', id: 'b', language: 'ru', name: [{ text: 'Bone' }] },
  { resourceType: 'Patient', id: 'c' },
];

const collections = {
  members: (type: string, id: string) =>
    type === 'Group' && id === '104'
      ? [{ type: 'Patient', id: 'a' }]
      : type === 'List' && id === '104'
        ? [
            { type: 'Patient', id: 'c' },
            { type: 'Observation', id: 'b' },
          ]
        : [],
};

finds(
  'parameters of all types',
  'Patient',
  patients,
  [
    ['_id=a', ['a']],
    ['_id=a,c,zzz', ['a', 'c']],
    ['_id=a&_id=b', []],
    ['_id:not=a', ['b', 'c']],
    ['_id:missing=false', ['a', 'b', 'c']],
    ['_id:missing=true', []],
    ['_tag=http://acme.org/codes|needs-review', ['a']],
    ['_tag=needs-review', ['a']],
    ['_tag:not=needs-review', ['b', 'c']],
    ['_security=R', ['a']],
    ['_source=http://source/1', ['a']],
    ['_source:below=http://source', ['a']],
    ['_language=uz', ['a']],
    ['_language=uz,ru', ['a', 'b']],
    ['_language:missing=true', ['c']],
    ['_text=bone', ['a']],
    ['_text=bone metastases', ['a']],
    ['_text=bone zzz', []],
    ['_text=(zzz OR bone) AND metastases', ['a']],
    ['_text=bone -metastases', []],
    ['_text=bone NOT (zzz OR yyy)', ['a']],
    ['_text="the bone"', ['a']],
    ['_text="bone the"', []],
    ['_text=-zzz', ['a', 'b', 'c']],
    ['_content=bone -"the bone"', ['b']],
    ['_content=metastases OR zzz', ['a']],
    ['_content=bone', ['a', 'b']],
    ['_content=bone,zzz', ['a', 'b']],
    ['_content=zzz,"the bone",metastases -bone', ['a']],
    ['_in=Group/104', ['a']],
    ['_in=List/104', ['c']],
    ['_in=104', ['a', 'c']],
    ['_in:not=Group/104', ['b', 'c']],
    ['_in=Group/9', []],
    ['_list=104', ['c']],
    ['_list=List/104', ['c']],
  ],
  { collections },
);

const place = (id: string, latitude: number, longitude: number): JsonResource => ({
  resourceType: 'Location',
  id,
  position: { latitude, longitude },
});

/** From the first to the others 0, about 5.6, about 265 kilometres, and over the date line. */
const locations = [
  place('tashkent', 41.3, 69.24),
  place('east', 41.3, 69.307),
  place('samarkand', 39.65, 66.96),
  place('fiji', -17, 179.99),
  { resourceType: 'Location', id: 'none' },
];

finds('near', 'Location', locations, [
  ['near=41.3|69.24|5|km', ['tashkent']],
  ['near=41.3|69.24|6|km', ['tashkent', 'east']],
  ['near=41.3|69.24|6', ['tashkent', 'east']],
  ['near=41.3|69.24|5550|m', ['tashkent']],
  ['near=41.3|69.24|5650|m', ['tashkent', 'east']],
  ['near=41.3|69.24', ['tashkent', 'east']],
  ['near=41.3|69.24|160|[mi_i]', ['tashkent', 'east']],
  ['near=41.3|69.24|170|[mi_i]', ['tashkent', 'east', 'samarkand']],
  ['near=-17|-179.99|10|km', ['fiji']],
  ['near=41.3|69.24|1|km,39.65|66.96|1|km', ['tashkent', 'samarkand']],
]);

import type { JsonResource } from '@dhp/fhir-search';
import { finds } from './searching.ts';

const patients: JsonResource[] = [
  patient('eve', { given: ['Eve'], family: 'Son' }),
  patient('EVE', { given: ['EVELYN'], family: 'Sonder' }),
  patient('sev', { given: ['Séverine', 'Anna'], family: 'Erikson' }),
  patient('sam', { text: 'Sam, Samsonite', family: 'Samsonite' }),
  { resourceType: 'Patient', id: 'none' },
];

finds('string', 'Patient', patients, [
  ['given=eve', ['eve', 'EVE']],
  ['given=Éve', ['eve', 'EVE']],
  ['given=severine', ['sev']],
  ['given=eve,anna', ['eve', 'EVE', 'sev']],
  ['given=sev&given=anna', ['sev']],
  ['given=ve', []],
  ['given:contains=eve', ['eve', 'EVE', 'sev']],
  ['given:exact=Eve', ['eve']],
  ['given:exact=eve', []],
  ['given:exact=EVELYN,Séverine', ['EVE', 'sev']],
  ['family=Son', ['eve', 'EVE']],
  ['family:contains=son', ['eve', 'EVE', 'sev', 'sam']],
  ['family:exact=Son', ['eve']],
  ['name=sam\\, sam', ['sam']],
  ['name=an', ['sev']],
  ['phonetic=an', ['sev']],
  ['name:text=son OR anna', ['eve', 'EVE', 'sev', 'sam']],
  ['name:text=(son OR zzz) AND eve', ['eve', 'EVE', 'sev']],
  ['name:text=(son OR zzz) AND eve -anna', ['eve', 'EVE']],
  ['given:missing=true', ['sam', 'none']],
  ['given:missing=false', ['eve', 'EVE', 'sev']],
]);

function patient(id: string, name: object): JsonResource {
  return { resourceType: 'Patient', id, name: [name] };
}

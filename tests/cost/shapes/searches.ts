import { list, search } from '../requests.ts';
import type { Shapes } from '../shape.ts';

const repeated = (n: number, part: string): string => list(n, () => part).join('&');

/** Searches, sent as forms: an address has room for 16 kB. */
export const searches: Shapes = [
  {
    name: 'values of one search parameter',
    n: 50,
    make: (n) => search('Patient', `identifier=${list(n, (i) => `http://example.org/i|${i}`).join(',')}`),
  },
  {
    name: 'one search parameter again and again',
    n: 20,
    most: 500,
    make: (n) => search('Patient', list(n, (i) => `identifier=${i}`).join('&')),
  },
  {
    name: 'words of a string parameter',
    n: 20,
    make: (n) => search('Patient', `name=${list(n, (i) => `word${i}`).join(' ')}`),
  },
  { name: 'ids', n: 50, make: (n) => search('Patient', `_id=${list(n, (i) => `p${i}`).join(',')}`) },
  {
    name: 'dates',
    n: 20,
    make: (n) => search('Patient', `birthdate=${list(n, (i) => `ge${1900 + (i % 100)}-01-01`).join(',')}`),
  },
  {
    name: 'references',
    n: 50,
    make: (n) => search('Observation', `subject=${list(n, (i) => `Patient/p${i}`).join(',')}`),
  },
  {
    name: 'addresses below others, again and again',
    n: 80,
    most: 500,
    make: (n) => search('Account', list(n, (i) => `_source:below=http://example.org/${i}`).join('&')),
  },
  {
    name: 'quantities',
    n: 20,
    make: (n) =>
      search('Observation', `value-quantity=${list(n, (i) => `gt${i}|http://unitsofmeasure.org|mg`).join(',')}`),
  },
  {
    name: 'composite values',
    n: 20,
    make: (n) => search('Observation', `code-value-quantity=${list(n, (i) => `c${i}$gt${i}`).join(',')}`),
  },
  {
    name: 'conditions of _filter side by side',
    n: 10,
    make: (n) => search('Patient', `_filter=${list(n, (i) => `family eq "f${i}"`).join(' or ')}`),
  },
  {
    name: 'conditions of _filter in each other',
    n: 10,
    make: (n) => search('Patient', `_filter=${'('.repeat(n)}family eq "x"${')'.repeat(n)}`),
  },
  {
    name: 'negations of _filter in each other',
    n: 10,
    make: (n) => search('Patient', `_filter=${'not ('.repeat(n)}family eq "x"${')'.repeat(n)}`),
  },
  { name: 'chains', n: 10, make: (n) => search('Observation', list(n, (i) => `subject:Patient.name=x${i}`).join('&')) },
  {
    name: 'links of a chain',
    n: 2,
    make: (n) => search('Observation', `subject:Patient.${'link:Patient.'.repeat(n)}name=x`),
  },
  {
    name: '_has conditions',
    n: 5,
    make: (n) => search('Patient', list(n, (i) => `_has:Observation:subject:code=c${i}`).join('&')),
  },
  { name: '_has in each other', n: 2, make: (n) => search('Patient', `${'_has:Patient:link:'.repeat(n)}active=true`) },
  { name: '_include', n: 10, make: (n) => search('Observation', repeated(n, '_include=Observation:subject')) },
  {
    name: '_include:iterate',
    n: 10,
    make: (n) => search('Observation', `_include=Observation:subject&${repeated(n, '_include:iterate=Patient:link')}`),
  },
  { name: '_revinclude', n: 10, make: (n) => search('Patient', repeated(n, '_revinclude=Observation:subject')) },
  {
    name: '_elements',
    n: 50,
    make: (n) => search('Patient', `_elements=${list(n, () => 'name,birthDate').join(',')}`),
  },
  {
    name: 'keys of _sort',
    n: 5,
    make: (n) => search('Patient', `_sort=${list(n, () => 'family,-birthdate').join(',')}`),
  },
  {
    name: 'parameters that are not known',
    n: 50,
    answer: { status: 400, says: 'search-parameter-unknown' },
    make: (n) => search('Patient', list(n, (i) => `nothing${i}=x`).join('&')),
  },
  {
    name: 'modifiers in each other',
    n: 20,
    answer: { status: 400, says: 'search-modifier-unknown' },
    make: (n) => search('Patient', `family${':exact'.repeat(n)}=x`),
  },
  { name: 'escapes of a value', n: 200, make: (n) => search('Patient', `identifier=${'\\,\\|'.repeat(n)}`) },
  {
    name: 'a value set with many codes',
    n: 20,
    make: (n) =>
      search('Observation', list(n, () => 'code:in=http://hl7.org/fhir/ValueSet/administrative-gender').join('&')),
  },
  {
    name: 'lists of a search',
    n: 20,
    most: 10_000,
    make: (n) => search('Patient', `_list=${list(n, (i) => `l${i}`).join(',')}`),
  },
  {
    name: 'collections of a search',
    n: 20,
    most: 10_000,
    make: (n) => search('Patient', `_in=${list(n, (i) => `l${i}`).join(',')}`),
  },
  {
    name: 'types of a search over all',
    n: 20,
    make: (n) => ({
      method: 'POST',
      path: '_search',
      body: `_type=${list(n, () => 'Patient,Observation').join(',')}&_lastUpdated=gt2100-01-01`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  },
  {
    name: 'words of _content',
    n: 16,
    most: 64,
    make: (n) => search('Patient', `_content=${list(n, (i) => `w${i}`).join(' or ')}`),
  },
];

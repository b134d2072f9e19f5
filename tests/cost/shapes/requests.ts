import { create, fhirJson, list, patient } from '../requests.ts';
import type { Sent, Shapes } from '../shape.ts';

const read = (headers: Readonly<Record<string, string>>, path = 'metadata'): Sent => ({ method: 'GET', path, headers });

const createWith = (headers: Readonly<Record<string, string>>): Sent => ({ ...create(patient()), headers });

/** Headers and addresses: together they have room for 16 kB, so the largest n is small. */
export const requests: Shapes = [
  {
    name: 'types of Accept',
    n: 20,
    most: 80,
    answer: { status: 406 },
    make: (n) => read({ accept: list(n, (i) => `text/x${i};q=0.${i % 10}`).join(',') }),
  },
  { name: 'preferences', n: 20, most: 160, make: (n) => read({ prefer: list(n, (i) => `x${i}=y`).join('; ') }) },
  {
    name: 'entity tags',
    n: 20,
    most: 160,
    make: (n) => read({ 'if-none-match': list(n, (i) => `W/"x${i}"`).join(', ') }),
  },
  {
    name: 'languages',
    n: 20,
    most: 160,
    make: (n) => read({ 'accept-language': list(n, (i) => `en-x${i}`).join(',') }),
  },
  { name: 'cookies', n: 20, most: 160, make: (n) => read({ cookie: list(n, (i) => `c${i}=x`).join('; ') }) },
  {
    name: 'headers',
    n: 20,
    most: 160,
    make: (n) => read(Object.fromEntries(list(n, (i) => [`x-header-${i}`, 'x']))),
  },
  {
    name: 'steps of an address',
    n: 50,
    most: 1_600,
    answer: { status: 404, says: 'route-unknown' },
    make: (n) => read({}, 'Patient/'.repeat(n)),
  },
  {
    name: 'parameters of an address',
    n: 20,
    most: 160,
    make: (n) => read({}, `Patient?${list(n, (i) => `_id=x${i}`).join('&')}`),
  },
  {
    name: 'a token that is none',
    n: 500,
    most: 3_000,
    answer: { status: 401, says: 'token-malformed' },
    make: (n) => read({ authorization: `Bearer ${'a.'.repeat(n)}` }, 'Patient/none'),
  },
  { name: 'escapes of an address', n: 100, most: 800, make: (n) => read({}, `Patient?family=${'%41'.repeat(n)}`) },
  {
    name: 'parameters of a content type',
    n: 20,
    most: 160,
    make: (n) => createWith({ 'content-type': `${fhirJson['content-type']};${list(n, (i) => `p${i}=x`).join(';')}` }),
  },
  {
    name: 'conditions of If-None-Exist',
    n: 20,
    most: 160,
    make: (n) => createWith({ ...fhirJson, 'if-none-exist': list(n, (i) => `identifier=x${i}`).join('&') }),
  },
];

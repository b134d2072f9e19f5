/** Resources and parts of them that several cases have. */
export const ext = (url: string, more: object = { valueString: 'x' }) => ({ url, ...more });
const identifiers = ['1', '2', '3', '4'].map((value) => ({ system: 'http://example.org', value }));
export const [i1, i2, i3, i4] = identifiers;
export const ordered = (...identifier: unknown[]) => ({ resourceType: 'Patient', identifier });
export const contact = { name: { text: 'a name' }, gender: 'male' };
export const patient = {
  resourceType: 'Patient',
  id: 'p',
  meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00+05:00' },
  name: [
    { use: 'official', family: 'Karimova', given: ['Nodira', 'Aziza'] },
    { use: 'usual', given: ['Nodi'] },
  ],
};

/** From the rules of https://hl7.org/fhir/R5/fhirpatch.html, operation by operation. */

/** Scans of the bytes of lines without parsing them: for the patients they are about, and for relative addresses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patientsIn, patientsInLines } from '../src/audit/patients-in.ts';
import { withAbsoluteAttachments } from '../src/operations/export/attachments.ts';
import { randomFrom } from './export-exactness.ts';

const base = 'http://localhost:1/fhir';

describe('the patients of many lines', () => {
  const values = [
    '"Patient/a1"',
    `"${base}/Patient/b2"`,
    '"http://other/fhir/Patient/c3"',
    '"see Patient/d4"',
    '"Patient/"',
    '"\\u0050atient/e5"',
    '"Patient\\/f6"',
    '"Observation/1"',
    '"Ўзбекистон Patient"',
  ];

  it('are those of each, and lines that refer to none are told', () => {
    const random = randomFrom(166);
    for (let n = 0; n < 300; n += 1) {
      // As in most stored data, most texts have no escapes.
      const some = n % 3 === 0 ? values : values.filter((value) => !value.includes('\\'));
      const any = (): string => some[Math.floor(random() * some.length)]!;
      const lines = Array.from({ length: Math.floor(random() * 6) }, () =>
        Buffer.from(`{"x":[${Array.from({ length: Math.floor(random() * 3) }, any).join()}]}`),
      );
      const wanted = new Set<string>();
      const others = lines.filter((line) => {
        const own = new Set<string>();
        patientsIn(line, base, own);
        for (const id of own) wanted.add(id);
        return own.size === 0;
      });
      const found = new Set<string>();
      const told = patientsInLines(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])), base, found);
      assert.deepEqual(told.map(String), others.map(String));
      assert.deepEqual([...found].sort(), [...wanted].sort());
    }
  });
});

describe('an attachment', () => {
  const attached = (url: string): string => `{"resourceType":"Patient","photo":[{"url"${url},"size":1.00}]}`;

  it('has an absolute address, however it is written', () => {
    const wide = ' '.repeat(100);
    for (const [url, told] of [
      [':"Binary/1"', `${base}/Binary/1`],
      [`${wide}:"Binary/1"`, `${base}/Binary/1`],
      [`:${wide}"Binary/1"`, `${base}/Binary/1`],
      [`:\n\t"Binary/1"`, `${base}/Binary/1`],
      [`:"/${'a'.repeat(100)}"`, `http://localhost:1/${'a'.repeat(100)}`],
    ] as const) {
      const made = withAbsoluteAttachments('Patient', Buffer.from(attached(url)), base).toString();
      assert.equal((JSON.parse(made) as { photo: [{ url: string }] }).photo[0].url, told);
      assert.match(made, /"size":1\.00/);
    }
  });

  it('that has one stays as it is, and so does an extension within another one', () => {
    const complex =
      '{"resourceType":"Patient","extension":[{"url":"urn:x","extension":[{"url":"code","valueDecimal":1.0}]}]}';
    const long = attached(`:"${'a'.repeat(100)}:x"`);
    for (const text of [attached(':"urn:uuid:1"'), attached(':"https://a.uz/b"'), attached(':"#c"'), complex, long])
      assert.equal(withAbsoluteAttachments('Patient', Buffer.from(text), base).toString(), text);
  });
});

/** Faults of XML after which reading continues: each is reported, and the correct parts are read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { xmlToJson, type XmlFault } from '../src/index.ts';

const patient = (content: string): string => `<Patient xmlns="http://hl7.org/fhir">${content}</Patient>`;

function read(xml: string): { readonly told: readonly string[]; readonly resource: unknown } {
  const told: XmlFault[] = [];
  const resource: unknown = JSON.parse(xmlToJson(xml, { onFault: (fault) => told.push(fault) }));
  return { told: told.map(({ kind, path, line }) => `${kind} ${path} ${line}`), resource };
}

/** The text, the faults with their places and lines, and the members of the resource. */
type Case = readonly [xml: string, told: readonly string[], members: object];

const cases: Readonly<Record<string, Case>> = {
  'what there is not is left out, with all that is in it': [
    patient('<none><active value="a"/></none>\n<active none="a" value="true">text</active>'),
    ['unknown Patient 1', 'unknown Patient.active 2', 'unknown Patient.active 2'],
    { active: true },
  ],
  'what is out of order is read': [
    patient('<gender value="male"/><active value="true"/><birthDate value="2000"/>'),
    ['order Patient.active 1'],
    { gender: 'male', active: true, birthDate: '2000' },
  ],
  'what is split or there twice is read once': [
    patient(
      '<name><text value="a"/></name><active value="true"/><name><text value="b"/></name><active value="false"/>',
    ),
    ['order Patient.active 1', 'order Patient 1', 'repeated Patient 1'],
    { name: [{ text: 'a' }], active: true },
  ],
  'what is out of order does not repeat either': [
    patient('<gender value="male"/><active value="true"/><active value="true"/><gender value="male"/>'),
    ['order Patient.active 1', 'repeated Patient 1', 'order Patient 1'],
    { gender: 'male', active: true },
  ],
  'an element of another namespace is read by its name': [
    patient('<active xmlns="urn:x" value="true"/><y xmlns="urn:x"/>'),
    ['namespace Patient.active 1', 'unknown Patient 1'],
    { active: true },
  ],
  'values of no form of their types are texts': [
    patient('<active value="TRUE"/><multipleBirthInteger value="01"/>'),
    [],
    { active: 'TRUE', multipleBirthInteger: '01' },
  ],
  'a resource that has nothing is told, and read': [patient(''), ['empty Patient 1'], {}],
  'one of which nothing could be read has more than nothing': [
    patient('<none/>').replace('</', 'text</'),
    ['unknown Patient 1', 'unknown Patient 1'],
    {},
  ],
  'what has nothing is an empty object': [
    patient('<active/><name/><contained/>').replace('<active/><name/><contained/>', '<contained/><active/><name/>'),
    [],
    { contained: [{}], _active: {}, name: [{}] },
  ],
  'instructions, encodings and later versions of XML 1 are no contents': [
    `<?xml version="1.1" encoding="ISO-8859-1"?><?a b?>${patient('<?c d?><active value="true"/>')}`,
    ['forbidden  1', 'forbidden  1', 'forbidden Patient 1'],
    { active: true },
  ],
  'a second resource, and one that there is not, are left out': [
    patient('<contained><Basic><id value="a"/></Basic><Basic/></contained><contained><None/></contained>'),
    ['repeated Patient.contained[0] 1', 'unknown Patient.contained[1] 1'],
    { contained: [{ resourceType: 'Basic', id: 'a' }, {}] },
  ],
};

describe('faults that leave the rest to be read', () => {
  for (const [name, [xml, told, members]] of Object.entries(cases))
    it(name, () => {
      assert.deepEqual(read(xml), { told, resource: { resourceType: 'Patient', ...members } });
    });

  it('are none of a resource without elements where nobody asks for faults, as it is one in JSON', () => {
    assert.equal(xmlToJson(patient('')), '{"resourceType":"Patient"}');
  });

  it('end the reading when there are too many, as do those that leave nothing', () => {
    const many = patient('<none/>'.repeat(101));
    const told: XmlFault[] = [];
    assert.throws(() => xmlToJson(many, { onFault: (fault) => told.push(fault) }), {
      name: 'XmlFault',
      kind: 'unknown',
    });
    assert.equal(told.length, 100);
    for (const xml of [patient('<active'), patient('<!DOCTYPE a>'), '<None xmlns="http://hl7.org/fhir"/>', ''])
      assert.throws(() => xmlToJson(xml, { onFault: () => undefined }), { name: 'XmlFault' }, xml);
  });

  it('end where no reader of XML can read the text by the encoding that it names', () => {
    for (const encoding of ['UTF-16', 'UTF-32', 'none', 'UTF_8']) {
      const told: string[] = [];
      const xml = `<?xml version="1.0" encoding="${encoding}"?>${patient('<active value="true"/>')}`;
      assert.throws(
        () => xmlToJson(xml, { onFault: ({ kind }) => told.push(kind) }),
        ({ kind }: XmlFault) => kind === 'malformed',
      );
      assert.deepEqual(told, ['forbidden']);
    }
    for (const encoding of ['US-ASCII', 'windows-1251', 'latin1']) {
      const { told } = read(`<?xml version="1.0" encoding="${encoding}"?>${patient('<active value="true"/>')}`);
      assert.deepEqual(told, ['forbidden  1']);
    }
  });
});

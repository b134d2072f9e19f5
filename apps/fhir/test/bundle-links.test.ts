import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLinks, rootOf, type Links } from '../src/bundle/links.ts';
import { rewriteLinks, type LinkRules } from '../src/json/rewrite.ts';

const base = 'https://playground.test/fhir';
const urn = 'urn:uuid:6a1c1f34-7c3d-4c6e-9a55-0d6f3e0c8a01';
const oid = 'urn:oid:1.2.3.4';
const links = createLinks(
  [
    [urn, { type: 'Patient', id: 'new', isNew: true }],
    [oid, { type: 'Binary', id: 'b', isNew: true }],
    ['https://other.test/r5/Patient/7', { type: 'Patient', id: 'seven', isNew: true }],
    ['https://other.test/r5/Patient/8', { type: 'Patient', id: '8', isNew: false }],
    ['Group/9', { type: 'Group', id: 'nine', isNew: true }],
  ],
  base,
);

const local = createLinks([[urn, { type: 'Patient', id: 'new', isNew: true }]], base);

function rewritten(resource: string, root?: string, using: Links = links): string {
  const rulesOf = (known: Links): LinkRules => ({
    reference: (value) => known.reference(value, root),
    uri: (value) => known.uri(value, root),
  });
  // Looking only at places that can hold a relevant link must have the same result.
  const marked = rewriteLinks(resource, rulesOf(local), local.marksIn(resource));
  assert.equal(marked, rewriteLinks(resource, rulesOf(local)));
  return rewriteLinks(resource, rulesOf(using), using.marksIn(resource));
}

describe('a reference', () => {
  const cases: [given: string, expected: string | undefined, root?: string][] = [
    [urn, 'Patient/new'],
    [urn.toUpperCase().replace('URN:UUID', 'urn:uuid'), 'Patient/new'],
    [`${urn}#part`, 'Patient/new#part'],
    [oid, 'Binary/b'],
    ['https://other.test/r5/Patient/7', 'Patient/seven'],
    ['https://other.test/r5/Patient/7/_history/4', 'Patient/seven/_history/1'],
    ['https://other.test/r5/Patient/8/_history/4', 'Patient/8/_history/4'],
    ['Patient/7', 'Patient/seven', 'https://other.test/r5'],
    ['Patient/7/_history/2', 'Patient/seven/_history/1', 'https://other.test/r5'],
    ['Patient/7', undefined, 'https://another.test/r5'],
    ['Patient/7', undefined],
    ['Group/9', 'Group/nine'],
    [`${base}/Group/9`, 'Group/nine'],
    ['#contained', undefined],
    ['', undefined],
    ['#', undefined],
    ['urn:uuid:ffffffff-7c3d-4c6e-9a55-0d6f3e0c8a01', undefined],
    ['https://other.test/r5/Patient/77', undefined],
    [`x${urn}`, undefined],
  ];
  for (const [given, expected, root] of cases) {
    test(`${given} ${root === undefined ? '' : `in ${root} `}becomes ${expected ?? 'nothing else'}`, () => {
      assert.equal(links.reference(given, root), expected);
    });
  }

  test('the root of relative references is that of the fullUrl', () => {
    assert.equal(rootOf('https://other.test/r5/Patient/7', base), 'https://other.test/r5');
    assert.equal(rootOf('Patient/7', base), base);
    assert.equal(rootOf(urn, base), undefined);
    assert.equal(rootOf(undefined, base), undefined);
    assert.equal(rootOf('https://other.test/not/a-resource', base), undefined);
  });
});

describe('a resource', () => {
  test('has its references replaced wherever they stand, and keeps every other character', () => {
    const text = `{ "resourceType" : "Observation",
      "contained":[{"subject":{"reference":"${urn}"},"resourceType":"Flag","id":"x"}],
      "extension":[{"url":"urn:x","valueReference":{"reference":"${urn}"}},
                   {"url":"urn:y","extension":[{"url":"a","valueCodeableReference":{"reference":{"reference":"${urn}"}}}]}],
      "_status":{"extension":[{"url":"urn:z","valueReference":{"reference":"${urn}"}}]},
      "status":"final", "valueQuantity":{"value":1.500,"unit":"caf\\u00e9 \\"x\\""},
      "subject":{"reference":"urn\\u003auuid:6a1c1f34-7c3d-4c6e-9a55-0d6f3e0c8a01","display":"${urn}"},
      "performer":[{"reference":"Practitioner/1"},null,{"reference":"#x"}],
      "code":{"text":"${urn}"}, "unknownElement":{"reference":"${urn}"} }`;
    const expected = text
      .replaceAll(`"reference":"${urn}"`, '"reference":"Patient/new"')
      .replace('"urn\\u003auuid:6a1c1f34-7c3d-4c6e-9a55-0d6f3e0c8a01"', '"Patient/new"')
      .replace('"unknownElement":{"reference":"Patient/new"}', `"unknownElement":{"reference":"${urn}"}`);
    assert.equal(rewritten(text), expected);
  });

  test('has uri, url, oid and uuid replaced by absolute URLs; canonicals and names of definitions stay', () => {
    const fhir = {
      resourceType: 'PlanDefinition',
      url: urn,
      library: [urn],
      extension: [
        { url: urn, valueUri: urn },
        { url: 'a', valueUrl: `${urn}#x` },
        { url: 'b', valueUuid: urn },
        { url: 'c', valueOid: oid },
        { url: 'd', valueCanonical: urn },
        { url: 'e', valueString: urn },
        { url: 'f', valueMarkdown: urn },
        { url: 'g', valueAttachment: { url: oid } },
      ],
      identifier: [{ system: 'urn:oid:9.9.9', value: urn }],
    };
    const after = JSON.parse(rewritten(JSON.stringify(fhir))) as typeof fhir;
    assert.deepEqual(after, {
      ...fhir,
      extension: [
        { url: urn, valueUri: `${base}/Patient/new` },
        { url: 'a', valueUrl: `${base}/Patient/new#x` },
        { url: 'b', valueUuid: `${base}/Patient/new` },
        { url: 'c', valueOid: `${base}/Binary/b` },
        ...fhir.extension.slice(4, 7),
        { url: 'g', valueAttachment: { url: `${base}/Binary/b` } },
      ],
    });
  });

  test('has links in narratives replaced, and nothing else there', () => {
    const before =
      `<div xmlns=\\"http://www.w3.org/1999/xhtml\\">\\n${urn} <!-- <a href=\\"${urn}\\"> -->` +
      `<a class='x' href=\\"${urn}#top\\">${urn}</a><p title=\\"${urn}\\">\\u00e9 <img alt='>' src='${oid}'/></p>` +
      `<a href=\\"#local\\" name=\\"href='${urn}'\\">x</a><b href=\\"${urn}\\"/></div>`;
    const after = before
      .replace(`'x' href=\\"${urn}#top`, `'x' href=\\"${base}/Patient/new#top`)
      .replace(`src='${oid}'`, `src='${base}/Binary/b'`);
    const text = (div: string): string =>
      `{"resourceType":"Composition","text":{"status":"generated","div":"${div}"},"section":[{"text":{"div":"${div}"}}]}`;
    assert.equal(rewritten(text(before)), text(after));
  });

  test('has links in markdown replaced: those that markdown has there, and no text', () => {
    const to = `${base}/Patient/new`;
    const replaced: [before: string, after: string][] = [
      [`see [a](${urn}) and ![b](${oid} 't')`, `see [a](${to}) and ![b](${base}/Binary/b 't')`],
      [`[a]( <${urn}#x> ) <${urn}>`, `[a]( <${to}#x> ) <${to}>`],
      [`[a]\n\n[a]: ${urn}\n  [b]: <${urn}> 'x'`, `[a]\n\n[a]: ${to}\n  [b]: <${to}> 'x'`],
      [`<a href=\\"${urn}\\">é \\u00e9 [a](${urn})</a>`, `<a href=\\"${to}\\">é \\u00e9 [a](${to})</a>`],
      [`\`[a](${urn})\` \`\` \` \`\` [b](${urn})`, `\`[a](${urn})\` \`\` \` \`\` [b](${to})`],
      [`\` [a](${urn}) \`\` [b](${urn})`, `\` [a](${to}) \`\` [b](${to})`],
    ];
    const untouched = [
      urn,
      `(${urn})`,
      `[${urn}]`,
      `[a]: \\n`,
      `[a](x${urn})`,
      `<!-- ${urn} -->`,
      `<p title='${urn}'>`,
    ];
    const text = (markdown: string): string =>
      `{"resourceType":"Questionnaire","description":"${markdown}","extension":[{"url":"a","valueMarkdown":"${markdown}"}]}`;
    for (const [before, after] of [...replaced, ...untouched.map((each): [string, string] => [each, each])])
      assert.equal(rewritten(text(before.replaceAll('\n', '\\n'))), text(after.replaceAll('\n', '\\n')));
  });

  test('with much markdown is read in linear time', () => {
    const millisecondsOf = (size: number): number => {
      const parts = ['](', '`', '``', '<a:', `[a](${urn}) `, '\\n[a]: ', '<a href=', '[', '<'];
      const markdown = parts.map((part) => part.repeat(size)).join('') + `\`[a](${urn})\` [a](${urn})`.repeat(size);
      const began = process.cpuUsage();
      rewritten(`{"resourceType":"Questionnaire","description":${JSON.stringify(markdown)}}`);
      return process.cpuUsage(began).user / 1000;
    };
    millisecondsOf(500);
    const least = (size: number): number => Math.min(...[1, 2, 3].map(() => millisecondsOf(size)));
    const [small, large] = [least(500), least(4000)];
    assert.ok(large < 24 * Math.max(small, 1), `${small} ms, and ${large} ms for eight times as much`);
  });

  test('is left alone within a Bundle: its links are its own', () => {
    const document = {
      resourceType: 'Bundle',
      type: 'document',
      entry: [{ fullUrl: urn, resource: { subject: urn } }],
    };
    const text = JSON.stringify(document);
    assert.equal(rewritten(text), text);
    const inParameters = JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'a', resource: document },
        { name: 'b', part: [{ name: 'c', valueReference: { reference: urn } }] },
      ],
    });
    assert.equal(rewritten(inParameters), inParameters.replace(`"reference":"${urn}"`, '"reference":"Patient/new"'));
  });

  test('names the element of a reference', () => {
    const places: string[] = [];
    const text = JSON.stringify({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Flag', subject: { reference: 'a' } }],
      performer: [{ display: 'x' }, { reference: 'b' }],
    });
    rewriteLinks(text, {
      uri: () => undefined,
      reference(value, path) {
        places.push(`${value} ${path()}`);
        return undefined;
      },
    });
    assert.deepEqual(places, ['a Observation.contained[0].subject.reference', 'b Observation.performer[1].reference']);
  });

  test('of wrong types is passed over', () => {
    for (const text of [
      '{"resourceType":"Observation","subject":"x","contained":{"a":1},"performer":[[{"reference":"x"}]],"text":[{"div":1}]}',
      '{"resourceType":7}',
      '{"resourceType":"Nothing","subject":{"reference":"x"}}',
      '{}',
      '{"resourceType":"Patient","text":{"div":"<a href=\\"x"}}',
    ]) {
      assert.equal(rewritten(text), text);
    }
  });
});

describe('a resource is passed over only when it surely holds no link', () => {
  const reference = (text: string): string => `{"resourceType":"Observation","subject":{"reference":"${text}"}}`;
  const asked: [text: string, may: boolean, using?: Links][] = [
    [reference('Patient/1'), false],
    [reference('https://other.test/r5/Patient/7'), false],
    ['{"resourceType":"Patient","text":{"div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"}}', false],
    [reference(urn), true],
    [reference(urn.toUpperCase()), true],
    [reference('urn:uuid:ffffffff-7c3d-4c6e-9a55-0d6f3e0c8a01'), true],
    [reference('\\u0075rn:uuid:6a1c1f34-7c3d-4c6e-9a55-0d6f3e0c8a01'), true],
    [reference('Patient?identifier=x'), true],
    [reference('Patient\\u003fidentifier=x'), true],
    ['{"resourceType":"Patient","text":{"div":"<div><a href=\\"urn:oid:1.2\\">x</a></div>"}}', true],
    [reference('Patient/7'), true, links],
  ];
  for (const [text, may, using = local] of asked)
    test(text, () => {
      assert.equal(using.marksIn(text)?.length !== 0, may);
    });
});

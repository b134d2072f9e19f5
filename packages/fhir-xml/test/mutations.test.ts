import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scanJson } from '@dhp/fhir-model';
import { jsonToXml, XmlFault, xmlToJson } from '../src/index.ts';
import { differenceOf, parseTokens } from './json-difference.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const examples = readdirSync(folder)
  .filter((name) =>
    /^(Patient|Observation|Questionnaire|Parameters|Bundle|Medication|Composition)-.*\.json$/.test(name),
  )
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .filter((text) => text.length < 4000);

const rounds = 6000;

/** A linear congruential generator (the constants of Numerical Recipes): the same mutations in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;

const pieces = [
  '<', '>', '/', '"', "'", '&', ';', '=', ' ', '\n', '\u0000', '\ud800', '\ufffe', 'é', '\u{1f600}', '{', '}', '[', ']', ',', ':',
  '<!--', '-->', '<![CDATA[', ']]>', '<!DOCTYPE a [<!ENTITY b "c">]>', '<?a b?>', '&b;', '&amp;', '&#0;', '&#x41;', '<div>', '</div>',
  'xmlns="urn:x"', 'xmlns:a="http://hl7.org/fhir"', 'a:', ' value="1"', ' id="1"', '<id value="a"/>', '<extension url="u"/>',
  '<contained>', 'null', 'true', '1e999', '1.0', '"id":"a"', '"__proto__":1', '"_id":{}', '\\u0001', '\\ud800', '\\',
]; // prettier-ignore

/** One to three accidents: a piece put in, cut out, doubled, moved or replaced. */
function mutated(text: string, random: Random): string {
  for (let n = 1 + random(3); n > 0; n -= 1) {
    const from = random(text.length + 1);
    const to = Math.min(text.length, from + (random(4) === 0 ? random(200) : random(12)));
    const [head, middle, tail] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
    const place = random(head.length + 1);
    const results = [
      () => head + pieces[random(pieces.length)]! + middle + tail,
      () => head + pieces[random(pieces.length)]! + tail,
      () => head + tail,
      () => head + middle + middle + tail,
      () => head.slice(0, place) + middle + head.slice(place) + tail,
    ];
    text = results[random(results.length)]!();
  }
  return text;
}

/** Returns the result of the call; undefined when it throws an XmlFault. Any other error fails the test. */
function attempt(call: () => string, faults: Map<string, number>): string | undefined {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    assert.ok(error.line >= 1 && error.column >= 1 && error.offset >= 0);
    faults.set(error.kind, (faults.get(error.kind) ?? 0) + 1);
    return undefined;
  }
}

function report(t: TestContext, passed: number, faults: Map<string, number>): void {
  t.diagnostic(`${rounds} mutations: ${passed} carried over, faults ${JSON.stringify(Object.fromEntries(faults))}`);
  assert.ok(passed > rounds / 50, 'too few mutations are harmless to prove anything');
  assert.ok(faults.size >= 6, 'too few kinds of fault were met');
}

describe('mutated examples', () => {
  it('as XML end with JSON that can be read and written again, or with an XmlFault', (t) => {
    const random = generator(1);
    const xml = examples.map((text) => jsonToXml(text));
    const faults = new Map<string, number>();
    let passed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = mutated(xml[random(xml.length)]!, random);
      const json = attempt(() => xmlToJson(text), faults);
      if (json === undefined) continue;
      passed += 1;
      scanJson(json);
      assert.equal(differenceOf(parseTokens(json), parseTokens(xmlToJson(jsonToXml(json)))), undefined, text);
    }
    report(t, passed, faults);
  });

  it('as JSON end with XML that can be read again, or with an XmlFault', (t) => {
    const random = generator(2);
    const faults = new Map<string, number>();
    let passed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const text = mutated(examples[random(examples.length)]!, random);
      const xml = attempt(() => jsonToXml(text), faults);
      if (xml === undefined) continue;
      passed += 1;
      assert.equal(
        differenceOf(parseTokens(text.replace(/^\ufeff/, '')), parseTokens(xmlToJson(xml))),
        undefined,
        text,
      );
    }
    report(t, passed, faults);
  });
});

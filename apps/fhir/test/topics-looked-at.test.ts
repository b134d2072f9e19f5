/** Criteria are judged by rows of the parameters that they look at alone: the verdict is that of the whole row, for published examples and their values. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonResource } from '@dhp/fhir-search';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { indexRow, indexValues } from '@dhp/search-index/rows';
import { isFull } from '../../../tests/sample.ts';
import { readCriteria } from '../src/topics/criteria.ts';
import { isMet } from '../src/topics/told.ts';
import { baseUrl } from './environment.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const reading = { timeZone: 'Asia/Tashkent', ownBases: [baseUrl] };
const every = isFull ? 3 : 60;

/** Criteria that are often met: by presence, and by the values that a resource has, in whatever form its parameters have. */
function* criteriaOf(resource: JsonResource): Generator<readonly [string, string]> {
  const { resourceType: type } = resource;
  for (const { code } of searchParametersOf(type).values()) {
    yield [`${code}:missing`, 'true'];
    yield [`${code}:missing`, 'false'];
  }
  for (const { parameter, value } of indexValues(resource, reading)) {
    for (const text of textsOf(value)) {
      yield [parameter, text];
      yield [`${parameter}:not`, text];
      yield [`${parameter}:contains`, text];
      yield [`${parameter}:text`, text];
      yield [parameter, `ge${text}`];
    }
    if (parameter === 'code') yield ['combo-code', textsOf(value)[0] ?? 'x'];
    if (parameter === 'subject') yield ['patient', textsOf(value)[0] ?? 'x'];
  }
}

/** The texts and numbers within a value: whichever they are, the same criterion is asked of both rows. */
function textsOf(value: object): string[] {
  const found = Object.values(value).flatMap((part: unknown) => {
    if (typeof part === 'number') return [String(part)];
    if (typeof part === 'object' && part !== null) return textsOf(part);
    return typeof part === 'string' && part !== '' ? [part.slice(0, 60).replaceAll(/[\\,$|]/g, '\\$&')] : [];
  });
  const { system, code, type, id } = value as Readonly<Record<string, unknown>>;
  const token = typeof system === 'string' && typeof code === 'string' ? [`${system}|${code}`] : [];
  const reference = typeof type === 'string' && typeof id === 'string' ? [`${type}/${id}`] : [];
  return [...new Set([...reference, ...token, ...found])].slice(0, 4);
}

test('rows of the parameters that a criterion looks at tell the same as all rows', (t) => {
  const names = readdirSync(folder).filter((name, n) => /^[A-Z].*\.json$/.test(name) && n % every === 0);
  const counts = { met: 0, unmet: 0, narrowed: 0, types: new Set<string>() };
  for (const name of names) {
    const resource = JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonResource;
    const { resourceType: type, id = 'x' } = resource as JsonResource & { id?: string };
    const whole = indexRow(resource, reading);
    for (const pair of criteriaOf(resource)) {
      const criteria = readCriteria(type, [pair], reading);
      if (typeof criteria === 'string') continue;
      const { condition, looksAt: only } = criteria;
      const wanted = isMet(condition, id, whole);
      assert.equal(isMet(condition, id, indexRow(resource, { ...reading, only })), wanted, `${name} ${pair.join('=')}`);
      counts[wanted ? 'met' : 'unmet'] += 1;
      if (only !== undefined) counts.narrowed += 1;
      counts.types.add(type);
    }
  }
  t.diagnostic(JSON.stringify({ ...counts, types: counts.types.size }));
  assert.ok(counts.met > 500 && counts.unmet > 500, JSON.stringify(counts));
  assert.ok(counts.narrowed > (counts.met + counts.unmet) / 2);
});

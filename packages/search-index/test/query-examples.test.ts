import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonResource } from '@dhp/fhir-search';
import { conditionOf } from '../src/index.ts';
import { indexValues } from '../src/rows.ts';
import type { IndexValue, Value } from '../src/types/value.ts';
import { keep, matches, type Kept } from './matcher.ts';
import { options } from './searching.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r5.examples/package.json')));
const names = readdirSync(folder).filter((name, i) => /^[A-Z].*\.json$/.test(name) && i % 10 === 3);

describe('a tenth of the published examples', () => {
  const examples = names
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as JsonResource)
    .filter(({ id }) => typeof id === 'string');

  it('are found by each of their values, and not by others', (t) => {
    const counts: Record<string, number> = {};
    for (const resource of examples) {
      const [kept] = keep([resource], options);
      for (const value of indexValues(resource, options)) {
        for (const [name, text] of searchesFor(value)) {
          const told = `${resource.resourceType}/${String(resource.id)}: ${name}=${text}`;
          assert.ok(isFound(kept!, name, text), told);
          counts[value.value.type] = (counts[value.value.type] ?? 0) + 1;
        }
        for (const [name, text] of missesFor(value)) {
          assert.ok(!isFound(kept!, name, text), `${resource.resourceType}/${String(resource.id)}: ${name}=${text}`);
        }
      }
    }
    t.diagnostic(`${examples.length} examples, found by ${JSON.stringify(counts)}`);
    assert.ok(examples.length > 200);
    for (const type of ['token', 'string', 'reference', 'date', 'quantity', 'uri', 'composite']) {
      assert.ok((counts[type] ?? 0) > 0, type);
    }
  });

  it('have a parameter or lack it', () => {
    for (const resource of examples) {
      const [kept] = keep([resource], options);
      for (const { parameter, value } of indexValues(resource, options)) {
        if (value.type === 'composite') continue; // has no modifiers
        assert.ok(isFound(kept!, `${parameter}:missing`, 'false'), parameter);
        assert.ok(!isFound(kept!, `${parameter}:missing`, 'true'), parameter);
      }
    }
  });
});

function isFound(kept: Kept, name: string, text: string): boolean {
  return matches(kept, conditionOf(kept.type, [[name, text]], options), [kept]);
}

type Search = readonly [name: string, value: string];

/** Searches that must find a resource by one of its values. */
function searchesFor({ parameter, value }: IndexValue): Search[] {
  // Answered from columns.
  if (parameter === '_id' || parameter === '_lastUpdated') return [];
  const name = (modifier: string) => `${parameter}:${modifier}`;
  switch (value.type) {
    case 'token':
      return [
        ...tokenTexts(value).map((text) => [parameter, text] as const),
        ...(value.text === undefined ? [] : [[name('text'), escape(value.text)] as const]),
      ];
    case 'string':
      return [
        [parameter, escape(value.exact)],
        [name('exact'), escape(value.exact)],
        [name('contains'), escape(value.exact.slice(0, 100))],
      ];
    case 'reference':
      return referenceSearches(parameter, value);
    case 'date':
      return dateTexts(value).map((text) => [parameter, text]);
    case 'number':
      return value.value === undefined ? [] : [[parameter, String(value.value)]];
    case 'quantity':
      return quantityTexts(value).map((text) => [parameter, text]);
    case 'uri':
      return [[parameter, escape(value.uri)]];
    case 'composite': {
      const parts = value.components.map((values) => values.flatMap((one) => componentTexts(one)).slice(0, 1));
      return parts.some((part) => part.length === 0) ? [] : [[parameter, parts.map(([one]) => one!).join('$')]];
    }
  }
}

/** Searches that must not. */
function missesFor({ parameter, value }: IndexValue): Search[] {
  if (parameter === '_id' || parameter === '_lastUpdated') return [];
  // A boolean has no value that nothing has.
  if (value.type === 'token' && (value.code === 'true' || value.code === 'false')) return [];
  if (value.type === 'token' && value.code !== undefined) return [[parameter, `${escape(value.code)}-not`]];
  if (value.type === 'uri') return [[parameter, `${escape(value.uri)}-not`]];
  return value.type === 'string' ? [[`${parameter}:exact`, `${escape(value.exact)}-not`]] : [];
}

function tokenTexts({ system, code }: Value & { type: 'token' }): string[] {
  if (code === undefined) return system === undefined || system === '' ? [] : [`${escape(system)}|`];
  if (system === undefined) return [escape(code)];
  return [escape(code), `${escape(system)}|${escape(code)}`];
}

function referenceSearches(parameter: string, value: Value & { type: 'reference' }): Search[] {
  const { targetType, id, url, version, identifier, text } = value;
  if (identifier !== undefined) {
    return [[`${parameter}:identifier`, `${escape(identifier.system)}|${escape(identifier.value)}`]];
  }
  if (text !== undefined) return [[`${parameter}:text`, escape(text)]];
  if (id !== undefined && targetType !== undefined) return [[parameter, `${targetType}/${id}`]];
  // A text that is not a URL cannot be searched for as one.
  if (url === undefined || !/^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/.test(url)) return [];
  return [
    [parameter, escape(url)],
    ...(version === undefined ? [] : [[parameter, escape(`${url}|${version}`)] as const]),
  ];
}

function dateTexts({ low, high }: Value & { type: 'date' }): string[] {
  const instant = (time: number) => (Math.abs(time) < 8e15 ? [new Date(time).toISOString()] : []);
  return [
    ...instant(low).flatMap((text) => [`ge${text}`, `sa${new Date(low - 1).toISOString()}`]),
    ...instant(high).flatMap((text) => [`lt${text}`, `eb${text}`]),
  ];
}

function quantityTexts({ value, system, code }: Value & { type: 'quantity' }): string[] {
  if (value === undefined) return [];
  const unit = code === undefined ? '' : system === '' ? `||${escape(code)}` : `|${escape(system)}|${escape(code)}`;
  return [`${value}${unit}`, `ge${value}${unit}`, String(value)];
}

function componentTexts(value: Value): string[] {
  switch (value.type) {
    case 'token':
      return value.code === undefined ? [] : tokenTexts(value);
    case 'string':
      return [escape(value.exact)];
    case 'reference':
      return value.id === undefined || value.targetType === undefined ? [] : [`${value.targetType}/${value.id}`];
    case 'date':
      return dateTexts(value);
    case 'quantity':
      return quantityTexts(value);
    case 'number':
    case 'uri':
    case 'composite':
      return [];
  }
}

/** https://hl7.org/fhir/R5/search.html#escaping */
function escape(text: string): string {
  return text.replaceAll(/[,|$\\]/g, '\\$&');
}

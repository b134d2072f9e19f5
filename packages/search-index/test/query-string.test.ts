import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonResource } from '@dhp/fhir-search';
import { finds, ids } from './searching.ts';

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

describe('a text is found by whatever it is begun with, and by each of its parts', () => {
  // A list that is narrowed while a name is typed sends a part of it after each letter, which may end between letters that are compared as one.
  for (const text of [
    'Aliyev',
    'Алиев',
    "Jo'rayeva",
    'Жўраева',
    'Yevgeniy',
    'Bayye',
    'Щербакова',
    'Қўчқор',
    'Çelik Ёр',
  ]) {
    const display = { text, reference: 'Patient/1', display: text };
    const resources: [string, readonly string[], JsonResource][] = [
      ['Patient', ['family', 'name', 'name:text'], patient('one', { family: text })],
      ['Condition', ['code:text', 'code:text-advanced'], { resourceType: 'Condition', id: 'one', code: { text } }],
      ['Condition', ['subject:text'], { resourceType: 'Condition', id: 'one', subject: display }],
    ];
    it(text, () => {
      const parts = new Set<string>();
      for (let from = 0; from < text.length; from += 1)
        for (let to = from + 1; to <= text.length; to += 1) parts.add(text.slice(from, to));
      const asked = (name: string, part: string): string => `${name}=${encodeURIComponent(part)}`;
      const searches = [...parts]
        .filter((part) => part.trim() === part && /\p{L}/u.test(part))
        .flatMap((part) => [
          ...resources.flatMap(([type, names, one]) =>
            text.startsWith(part) ? names.map((name) => [type, asked(name, part), one] as const) : [],
          ),
          ['Patient', asked('family:contains', part), resources[0]![2]] as const,
          ['Patient', asked('_filter', `family co "${part}"`), resources[0]![2]] as const,
        ]);
      const missed = searches.filter(([type, query, one]) => ids(type, query, [one]).length === 0);
      assert.deepEqual(
        missed.map(([type, query]) => `${type}?${decodeURIComponent(query)}`),
        [],
      );
    });
  }
});

function patient(id: string, name: object): JsonResource {
  return { resourceType: 'Patient', id, name: [name] };
}

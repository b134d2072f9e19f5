/** `_explain`: a search as it was understood and how the database carries it out, as Parameters. */
import type { UnderstoodSearch } from '@dhp/search-index';
import { json } from '../http/respond.ts';
import type { Answer } from '../contract/answer.ts';

/** `told`: what the store says, one member a parameter; what is no string, number or boolean as JSON. */
export function explanation({ query }: UnderstoodSearch, told: object): Answer {
  const parameter = Object.entries({ query, ...told }).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return { name, valueString: value };
    if (typeof value === 'number') return { name, valueDecimal: value };
    return { name, valueString: JSON.stringify(value, bigintAsText, 2) };
  });
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), { 'cache-control': 'no-store' });
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

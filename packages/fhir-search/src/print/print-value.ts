import type { Comparator, Reference, Token, Value } from '../ast/value.ts';
import { escape } from '../query/escapes.ts';
import { printWords } from './print-words.ts';

/** A value as between two commas. */
export function printValue(value: Value): string {
  switch (value.type) {
    case 'token':
      return printToken(value);
    case 'date':
      return `${prefix(value.comparator)}${value.date}`;
    case 'number':
      return `${prefix(value.comparator)}${value.decimal}`;
    case 'quantity': {
      const { comparator, decimal, unit } = value;
      const asked = unit === undefined ? [] : [unit.system ?? '', unit.code].map(escape);
      return [`${prefix(comparator)}${decimal}`, ...asked].join('|');
    }
    case 'reference':
      return printReference(value);
    case 'uri':
      return escape(value.uri);
    case 'text':
      return escape(value.text);
    case 'words':
      return escape(printWords(value.words));
    case 'identifier':
      return [value.system, value.code, value.value].map(escape).join('|');
    case 'value-set':
      return escape(value.url);
    case 'concept':
      return [value.system, value.code].map(escape).join('|');
    case 'collection':
      return `${value.collection}/${value.id}`;
    case 'hierarchy':
    case 'branch':
      return printReference(value.of);
    case 'canonical': {
      const { url, version } = value;
      return escape(version === '' && !url.includes('|') ? url : `${url}|${version}`);
    }
    case 'composite':
      return value.components.map(printValue).join('$');
    case 'near':
      return [...[value.latitude, value.longitude, value.distance].map(printDecimal), value.unit].join('|');
    case 'place':
      return [value.latitude, value.longitude].map(printDecimal).join('|');
  }
}

function prefix(comparator: Comparator): string {
  return comparator === 'eq' ? '' : comparator;
}

export function printToken({ system, code }: Token): string {
  if (code === undefined) return `${escape(system ?? '')}|`;
  return system === undefined ? escape(code) : `${escape(system)}|${escape(code)}`;
}

function printReference(reference: Reference): string {
  if ('url' in reference) return escape(reference.url);
  const { target, id, version } = reference;
  if (target === undefined) return id;
  return version === undefined ? `${target}/${id}` : `${target}/${id}/_history/${version}`;
}

/** Without an exponent, which degrees and distances have not. */
function printDecimal(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?(?<!0)0+$/, '') : text;
}

/** Values of the index as a caller writes them, with a modifier or a prefix. https://hl7.org/fhir/R5/search.html#modifiers */
import type { indexValues } from '@dhp/search-index/rows';
import type { Chance } from '../../../apps/fhir/test/search-oracle/world.ts';

export type Value = ReturnType<typeof indexValues>[number]['value'];
type Of<Type extends Value['type']> = Extract<Value, { readonly type: Type }>;

export interface Written {
  /** With its colon; empty: none. */
  readonly modifier: string;
  readonly value: string;
  /** Its shape, whatever values it asks for. */
  readonly kind: string;
}

const escaped = (text: string): string => text.replaceAll(/[\\,$|]/g, String.raw`\$&`);
const plainly = (kind: string, value: string, modifier = ''): Written => ({
  modifier,
  value,
  kind: `${kind}${modifier}`,
});

export function writtenAs(random: Chance, value: Value): Written {
  switch (value.type) {
    case 'token':
      return token(random, value);
    case 'string':
      return string(random, value);
    case 'reference':
      return reference(random, value);
    case 'date': {
      const prefix = random.pick(prefixes);
      return plainly(`date ${prefix}`, `${prefix}${dateOf(random, value)}`);
    }
    case 'number': {
      const prefix = random.pick(prefixes);
      return plainly(`number ${prefix}`, `${prefix}${String(value.value ?? value.low)}`);
    }
    case 'quantity': {
      const prefix = random.pick(prefixes);
      const unit =
        random.oneIn(2) || value.code === undefined ? '' : `|${escaped(value.system)}|${escaped(value.code)}`;
      return plainly(
        `quantity ${prefix}${unit === '' ? '' : ' of a unit'}`,
        `${prefix}${String(value.value ?? value.low)}${unit}`,
      );
    }
    case 'uri':
      return plainly('uri', escaped(value.uri), random.pick(['', '', ':below', ':above']));
    case 'composite': {
      const parts = value.components.map((each) => writtenAs(plain, random.pick(each)));
      return plainly(`composite ${parts.map(({ kind }) => kind).join('$')}`, parts.map((each) => each.value).join('$'));
    }
  }
}

/** Without modifiers and prefixes: the parts of a composite have none. */
const plain: Chance = { below: () => 0, pick: (choices) => choices.at(-1)!, oneIn: () => false };

const prefixes = ['ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap', 'eq'] as const;

function token(random: Chance, { system, code, text }: Of<'token'>): Written {
  if (code === undefined || (text !== undefined && random.oneIn(6)))
    return text === undefined
      ? plainly('token of a system', `${escaped(system ?? '')}|`)
      : plainly('token', escaped(text.split(' ')[0]!), ':text');
  const modifier = random.pick([':not', '', '', '']);
  const whole = system === undefined ? escaped(code) : `${escaped(system)}|${escaped(code)}`;
  if (system === undefined || system === '') return plainly('token', whole, modifier);
  const form = random.pick(['code', 'system', 'whole', 'whole', 'whole'] as const);
  if (form === 'code') return plainly('token code', escaped(code), modifier);
  if (form === 'system') return plainly('token of a system', `${escaped(system)}|`, modifier);
  return plainly('token', whole, modifier);
}

function string(random: Chance, { exact, normalised }: Of<'string'>): Written {
  const { below, pick } = random;
  const modifier = pick([':exact', ':contains', '', '']);
  if (modifier === ':exact') return plainly('string', escaped(exact), modifier);
  const letters = Array.from(normalised);
  const length = Math.min(letters.length, pick([1, 3, 5, 100]));
  const from = modifier === ':contains' ? below(letters.length - length + 1) : 0;
  const part = letters
    .slice(from, from + length)
    .join('')
    .trim();
  return plainly(
    `string of ${String(length === letters.length ? 'all' : length)}`,
    escaped(part || normalised),
    modifier,
  );
}

function reference(random: Chance, { targetType, id, url, identifier }: Of<'reference'>): Written {
  if (identifier !== undefined && (id === undefined || random.oneIn(5)))
    return plainly('reference', `${escaped(identifier.system)}|${escaped(identifier.value)}`, ':identifier');
  if (id === undefined) return plainly('reference', escaped(url ?? 'none'));
  return plainly('reference', `${targetType ?? 'Patient'}/${id}`);
}

function dateOf({ pick }: Chance, { low, high }: Of<'date'>): string {
  const at = Number.isFinite(low) ? low : Number.isFinite(high) ? high : 0;
  return new Date(at).toISOString().slice(0, pick([4, 7, 10, 10]));
}

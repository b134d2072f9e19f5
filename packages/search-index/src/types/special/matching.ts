import type { Criterion, ValueOf } from '@dhp/fhir-search';
import { allOf, anyOf, everything, not, nothing } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { seedOf } from '../../keys/keys.ts';
import { valueOf } from '../ask.ts';

/** The condition of a parameter with special rules; undefined for any other. */
export function specialCondition(
  type: string,
  { parameter, modifier, values }: Extract<Criterion, { kind: 'parameter' }>,
): Condition | undefined {
  if (parameter === '_id') {
    const condition: Condition = { op: 'id', any: values.map((value) => valueOf(value, 'token').code!) };
    return modifier === 'not' ? not(condition) : condition;
  }
  if (type !== 'Location') return undefined;
  if (parameter === 'near') return anyOf(values.map((value) => nearCondition(valueOf(value, 'near'))));
  if (parameter === 'contains') return anyOf(values.map((value) => withinCondition(valueOf(value, 'place'))));
  return undefined;
}

/** All that is stored has an id and a time at which it was changed, in columns. */
export function missingInColumn(parameter: string, missing: boolean): Condition | undefined {
  if (parameter !== '_id' && parameter !== '_lastUpdated') return undefined;
  return missing ? nothing : everything;
}

/** https://hl7.org/fhir/R5/location.html#positional */
function nearCondition({ latitude, longitude, metres }: ValueOf<'near'>): Condition {
  return {
    op: 'near',
    latitudeKey: seedOf('Location', 'near.latitude'),
    longitudeKey: seedOf('Location', 'near.longitude'),
    latitude,
    longitude,
    metres,
  };
}

/** The box around the boundary leads to it. https://hl7.org/fhir/R5/location.html#search */
function withinCondition({ latitude, longitude }: ValueOf<'place'>): Condition {
  const within = (side: string, at: number): Condition => ({
    op: 'number',
    key: seedOf('Location', `contains.${side}`),
    interval: { low: { le: at }, high: { ge: at } },
  });
  return allOf([within('latitude', latitude), within('longitude', longitude), { op: 'boundary', latitude, longitude }]);
}

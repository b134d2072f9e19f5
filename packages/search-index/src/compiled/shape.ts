import type { RowCondition } from '../row-condition/row-condition.ts';

/** A value of a condition: a hash, the number of a system, or a text. */
export type ShapeValue = bigint | number | string;

/** A condition without its values, and the values in their order. */
export interface Shape {
  /** The same for conditions whose statements have the same text. */
  readonly name: string;
  readonly values: readonly ShapeValue[];
}

/** The number of values of one condition from which on its statement is not cached: it is unlikely to be asked again. */
const mostValues = 64;

/** The shape of a condition; undefined if a statement depends on more than the number of its values. */
export function shapeOf(condition: RowCondition): Shape | undefined {
  const values: ShapeValue[] = [];
  const name = nameOf(condition, values);
  return name === undefined || values.length > mostValues ? undefined : { name, values };
}

/** The name of the shape, or undefined; adds the values. */
function nameOf(condition: RowCondition, values: ShapeValue[]): string | undefined {
  switch (condition.op) {
    case 'all':
    case 'any': {
      let name = condition.op;
      for (const each of condition.of) {
        const part = nameOf(each, values);
        if (part === undefined) return undefined;
        name += `,${part}`;
      }
      return `(${name})`;
    }
    case 'not': {
      const part = nameOf(condition.of, values);
      return part === undefined ? undefined : `(not,${part})`;
    }
    case 'own':
    case 'patient':
      for (const each of condition.any) values.push(each);
      return `${condition.op} ${condition.any.length}`;
    case 'keys': {
      for (const each of condition.any) values.push(each);
      let name = `keys ${condition.expect} ${condition.any.length}`;
      if (condition.postings === undefined) return name;
      name += ' posted';
      for (const { key, system } of condition.postings) {
        values.push(key);
        if (system !== undefined) values.push(system);
        name += system === undefined ? ' any' : ' one';
      }
      return name;
    }
    case 'string':
      // For a part of a text the index that finds it depends on the text.
      if (condition.unposted !== true && condition.match !== 'starts' && condition.match !== 'equals') return undefined;
      values.push(condition.text);
      return `string ${condition.key} ${condition.match} ${String(condition.follows)} ${String(condition.unposted)}`;
    case 'present':
      return `present ${condition.key} ${condition.bit}`;
    case 'cared': {
      const { of, callers, subject, opened, windows } = condition;
      values.push(...callers, subject, ...opened);
      return `cared ${of} ${callers.length} ${opened.length} ${JSON.stringify(windows)}`;
    }
    case 'labelled':
      return `labelled ${JSON.stringify([condition.any, condition.inheriting])}`;
    case 'unlabelled':
      return `unlabelled ${JSON.stringify([condition.none, condition.inheriting])}`;
    case 'consented': {
      const { action, unknown, of, callers, purposes, own, opened, persons } = condition;
      const { organizations, members, hands, among } = condition;
      const lists = [callers, purposes, own, opened, persons, organizations, members, hands, among];
      for (const each of lists) values.push(...(each ?? []));
      const counts = lists.map((each) => String(each?.length));
      return `consented ${action} ${unknown} ${of} ${counts.join(' ')}`;
    }
    case 'date':
    case 'last-updated':
    case 'number':
    case 'repetition':
    case 'near':
    case 'boundary':
    case 'version':
    case 'full-text':
    case 'refers':
    case 'referred':
    case 'holds':
      return undefined;
  }
}

/** The condition of the same shape with other values. @param next returns them one by one, given the one in whose place each is */
export function refilled(condition: RowCondition, next: <V extends ShapeValue>(value: V) => V): RowCondition {
  switch (condition.op) {
    case 'all':
    case 'any':
      return { ...condition, of: condition.of.map((each) => refilled(each, next)) };
    case 'not':
      return { ...condition, of: refilled(condition.of, next) };
    case 'own':
    case 'patient':
      return { ...condition, any: condition.any.map(next) };
    case 'keys': {
      const any = condition.any.map(next);
      const postings = condition.postings?.map(({ key, system }) => {
        const named = { key: next(key) };
        return system === undefined ? named : { ...named, system: next(system) };
      });
      return { ...condition, any, ...(postings && { postings }) };
    }
    case 'string':
      return { ...condition, text: next(condition.text) };
    case 'cared': {
      const callers = condition.callers.map(next);
      return { ...condition, callers, subject: next(condition.subject), opened: condition.opened.map(next) };
    }
    case 'consented': {
      const [callers, purposes] = [condition.callers.map(next), condition.purposes?.map(next)];
      const [own, opened] = [condition.own.map(next), condition.opened.map(next)];
      const [persons, organizations] = [condition.persons.map(next), condition.organizations.map(next)];
      const [members, hands] = [condition.members?.map(next), condition.hands.map(next)];
      const among = condition.among?.map(next);
      const others = { organizations, members, hands, ...(among && { among }) };
      return { ...condition, callers, purposes, own, opened, persons, ...others };
    }
    case 'present':
    case 'labelled':
    case 'unlabelled':
    case 'date':
    case 'last-updated':
    case 'number':
    case 'repetition':
    case 'near':
    case 'boundary':
    case 'version':
    case 'full-text':
    case 'refers':
    case 'referred':
    case 'holds':
      return condition;
  }
}

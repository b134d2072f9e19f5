import type { Filter, FilterStep } from '../ast/filter.ts';

/** A `_filter` as after the `=`. https://hl7.org/fhir/R5/search_filter.html */
export function printFilter(filter: Filter): string {
  // A backslash before one of these is removed when it is read.
  return printTree(filter).replaceAll(/\\([,|$])/g, '\\\\$1');
}

function printTree(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const [left, right] = filter.of;
      // They are taken from left to right.
      return `${printTree(left)} ${filter.kind} ${isTerm(right) ? printTree(right) : `(${printTree(right)})`}`;
    }
    case 'not':
      return `not (${printTree(filter.of)})`;
    case 'test':
      return `${filter.path.map(printStep).join('.')} ${filter.operator} ${printLiteral(filter.value)}`;
  }
}

function isTerm({ kind }: Filter): boolean {
  return kind === 'test' || kind === 'not';
}

function printStep({ name, target, filter }: FilterStep): string {
  const to = target === undefined ? '' : `:${target}`;
  return filter === undefined ? `${name}${to}` : `${name}${to}[${printTree(filter)}]`;
}

function printLiteral(value: string): string {
  return /^[^\s)\]"][^\s)\]]*$/.test(value) ? value : JSON.stringify(value);
}

import type { AskedCode, Value } from '@dhp/fhir-search';
import type { Labelled } from '../../condition/condition.ts';
import { type Ask, type MatchOptions, valueOf } from '../ask.ts';

/** The parameter that includes the labels that a server shows in addition to those of writers. */
const parameterOfLabels = '_security';

/** The labels of the server that the values of `_security` request; empty for other parameters, and if the caller is not shown labels. */
export function shownLabels({ parameter, modifier, options }: Ask, values: readonly Value[]): Labelled[] {
  // In this order: a search that looks at them is not cached.
  const labels = parameter.code === parameterOfLabels ? options.own?.labels : undefined;
  if (labels === undefined) return [];
  const any = labels.known.filter((label) => values.some((value) => isAskedFor(label, modifier, value)));
  return any.length === 0 ? [] : [{ op: 'labelled', any, inheriting: labels.inheriting }];
}

/** Whether there is any, for `_security:missing`. */
export function anyShownLabel(parameter: string, { own }: MatchOptions): Labelled[] {
  const labels = parameter === parameterOfLabels ? own?.labels : undefined;
  return labels === undefined ? [] : [{ op: 'labelled', any: labels.known, inheriting: labels.inheriting }];
}

/** They have no texts, so `text` finds none. */
function isAskedFor(label: string, modifier: string | undefined, value: Value): boolean {
  switch (modifier) {
    case 'of-type':
    case 'text':
    case 'text-advanced':
      return false;
    case 'code-text':
      return partsOf(label).code.toLowerCase().startsWith(valueOf(value, 'text').text.toLowerCase());
    case 'in':
    case 'not-in':
      return valueOf(value, 'value-set').codes.some((asked) => isCoding(label, asked));
    case 'above':
    case 'below':
      return valueOf(value, 'concept').codes.some((asked) => isCoding(label, asked));
    case 'not':
    case undefined:
    default:
      return isCoding(label, valueOf(value, 'token'));
  }
}

/** A part that is not asked for may be anything. */
function isCoding(label: string, asked: Partial<AskedCode>): boolean {
  const { system, code } = partsOf(label);
  return (asked.system ?? system) === system && (asked.code ?? code) === code;
}

function partsOf(label: string): { readonly system: string; readonly code: string } {
  const at = label.indexOf('|');
  return { system: label.slice(0, at), code: label.slice(at + 1) };
}

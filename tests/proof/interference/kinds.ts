/** Kinds of requests, by which a report counts them. */
import type { Asked } from '../../../apps/fhir/test/interference/side.ts';

/** The interaction of FHIR that a request is. Each has one. */
export function interactionOf({ method, path, form, headers = {}, body }: Asked): string {
  const [place = '', query] = path.split('?');
  const names = place.split('/').filter((name) => name !== '');
  const last = names.at(-1) ?? '';
  if (last.startsWith('$')) return last;
  if (last === '_history') return ['history of all', 'history of a type', 'history of a resource'][names.length - 1]!;
  if (names.includes('_history')) return 'vread';
  if (method === 'GET') return readOf(names, headers);
  if (form !== undefined) return 'search by a form';
  if (method === 'POST') {
    if (names.length === 0) return String((body as { readonly type?: unknown } | undefined)?.type);
    return headers['if-none-exist'] === undefined ? 'create' : 'conditional create';
  }
  const name = { PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  if (names.length === 1 && query !== undefined) return `conditional ${name}`;
  if (name === 'delete' && query?.includes('_cascade') === true) return 'delete that cascades';
  return headers['if-match'] === undefined ? name : `${name} of a version`;
}

function readOf(names: readonly string[], headers: Readonly<Record<string, string>>): string {
  if (names.length === 0) return 'search of all types';
  if (names.length === 1) return 'search of a type';
  if (names.length === 3) return 'search of a compartment';
  return headers['if-none-match'] === undefined ? 'read' : 'conditional read';
}

/** Parts of a search: a search may have several of them. */
const features: Readonly<Record<string, RegExp>> = {
  'a chain': /(?:^|&)(?!_has)[^=&]*\.[^=&]*=/,
  _has: /(?:^|&)_has:/,
  _filter: /(?:^|&)_filter=/,
  _include: /(?:^|&)_include(?::iterate)?=/,
  _revinclude: /(?:^|&)_revinclude(?::iterate)?=/,
  'an order': /(?:^|&)_sort=/,
  'a total': /(?:^|&)_total=accurate/,
  'a count alone': /(?:^|&)_summary=count/,
  'small pages': /(?:^|&)_count=/,
  _list: /(?:^|&)_list=/,
  'a part of the elements': /(?:^|&)_(?:elements|summary=(?!count))/,
};

/** Of a search those parts of it that a report counts. */
export function featuresOf({ path, form }: Asked): string[] {
  const query = form === undefined ? path.split('?')[1] : decodeURIComponent(form.replaceAll('+', ' '));
  if (query === undefined) return [];
  return Object.keys(features).filter((name) => features[name]!.test(query));
}

/** One range of bytes of a file that does not change. RFC 9110 section 14 */

/** Both are in it. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

interface Ranged {
  /** Its entity tag. */
  readonly tag: string;
  readonly length: number;
}

/**
 * Undefined for the whole: without a header, for one of another unit or with several ranges, and where If-Range names another file.
 * @example
 * rangeOf('bytes=2-', undefined, { tag: '"x"', length: 10 }); // { first: 2, last: 9 }
 */
export function rangeOf(
  header: string | undefined,
  ifRange: string | undefined,
  { tag, length }: Ranged,
): Range | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec((header ?? '').replace(/\s+/g, '')) ?? [];
  if ((from === '' && to === '') || (ifRange !== undefined && ifRange !== tag)) return undefined;
  if (from !== '' && to !== '' && Number(from) > Number(to)) return undefined;
  const first = from === '' ? Math.max(0, length - Number(to)) : Number(from);
  const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
  return first > last ? 'unsatisfiable' : { first, last };
}

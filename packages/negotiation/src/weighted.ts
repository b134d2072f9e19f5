/** Weighted lists such as those of Accept-Language and Accept-Encoding (RFC 9110 section 12.4.2). */

export interface Weighted {
  /** In lower case if a whole list is parsed. */
  readonly value: string;
  /** 0 (refused) to 1. */
  readonly weight: number;
}

const form = /^\s*([^\s;]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)\s*)?$/i;

/** The readable members of such a header, the greatest weight first, equals in the order written. Unreadable members are left out. */
export function weighted(header: string | undefined): Weighted[] {
  return (header ?? '')
    .split(',')
    .flatMap((part) => {
      const member = readMember(part);
      return member === undefined ? [] : [{ value: member.value.toLowerCase(), weight: member.weight }];
    })
    .sort((a, b) => b.weight - a.weight);
}

/** One member of such a list, its value as written; undefined if it cannot be parsed. */
export function readMember(part: string): Weighted | undefined {
  const match = form.exec(part);
  return match === null ? undefined : { value: match[1]!, weight: Number(match[2] ?? 1) };
}

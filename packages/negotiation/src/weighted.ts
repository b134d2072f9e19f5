/** Weighted lists such as those of Accept-Language and Accept-Encoding (RFC 9110 section 12.4.2). */

export interface Weighted {
  /** In lower case. */
  readonly value: string;
  /** 0 (refused) to 1. */
  readonly weight: number;
}

const form = /^\s*([^\s;]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i;

/** The readable members of such a header, heaviest first, equals in the order written. Unreadable members are left out. */
export function weighted(header: string | undefined): Weighted[] {
  const members: Weighted[] = [];
  for (const part of (header ?? '').split(',')) {
    const match = form.exec(part);
    if (match?.[1]) members.push({ value: match[1].toLowerCase(), weight: Number(match[2] ?? 1) });
  }
  return members.sort((a, b) => b.weight - a.weight);
}

/**
 * Lines of a page that refer to resources that do not exist yet, such as those of the next page. They would be refused with the whole page,
 * which would be tried again without them; so they wait from the start. It only looks ahead: whether a line is stored or refused is decided
 * when it is tried. docs/decisions/0105-bulk-import.md
 */
import { isResourceType } from '@dhp/fhir-model';
import { LRUCache } from 'lru-cache';
import type { Services } from '../contract/interaction.ts';
import { atMost } from '../http/at-most.ts';
import { missingTarget } from '../http/references-refused.ts';
import type { ParsedLine } from '../operations/import/parsed-line.ts';
import type { RefusedLine } from './import-page.ts';

/** Names of resources that were there a moment ago, by `Type/id`. */
export type KnownThere = LRUCache<string, true>;

/** Lines mostly refer to lines shortly before them. */
const mostKnown = 20_000;

export function knownThere(): KnownThere {
  return new LRUCache<string, true>(atMost(mostKnown));
}

/** A reference that is written otherwise is not found here, and does not wait before it is tried. */
const relative = /"reference"\s*:\s*"([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^"]*)?"/g;

interface Named {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

/** @param most how many lines may wait @returns the lines that wait, with the reason */
export async function linesAhead(
  services: Pick<Services, 'keepsReferences' | 'unguarded'>,
  there: KnownThere,
  lines: readonly ParsedLine[],
  most: number,
): Promise<RefusedLine[]> {
  if (!services.keepsReferences || most <= 0) return [];
  const targets = new Map(lines.map((line) => [line, targetsOf(line)]));
  const own = new Set(lines.map(({ name }) => name));
  const absent = new Set<string>();
  const ahead = new Map<ParsedLine, Named>();
  // Lines that refer to one that waits wait as well, unless an earlier version of it is stored.
  for (let isOver = false; !isOver;) {
    const asked = new Map<string, Named>();
    for (const [line, named] of targets)
      if (!ahead.has(line))
        for (const each of named)
          if (!own.has(each.name) && !absent.has(each.name) && !there.has(each.name)) asked.set(each.name, each);
    if (asked.size > 0) {
      for (const { name } of await services.unguarded.missing([...asked.values()])) absent.add(name);
      for (const name of asked.keys()) if (!absent.has(name)) there.set(name, true);
    }
    isOver = true;
    for (const [line, named] of targets) {
      const missing = named.find(({ name }) => absent.has(name) && !own.has(name));
      if (missing === undefined || ahead.has(line)) continue;
      if (ahead.size === most) return [];
      ahead.set(line, missing);
      own.delete(line.name);
      isOver = false;
    }
  }
  return [...ahead].map(([line, { name }]) => ({ line, error: missingTarget(typeIn(line), name, undefined) }));
}

function targetsOf({ text }: ParsedLine): Named[] {
  const found = new Map<string, Named>();
  for (const [, type = '', id = ''] of text.matchAll(relative)) {
    const name = `${type}/${id}`;
    if (isResourceType(type) && !found.has(name)) found.set(name, { type, id, name });
  }
  return [...found.values()];
}

function typeIn({ name }: ParsedLine): string {
  const [type = ''] = name.split('/');
  return type === '' ? 'Resource' : type;
}

/** Whether an answer is the one that the model gives. */
import { isDeepStrictEqual } from 'node:util';
import type { Json, Told } from './asks.ts';
import type { Expected, Model } from './model.ts';

/** The differences, as sentences; none if the answer is right. @param isEntry of a Bundle, whose responses have no Content-Location */
export function differences(expected: Expected, told: Told, model: Model, isEntry = false): string[] {
  const faults: string[] = [];
  const same = (what: string, is: unknown, right: unknown): void => {
    if (!isDeepStrictEqual(is, right)) faults.push(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(right)}`);
  };
  const { status, about, location, body, found } = expected;
  same('the status', told.status, status);
  if (faults.length > 0) return faults;
  if (found !== undefined) {
    const entry = (told.body?.['entry'] ?? []) as { resource: Json }[];
    same('what is found', entry.map(({ resource }) => nameOf(resource)).sort(), [...found].sort());
    same('total', told.body?.['total'], found.length);
    for (const { resource } of entry) faults.push(...wrongContent(resource, model));
    return faults;
  }
  // An entry that was refused has an outcome alone.
  if (about !== undefined && !(isEntry && status >= 400)) same('ETag', told.etag, `W/"${about.version}"`);
  const version = about === undefined ? '' : `${about.name}/_history/${about.version}`;
  if (isEntry) same('location', told.location, location === undefined ? undefined : version);
  else {
    const isAt = (one: typeof location): boolean => location === one || location === 'both';
    same('Location', told.location, isAt('location') ? version : undefined);
    same('Content-Location', told.contentLocation, isAt('content-location') ? version : undefined);
  }
  if (body === 'none') same('the body', told.body, undefined);
  else if (body === 'outcome') same('the body', told.body?.['resourceType'], 'OperationOutcome');
  else {
    same('the resource', told.body && nameOf(told.body), about && `${about.name}/${about.version}`);
    if (told.body !== undefined && faults.length === 0) faults.push(...wrongContent(told.body, model));
  }
  return faults;
}

/** `Type/id/version`. */
export function nameOf(resource: Json): string {
  const { resourceType, id, meta } = resource;
  return `${String(resourceType)}/${String(id)}/${String((meta as Json | undefined)?.['versionId'])}`;
}

export function wrongContent(resource: Json, model: Model): string[] {
  const { resourceType, id, meta, ...content } = resource;
  const { versionId, lastUpdated, ...more } = (meta ?? {}) as Json;
  const right = model.versions(`${String(resourceType)}/${String(id)}`)[Number(versionId) - 1]?.content;
  if (!isDeepStrictEqual(content, right))
    return [`${nameOf(resource)} is ${JSON.stringify(content)}, not ${JSON.stringify(right)}`];
  return Object.keys(more).length > 0 || typeof lastUpdated !== 'string'
    ? [`meta of ${nameOf(resource)} is ${JSON.stringify(meta)}`]
    : [];
}

/** When versions were stored, as far as answers have told: each says the same, and later versions are not earlier. */
export class Times {
  /** By `Type/id/version`, in milliseconds. */
  readonly exact = new Map<string, number>();
  readonly #seconds = new Map<string, number>();

  /** In milliseconds; where only the second was told, its beginning. */
  about(name: string): number | undefined {
    const second = this.#seconds.get(name);
    return this.exact.get(name) ?? (second === undefined ? undefined : second * 1000);
  }

  /** Notes the times that an answer tells, with what is wrong about it. @param now when it came */
  hear(
    name: string,
    { lastModified, isExact, body }: Pick<Told, 'lastModified' | 'isExact' | 'body'>,
    now: number,
  ): string[] {
    const lastUpdated = ((body?.['meta'] ?? {}) as Json)['lastUpdated'];
    const told = typeof lastUpdated === 'string' ? Date.parse(lastUpdated) : isExact ? lastModified : undefined;
    const second = lastModified === undefined ? undefined : Math.floor(lastModified / 1000);
    const faults: string[] = [];
    const exact = told ?? this.exact.get(name);
    if (told !== undefined && told !== (this.exact.get(name) ?? told))
      faults.push(`${name} was stored at ${this.exact.get(name)!}, and now it says ${told}`);
    const known = exact === undefined ? this.#seconds.get(name) : Math.floor(exact / 1000);
    if (second !== undefined && second !== (known ?? second))
      faults.push(`Last-Modified of ${name} is ${second}, not ${known!}`);
    // Stamps are those of the database.
    if (exact !== undefined && exact > now + 1_000)
      faults.push(`${name} is of a time to come: ${exact}, and it is ${now}`);
    if (told !== undefined) this.exact.set(name, told);
    if (second !== undefined) this.#seconds.set(name, second);
    return faults;
  }
}

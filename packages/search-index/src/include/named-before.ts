/**
 * Finds bodies that refer only to known resources. Most resources of a record refer to the same patient, encounters and practitioners; parsing each
 * body and following each of its parameters is the main cost of an answer with all its references. A body is skipped if the text shows that all its
 * possible targets were found before; else it is read.
 */
import { elementPaths } from '@dhp/fhir-search/elements';
import { type OwnParameters, searchParametersOf } from '@dhp/fhir-search/parameters';
import type { FoundReference } from '../indexing/references-of.ts';
import type { FoundVersion } from '../page/found-version.ts';

type Named = Pick<FoundVersion, 'type' | 'id'>;

/** A value of `reference`: a text without escapes, or the begin of anything else. */
const references = /"reference"\s*:\s*(?:"([^"\\]*)"|(.))/gs;
const texts = /"([^"\\]*)"/g;

export class NamedBefore {
  readonly #own: OwnParameters;
  /** `Type/id`. */
  readonly #names: Set<string>;
  /** Canonicals, by the type that names them and the parameter, which decides the types of the targets. */
  readonly #canonicals = new Map<string, Set<string>>();

  /** @param known resources that need not be found any more */
  constructor(known: readonly Named[], own: OwnParameters) {
    this.#own = own;
    this.#names = new Set(known.map(({ type, id }) => `${type}/${id}`));
  }

  /** Something that a resource of the type refers to is found. */
  add(from: string, { parameter, type, id, url, version }: FoundReference): void {
    if (type !== undefined && id !== undefined) this.#names.add(`${type}/${id}`);
    if (url === undefined) return;
    const by = `${from}.${parameter}`;
    let canonicals = this.#canonicals.get(by);
    if (canonicals === undefined) this.#canonicals.set(by, (canonicals = new Set()));
    canonicals.add(version === undefined ? url : `${url}|${version}`);
  }

  /** Whether all possible targets of a body were added before. False if its text does not decide it. */
  hasAllOf({ type, content }: Pick<FoundVersion, 'type' | 'content'>): boolean {
    const members = canonicalMembers(type);
    if (members === undefined || this.#own.parametersOf(type).size > 0) return false;
    const text = content.toString('latin1');
    if (text.includes(String.raw`\u`) && hasEscapedName(text)) return false;
    for (const [, name, other] of text.matchAll(references)) {
      // In a CodeableReference a Reference is under the same name.
      if (name === undefined ? other !== '{' : !name.startsWith('#') && !this.#names.has(name)) return false;
    }
    return members.every(([parameter, member]) => {
      const canonicals = this.#canonicals.get(`${type}.${parameter}`);
      return valuesOf(text, member).every((value) => value !== undefined && canonicals?.has(value) === true);
    });
  }
}

/** Whether the name of any member is written with an escape, which may hide `reference`. */
function hasEscapedName(text: string): boolean {
  for (const [, name] of text.matchAll(/"([^"]*)"\s*:/g)) if (name!.includes('\\')) return true;
  return false;
}

/** Texts of a member, single or in a list; undefined for any other value. */
function valuesOf(text: string, member: string): (string | undefined)[] {
  const values: (string | undefined)[] = [];
  const name = `"${member}"`;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const behind = text.slice(at + name.length, at + name.length + mostLooked);
    const [, list, alone] = /^\s*:\s*(?:\[([^\]]*)\]|"([^"\\]*)")/.exec(behind) ?? [];
    if (alone !== undefined) values.push(alone);
    else if (list !== undefined) {
      const found = [...list.matchAll(texts)].map(([, each]) => each!);
      // A bracket within a text ends the list too early.
      const isWhole = list.split('"').length === 2 * found.length + 1;
      values.push(...(isWhole ? found : [undefined]));
    } else if (!/^\s*[,\]}]/.test(behind)) values.push(undefined); // else it is a value itself, and no member
  }
  return values;
}

/** Characters behind the name of a member that its texts may take. */
const mostLooked = 4_000;

/** A parameter, and a member whose texts it reads. */
type Member = readonly [parameter: string, member: string];

const known = new Map<string, readonly Member[] | undefined>();

/** Members whose texts the reference parameters of a type read, other than `reference`; undefined if some parameter reads more than members. */
function canonicalMembers(type: string): readonly Member[] | undefined {
  if (!known.has(type)) known.set(type, membersOf(type));
  return known.get(type);
}

function membersOf(type: string): readonly Member[] | undefined {
  const members: Member[] = [];
  for (const parameter of searchParametersOf(type).values()) {
    // Membership is stored in the group, and not in its members.
    if (parameter.type !== 'reference' || parameter.expression === undefined || parameter.code === '_in') continue;
    const paths = elementPaths(type, parameter);
    if (typeof paths === 'string') return undefined;
    for (const path of paths) {
      const last = path.at(-1);
      if (last?.kind !== 'member') return undefined;
      if (last.name !== 'reference') members.push([parameter.code, last.name]);
    }
  }
  return members;
}

import { memberOf, typeOf } from '@dhp/fhir-model';
import { markdownEdits } from './markdown.ts';
import { narrativeEdits } from './narrative.ts';
import { afterString, afterValue, eachElement, eachMember, edited, enough, type Edit } from './spans.ts';

/** Replacements of the links of a resource; undefined leaves a link unchanged. */
export interface LinkRules {
  /** `path` gives the element, for an error: `Observation.subject.reference`. */
  reference(value: string, path: () => string): string | undefined;
  uri(value: string): string | undefined;
}

/** Types whose values are links (https://hl7.org/fhir/R5/http.html#trules); canonicals are not among them. */
const linkTypes = new Set(['uri', 'url', 'oid', 'uuid']);

/**
 * The text of a resource with its links replaced: `Reference.reference` wherever there is a Reference, elements of type uri,
 * url, oid and uuid, `<a href>` and `<img src>` in narratives, and the links of markdown. Every other character stays as it was.
 *
 * Not links: names of definitions (`Extension.url`, the `url` of the resource itself), and everything within a Bundle, whose references are
 * its own. Elements that R5 does not define are skipped.
 *
 * @param text one JSON object that `scanJson` has accepted
 * @param marks offsets, ascending: only of links in which one of them lies anything is to be replaced; absent: of all
 */
export function rewriteLinks(text: string, rules: LinkRules, marks?: readonly number[]): string {
  const edits: Edit[] = [];
  const path: (string | number)[] = [];
  const { isDone, endUnlessMarked } = marked(text, marks);
  resource(0);
  return edited(text, edits);

  function resource(start: number): number {
    const type = resourceTypeAt(text, start);
    const isKnown = type !== undefined && type !== 'Bundle' && typeOf(type)?.kind === 'resource';
    if (!isKnown) return afterValue(text, start);
    if (path.length === 0) path.push(type);
    return object(start, type);
  }

  function object(start: number, type: string): number {
    return eachMember(text, start, (key, value) => {
      if (isDone(value)) return path.length === 1 ? enough : afterValue(text, value);
      const unmarked = endUnlessMarked(value, path.length);
      if (unmarked !== undefined) return unmarked;
      const member = memberOf(type, key);
      if (member === undefined) return afterValue(text, value);
      path.push(key);
      const end = text.charCodeAt(value) === 0x5b ? list(value, type, key) : single(value, type, key);
      path.pop();
      return end;
    });
  }

  function list(start: number, owner: string, key: string): number {
    return eachElement(text, start, (index, value) => {
      if (isDone(value)) return afterValue(text, value);
      const unmarked = endUnlessMarked(value, path.length);
      if (unmarked !== undefined) return unmarked;
      path.push(index);
      const end = single(value, owner, key);
      path.pop();
      return end;
    });
  }

  function single(start: number, owner: string, key: string): number {
    const first = text.charCodeAt(start);
    const { type, isSibling } = memberOf(owner, key)!;
    if (first === 0x7b) {
      if (isSibling) return object(start, 'Element');
      return type === 'Resource' ? resource(start) : object(start, type);
    }
    if (first !== 0x22 || isSibling) return afterValue(text, start);
    const end = afterString(text, start);
    if (type === 'xhtml' || type === 'markdown') {
      const editsOf = type === 'xhtml' ? narrativeEdits : markdownEdits;
      for (const edit of editsOf(text, start, end, (target) => rules.uri(target))) edits.push(edit);
    } else if (owner === 'Reference' && key === 'reference')
      replace(start, end, (value) => rules.reference(value, () => placeOf(path)));
    else if (linkTypes.has(type) && !namesDefinition(owner, key)) replace(start, end, (value) => rules.uri(value));
    return end;
  }

  function replace(start: number, end: number, by: (value: string) => string | undefined): void {
    const raw = text.slice(start + 1, end - 1);
    const replacement = by(raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw);
    if (replacement !== undefined) edits.push({ start, end, text: JSON.stringify(replacement) });
  }

  function namesDefinition(owner: string, key: string): boolean {
    return key === 'url' && (owner === 'Extension' || path.length === 2);
  }
}

/** Where anything is to be replaced, for a reader that goes from the beginning of the text to its end. */
function marked(
  text: string,
  marks: readonly number[] | undefined,
): {
  /** Whether nothing that begins at `start` or behind it is to be replaced. */
  readonly isDone: (start: number) => boolean;
  /**
   * Returns the end of the value at `start` if nothing in it is to be replaced. Called for members of the resource and of its lists, no
   * deeper: deeply nested values would be skipped again and again.
   */
  readonly endUnlessMarked: (start: number, depth: number) => number | undefined;
} {
  if (marks === undefined) return { isDone: () => false, endUnlessMarked: () => undefined };
  let passed = 0;
  return {
    isDone(start) {
      while (passed < marks.length && marks[passed]! < start) passed += 1;
      return passed === marks.length;
    },
    endUnlessMarked(start, depth) {
      if (depth > 2) return undefined;
      const end = afterValue(text, start);
      return marks[passed]! < end ? undefined : end;
    },
  };
}

function placeOf(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

/** The `resourceType` of the object at `start`, which may be behind other members. */
function resourceTypeAt(text: string, start: number): string | undefined {
  let type: string | undefined;
  eachMember(text, start, (key, value) => {
    if (key !== 'resourceType') return afterValue(text, value);
    if (text.charCodeAt(value) === 0x22) type = JSON.parse(text.slice(value, afterString(text, value))) as string;
    return enough;
  });
  return type;
}

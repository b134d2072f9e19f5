/** The place in a JSON text of an element that a path such as `ViewDefinition.select[0].column[1].path` names. */

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** The place of the element, or of the nearest existing one around it. @param text JSON that can be parsed */
export function placeIn(text: string, path: string): Place {
  const wanted = path
    .replace(/^[A-Za-z]+/, '')
    .split(/[.[\]]+/)
    .filter((part) => part !== '');
  const places = new Map<string, number>();
  scan(text, (at, offset) => {
    // Only elements on the path to the wanted one.
    if (at.length <= wanted.length && at.every((part, n) => part === wanted[n])) places.set(at.join('.'), offset);
  });
  for (let length = wanted.length; length >= 0; length -= 1) {
    const offset = places.get(wanted.slice(0, length).join('.'));
    if (offset !== undefined) return placeAt(text, offset);
  }
  return { line: 1, column: 1 };
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/**
 * The place at which a text stops being the beginning of valid JSON: its length if it only ends too soon. The parser does not report the
 * place of every fault.
 */
export function brokenAt(text: string): number {
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const said = String(error);
    const at = /at position (\d+)/.exec(said)?.[1];
    return at === undefined ? said.includes('end of JSON input') : Number(at) >= text.length;
  }
}

/** Reports for each value where it begins; a member begins with its name. */
function scan(text: string, tell: (path: readonly string[], offset: number) => void): void {
  const token = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/g;
  /** Open containers: the index of an array, or the name of the member of an object. */
  const path: string[] = [];
  const isArray: boolean[] = [];
  let isName = false;
  tell([], Math.max(0, text.search(/\S/)));
  for (const match of text.matchAll(token)) {
    const [sign] = match;
    const inArray = isArray.at(-1) === true;
    if (sign === '}' || sign === ']') {
      path.pop();
      isArray.pop();
      isName = false;
      continue;
    }
    if (sign === ',') {
      if (inArray) path[path.length - 1] = String(Number(path.at(-1)) + 1);
      else isName = true;
      continue;
    }
    if (sign === ':') continue;
    if (isName && !inArray) {
      path[path.length - 1] = JSON.parse(sign) as string;
      isName = false;
      tell(path, match.index);
      continue;
    }
    if (inArray) tell(path, match.index);
    if (sign !== '{' && sign !== '[') continue;
    path.push(sign === '[' ? '0' : '');
    isArray.push(sign === '[');
    isName = sign === '{';
  }
}

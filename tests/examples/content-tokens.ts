/**
 * Content of a resource, as the tokens of its JSON text. JSON.parse would hide changes: to it `1.00` and `1.0` are one number, to a
 * laboratory they are two.
 */

// A string, a number or literal, or a bracket. White space, commas and colons fall between and say nothing more: keys
// and values alternate in an object, and elements of an array are apart.
const token = /[\s,:]*("(?:[^"\\]|\\.)*"|[^\s,:"{}[\]]+|[{}[\]])/y;

/**
 * The tokens in document order, without `meta.versionId` and `meta.lastUpdated` of the resource itself, which a server
 * sets; a `meta` that holds nothing else goes too.
 *
 * @throws SyntaxError where the text is no sequence of JSON tokens
 */
export function* contentTokens(text: string): Generator<string, void> {
  const pattern = new RegExp(token);
  const next = (): string | undefined => {
    const { lastIndex } = pattern;
    const found = pattern.exec(text)?.[1];
    if (found === undefined && text.slice(lastIndex).trim() !== '') throw new SyntaxError(`no JSON at ${lastIndex}`);
    return found;
  };
  const expect = (): string => {
    const found = next();
    if (found === undefined) throw new SyntaxError('the text ends too early');
    return found;
  };
  /** The tokens of one value. */
  const value = (): string[] => {
    const tokens: string[] = [];
    let depth = 0;
    do {
      const found = expect();
      tokens.push(found);
      if (found === '{' || found === '[') depth += 1;
      else if (found === '}' || found === ']') depth -= 1;
    } while (depth > 0);
    return tokens;
  };

  if (expect() !== '{') throw new SyntaxError('a resource is an object');
  yield '{';
  let depth = 1;
  let isKey = true;
  for (let found = next(); found !== undefined; found = next()) {
    if (depth === 1 && isKey && found === '"meta"') {
      const kept = withoutStamp(value());
      if (kept.length > 0) yield* ['"meta"', '{', ...kept, '}'];
      continue;
    }
    yield found;
    if (found === '{' || found === '[') depth += 1;
    else if (found === '}' || found === ']') depth -= 1;
    // Only at the top does it matter what is a key: a member's value has ended whenever depth is back at 1.
    if (depth === 1) isKey = !isKey;
  }
}

/** The members of a meta object that a client wrote. */
function withoutStamp(tokens: readonly string[]): string[] {
  const kept: string[] = [];
  let depth = 0;
  let dropping = false;
  let isKey = true;
  for (const found of tokens.slice(1, -1)) {
    if (depth === 0 && isKey) dropping = found === '"versionId"' || found === '"lastUpdated"';
    if (!dropping) kept.push(found);
    if (found === '{' || found === '[') depth += 1;
    else if (found === '}' || found === ']') depth -= 1;
    if (depth === 0) isKey = !isKey;
  }
  return kept;
}

/** The first place where two resources differ, for a person to read; undefined when they say the same. */
export function firstDifference(sent: string, received: string): string | undefined {
  const [a, b] = [contentTokens(sent), contentTokens(received)];
  let last = '';
  for (;;) {
    const [x, y] = [a.next(), b.next()];
    if (x.done && y.done) return undefined;
    if (x.value !== y.value) return `after ${short(last)}: sent ${short(x.value)}, received ${short(y.value)}`;
    last = x.value ?? '';
  }
}

function short(text: unknown): string {
  if (typeof text !== 'string') return 'nothing more';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

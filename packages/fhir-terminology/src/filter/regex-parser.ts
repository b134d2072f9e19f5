/** The parts of a regular expression. */
export type Node =
  | { readonly type: 'char'; readonly test: (char: number) => boolean }
  | { readonly type: 'sequence'; readonly parts: readonly Node[] }
  | { readonly type: 'choice'; readonly options: readonly Node[] }
  | { readonly type: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

/** Thrown for a text that is not a regular expression, or not one that runs in linear time. */
export class RegexSyntaxError extends Error {
  constructor(pattern: string, at: number, reason: string) {
    super(`'${pattern}' is not a regular expression: ${reason} at ${at}`);
    this.name = 'RegexSyntaxError';
  }
}

/** Parses the syntax that XML Schema and the common engines share. `^` and `$` at the ends say what holds anyway. */
export function parseRegex(pattern: string): Node {
  return new Parser(pattern).parse();
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' };
const mostRepeats = 1000;
/** `{1000,1000}` and `{Script_Extensions=…}` with their braces and room to spare: longer ones are none. */
const [longestBounds, longestProperty] = [20, 100];

class Parser {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = Array.from(pattern);
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#characters.length) throw this.#fault('a ) without its (');
    return node;
  }

  #choice(): Node {
    const options = [this.#sequence()];
    while (this.#accept('|')) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { type: 'choice', options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      if (next === '^' && this.#at === 0) this.#at++;
      else if (next === '$' && this.#at === this.#characters.length - 1) this.#at++;
      else parts.push(this.#quantified(this.#atom()));
    }
    return parts.length === 1 ? parts[0]! : { type: 'sequence', parts };
  }

  #quantified(part: Node): Node {
    let node = part;
    for (let bounds = this.#bounds(); bounds !== undefined; bounds = this.#bounds()) {
      node = { type: 'repeat', part: node, min: bounds[0], max: bounds[1] };
      this.#accept('?'); // a lazy quantifier matches the same texts
    }
    return node;
  }

  #bounds(): [number, number] | undefined {
    if (this.#accept('*')) return [0, Infinity];
    if (this.#accept('+')) return [1, Infinity];
    if (this.#accept('?')) return [0, 1];
    if (this.#peek() !== '{') return undefined;
    const rest = this.#next(longestBounds);
    const found = /^\{(\d+)(?:(,)(\d*))?\}/.exec(rest);
    if (found === null) throw this.#fault('a { that begins no quantifier');
    this.#at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (max < min || min > mostRepeats || (max !== Infinity && max > mostRepeats)) throw this.#fault('bad bounds');
    return [min, max];
  }

  #atom(): Node {
    const char = this.#take();
    if (char === '(') return this.#group();
    if (char === '[') return { type: 'char', test: this.#set() };
    if (char === '.') return { type: 'char', test: (c) => c !== 10 && c !== 13 };
    if (char === '\\') return { type: 'char', test: this.#escape() };
    if ('*+?{)'.includes(char)) throw this.#fault(`a ${char} with nothing before it`);
    return { type: 'char', test: same(char) };
  }

  #group(): Node {
    if (this.#accept('?') && !this.#accept(':')) throw this.#fault('a group of a kind that is not supported');
    const node = this.#choice();
    if (!this.#accept(')')) throw this.#fault('a ( without its )');
    return node;
  }

  /** One character of a class or escape, or what it stands for. */
  #escape(): (char: number) => boolean {
    const char = this.#take();
    if (/[dwsDWS]/.test(char)) {
      const kind = new RegExp(`\\${char}`, 'u');
      return (c) => kind.test(String.fromCodePoint(c));
    }
    if (char === 'p' || char === 'P') return this.#property(char);
    if (/[1-9bBAZzGQEkx]/.test(char)) throw this.#fault(`\\${char} is not supported`);
    return same(escapes[char] ?? char);
  }

  #property(char: string): (char: number) => boolean {
    const rest = this.#next(longestProperty);
    const found = /^\{[A-Za-z_=]+\}/.exec(rest)?.[0];
    if (found === undefined) throw this.#fault(`\\${char} without a property`);
    this.#at += found.length;
    try {
      const kind = new RegExp(`\\${char}${found}`, 'u');
      return (c) => kind.test(String.fromCodePoint(c));
    } catch {
      throw this.#fault(`${found} is no property`);
    }
  }

  #set(): (char: number) => boolean {
    const negative = this.#accept('^');
    const tests: ((char: number) => boolean)[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const start = this.#take();
      if (start === '\\') {
        tests.push(this.#escape());
        continue;
      }
      if (this.#peek() === '-' && this.#characters[this.#at + 1] !== ']') {
        this.#at++;
        const end = this.#take();
        tests.push(range(start, end === '\\' ? this.#take() : end));
      } else tests.push(same(start));
    }
    this.#at++;
    return (char) => tests.some((test) => test(char)) !== negative;
  }

  /** So many characters from here, or what is left. */
  #next(count: number): string {
    return this.#characters.slice(this.#at, this.#at + count).join('');
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #accept(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #take(): string {
    const char = this.#characters[this.#at];
    if (char === undefined) throw this.#fault('an end too early');
    this.#at++;
    return char;
  }

  #fault(reason: string): RegexSyntaxError {
    return new RegexSyntaxError(this.#pattern, this.#at, reason);
  }
}

function same(char: string): (char: number) => boolean {
  const code = char.codePointAt(0)!;
  return (other) => other === code;
}

function range(from: string, to: string): (char: number) => boolean {
  const [low, high] = [from.codePointAt(0)!, to.codePointAt(0)!];
  return (char) => char >= low && char <= high;
}

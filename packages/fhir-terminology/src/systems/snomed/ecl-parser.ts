import {
  comparisons,
  EclFault,
  walks,
  type AttributeValue,
  type Constraint,
  type Count,
  type Refinement,
} from './ecl.ts';

const longest = 5_000;
const deepest = 50;
const once: Count = { least: 1, most: Infinity };

/**
 * Reads an expression in the brief syntax: hierarchy operators, `^`, AND, OR, MINUS, refinements with groups, cardinalities and
 * concrete values. Not read: filters (`{{ … }}`), dotted and reversed attributes, alternate identifiers.
 * @throws EclFault
 */
export function parseEcl(text: string): Constraint {
  if (text.length > longest) throw new EclFault(longest, text.slice(longest, longest + 20));
  const parser = new EclParser(text);
  const constraint = parser.constraint();
  parser.end();
  return constraint;
}

class EclParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#space();
  }

  /** A constraint; several are joined by one word: `a AND b OR c` is ambiguous without brackets. */
  constraint(): Constraint {
    const first = this.#operand();
    if (this.#takes(':')) return { kind: 'refined', of: first, by: this.#refinement() };
    if (this.#takesWord('MINUS')) return { kind: 'minus', from: first, without: this.#operand() };
    return this.#joined(first, () => this.#operand());
  }

  end(): void {
    if (this.#at < this.#text.length) this.#fail();
  }

  /** More of the same kind, as long as the same word joins them. */
  #joined<T>(first: T, next: () => T): T | { kind: 'and' | 'or'; of: readonly T[] } {
    const isOr = this.#isWord('OR');
    const parts = [first];
    while (isOr ? this.#takesWord('OR') : this.#takes(',') || this.#takesWord('AND')) parts.push(next());
    return parts.length === 1 ? first : { kind: isOr ? 'or' : 'and', of: parts };
  }

  #operand(): Constraint {
    return this.#deeper(() => {
      const operator = walks.find((one) => this.#takes(one));
      const isMembers = this.#takes('^');
      const focus = this.#focus();
      const of: Constraint = isMembers ? { kind: 'members', of: focus } : focus;
      return operator === undefined ? of : { kind: 'walk', operator, of };
    });
  }

  #focus(): Constraint {
    if (this.#takes('(')) {
      const within = this.constraint();
      this.#expect(')');
      return within;
    }
    if (this.#takes('*')) return { kind: 'any' };
    const code = this.#match(/\d{1,18}(?![\dA-Za-z])/y) ?? this.#fail();
    this.#match(/\|[^|]*\|/y);
    return { kind: 'concept', code };
  }

  #refinement(): Refinement {
    return this.#deeper(() => this.#joined(this.#group(), () => this.#group()));
  }

  /** A group, an attribute, or a refinement in brackets. */
  #group(): Refinement {
    const count = this.#count();
    if (this.#takes('{')) {
      const of = this.#refinement();
      this.#expect('}');
      return { kind: 'group', count: count ?? once, of };
    }
    // Brackets contain a refinement, or the name of an attribute; the following text decides.
    const start = this.#at;
    if (count === undefined && this.#takes('(')) {
      const bracketed = this.#tried(() => {
        const within = this.#refinement();
        this.#expect(')');
        return comparisons.some((one) => this.#text.startsWith(one, this.#at)) ? this.#fail() : within;
      });
      if (!(bracketed instanceof EclFault)) return bracketed;
      this.#at = start;
      const attribute = this.#tried(() => this.#attribute(once));
      if (!(attribute instanceof EclFault)) return attribute;
      throw bracketed.place > attribute.place ? bracketed : attribute; // the reading that got further
    }
    return this.#attribute(count ?? once);
  }

  #attribute(count: Count): Refinement {
    const name = this.#operand();
    const comparison = comparisons.find((one) => this.#takes(one)) ?? this.#fail();
    const start = this.#at;
    const value = this.#value();
    if (value.kind !== 'number' && comparison !== '=' && comparison !== '!=') {
      this.#at = start;
      this.#fail();
    }
    return { kind: 'attribute', count, name, comparison, value };
  }

  #value(): AttributeValue {
    const number = this.#match(/#[+-]?\d+(\.\d+)?/y);
    if (number !== undefined) return { kind: 'number', number: Number(number.slice(1)) };
    const text = this.#match(/"(?:[^"\\]|\\["\\])*"/y);
    if (text !== undefined) return { kind: 'text', text: text.slice(1, -1).replace(/\\(.)/g, '$1') };
    return { kind: 'concepts', of: this.#operand() };
  }

  #count(): Count | undefined {
    const [, least, most] = /^\[\s*(\d{1,6})\s*\.\.\s*(\d{1,6}|\*)\s*\]$/.exec(this.#match(/\[[^\]]*\]/y) ?? '') ?? [];
    if (least === undefined || most === undefined) return undefined;
    return { least: Number(least), most: most === '*' ? Infinity : Number(most) };
  }

  #deeper<T>(read: () => T): T {
    if ((this.#depth += 1) > deepest) this.#fail();
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #tried(read: () => Refinement): Refinement | EclFault {
    const depth = this.#depth;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof EclFault)) throw error;
      this.#depth = depth;
      return error;
    }
  }

  #takes(sign: string): boolean {
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    this.#space();
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) this.#fail();
  }

  #isWord(word: string): boolean {
    const there = this.#text.slice(this.#at, this.#at + word.length + 1);
    return there.slice(0, word.length).toUpperCase() === word && !/[A-Za-z0-9]$/.test(there.slice(word.length));
  }

  #takesWord(word: string): boolean {
    return this.#isWord(word) && this.#takes(this.#text.slice(this.#at, this.#at + word.length));
  }

  /** @param form sticky: the text here, without the space after it */
  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#space();
    return found;
  }

  #space(): void {
    const space = /(?:\s|\/\*[^]*?\*\/)*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }

  #fail(): never {
    throw new EclFault(this.#at + 1, this.#text.slice(this.#at, this.#at + 20));
  }
}

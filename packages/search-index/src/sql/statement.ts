/** Statements of fragments, in the form that the driver takes. Selects that occur at several places are evaluated once. */
import { Fragment, noText, type Value } from './fragment.ts';

type Bound = Exclude<Value, Fragment>;

/** A value that a statement looks up once. */
class Once extends Fragment {
  readonly select: Fragment;

  constructor(select: Fragment) {
    super(noText, []);
    this.select = select;
  }
}

/**
 * The value of a select that depends on no row, usable in place of a value. However often a statement contains the same, it is evaluated
 * once, at the first place that needs it, and not at all if none does.
 * @param select of one column and at most one row
 */
export function once(select: Fragment): Fragment {
  return new Once(select);
}

/** A statement with `$1` and so on for bound values. */
export function statementOf(fragment: Fragment): { text: string; parameters: Bound[] } {
  const parameters: Bound[] = [];
  let text = '';
  const seen = { once: false };
  const add = (part: Fragment): void => {
    const { strings, values } = part;
    const isListed = strings === noText;
    if (!isListed) text += strings[0]!;
    for (let n = 0; n < values.length; n += 1) {
      const value = values[n]!;
      if (value instanceof Fragment) add(value);
      else text += `$${parameters.push(value)}`;
      if (!isListed) text += strings[n + 1]!;
    }
    // Nearly no statement has one, and to look for them before would be to walk through all of it once more.
    if (isListed && part instanceof Once) seen.once = true;
  };
  add(fragment);
  return seen.once ? statementOf(whole(fragment)) : { text, parameters };
}

/** A statement that may be a part of another one: its `once` values are common table expressions of its own. Unchanged if it has none. */
export function whole(statement: Fragment): Fragment {
  if (!asksOnce(statement)) return statement;
  const { strings, values } = flattened(statement);
  return new Fragment(strings, values);
}

function asksOnce(fragment: Fragment): boolean {
  return fragment instanceof Once || fragment.values.some((value) => value instanceof Fragment && asksOnce(value));
}

interface Flat {
  readonly strings: string[];
  readonly values: Bound[];
}

/** The same without parts: its texts, and the values between them. */
export function flattened(fragment: Fragment): Flat {
  const parts: { readonly name: string; readonly flat: Flat }[] = [];
  const names = new Map<string, string>();
  const flatOf = (each: Fragment): Flat => {
    const flat: Flat = { strings: [''], values: [] };
    add(flat, each);
    return flat;
  };
  const add = (flat: Flat, part: Fragment): void => {
    if (part instanceof Once) {
      write(flat, `(select v from ${nameOf(part)})`);
      return;
    }
    const isListed = part.strings === noText;
    if (!isListed) write(flat, part.strings[0]!);
    for (const [n, value] of part.values.entries()) {
      if (value instanceof Fragment) add(flat, value);
      else {
        flat.values.push(value);
        flat.strings.push('');
      }
      if (!isListed) write(flat, part.strings[n + 1]!);
    }
  };
  const nameOf = ({ select }: Once): string => {
    const signature = signatureOf(select);
    let name = names.get(signature);
    if (name === undefined) {
      const flat = flatOf(select); // its own common table expressions come before
      name = `once${names.size}`;
      names.set(signature, name);
      parts.push({ name, flat });
    }
    return name;
  };
  return behind(parts, flatOf(fragment));
}

/** The same for fragments of the same texts and values alone. */
function signatureOf(fragment: Fragment): string {
  if (fragment instanceof Once) return `(${signatureOf(fragment.select)})`;
  const values = fragment.values.map((value) =>
    value instanceof Fragment ? signatureOf(value) : JSON.stringify(value),
  );
  return JSON.stringify([fragment.strings, values]);
}

/** A statement with parts before its own. */
function behind(parts: readonly { readonly name: string; readonly flat: Flat }[], statement: Flat): Flat {
  if (parts.length === 0) return statement;
  const [first, ...others] = statement.strings;
  const own = /^\s*with\s+(recursive\s)?/.exec(first!);
  const begin = own?.[1] === undefined ? 'with' : 'with recursive';
  const flat: Flat = { strings: [''], values: [] };
  for (const [n, { name, flat: part }] of parts.entries()) {
    write(flat, `${n === 0 ? begin : ','} ${name} (v) as materialized (`);
    append(flat, part);
    write(flat, ')');
  }
  write(flat, own === null ? ' ' : ', ');
  append(flat, { strings: [first!.slice(own?.[0].length ?? 0), ...others], values: statement.values });
  return flat;
}

function write({ strings }: Flat, text: string): void {
  strings[strings.length - 1] = strings.at(-1)! + text;
}

function append(flat: Flat, { strings, values }: Flat): void {
  write(flat, strings[0]!);
  flat.values.push(...values);
  flat.strings.push(...strings.slice(1));
}

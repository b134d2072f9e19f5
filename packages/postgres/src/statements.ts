/**
 * Splits SQL text into its statements at the semicolons that are not inside a string, a quoted name, a dollar-quoted body or a comment.
 * Needed if each statement must be sent alone: PostgreSQL runs several statements of one message as one transaction, and `create index
 * concurrently` refuses that. Not supported: `begin atomic … end` bodies of SQL functions.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let hasCode = false;
  const end = (at: number): void => {
    if (hasCode) statements.push(text.slice(start, at).trim());
    hasCode = false;
  };
  let at = 0;
  while (at < text.length) {
    if (text[at] === ';') {
      end(at);
      at += 1;
      start = at;
      continue;
    }
    const comment = commentEnd(text, at);
    if (comment !== undefined) {
      at = comment;
      continue;
    }
    hasCode ||= !/\s/.test(text[at]!);
    at = quotedEnd(text, at) ?? at + 1;
  }
  end(text.length);
  return statements;
}

/** Returns the end of the comment that starts at `at`; undefined if none starts there. Block comments nest. */
function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('--', at)) return indexAfter(text, '\n', at);
  if (!text.startsWith('/*', at)) return undefined;
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text.startsWith('/*', i)) {
      depth += 1;
      i += 1;
    } else if (text.startsWith('*/', i)) {
      depth -= 1;
      i += 1;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}

/** Returns the end of the string, quoted name or dollar-quoted body that starts at `at`; undefined if none starts there. */
function quotedEnd(text: string, at: number): number | undefined {
  const char = text[at];
  if (char === '"') return indexAfter(text, '"', at + 1); // a doubled quote reads as two quoted parts: same end
  if (char === "'") return stringEnd(text, at, /(^|[^a-z0-9_])e$/i.test(text.slice(Math.max(0, at - 2), at)));
  if (char !== '$' || /[a-z0-9_$]/i.test(text[at - 1] ?? '')) return undefined;
  const tag = /^\$([a-z_][a-z0-9_]*)?\$/i.exec(text.slice(at, at + 64))?.[0];
  return tag === undefined ? undefined : indexAfter(text, tag, at + tag.length);
}

function stringEnd(text: string, at: number, escapes: boolean): number {
  if (!escapes) return indexAfter(text, "'", at + 1);
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === "'") return i + 1;
  }
  return text.length;
}

function indexAfter(text: string, needle: string, from: number): number {
  const found = text.indexOf(needle, from);
  return found === -1 ? text.length : found + needle.length;
}

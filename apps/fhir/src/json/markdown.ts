import { inSource, tagEdits } from './narrative.ts';
import type { Edit } from './spans.ts';

/**
 * The destination of a link or an image, of the definition of a link at the beginning of a line, and an autolink
 * (https://spec.commonmark.org/0.31.2/#links). Each alternative ends at a space or a bracket, so that the search takes linear time.
 */
const destinations =
  /\]\([ \t\r\n]*<?([^\s<>()]+)|^ {0,3}\[[^[\]\n]*\]:[ \t]*<?([^\s<>]+)|<([a-z][a-z0-9+.-]*:[^\s<>]*)>/gim;

/**
 * The edits that replace the targets of links and images in markdown, and of `<a href>` and `<img src>` in it. Code is text, in which nothing
 * is a link. The arguments are those of `narrativeEdits`; all other characters of the string, escapes included, stay as they are.
 */
export function markdownEdits(
  text: string,
  start: number,
  end: number,
  replace: (target: string) => string | undefined,
): Edit[] {
  const raw = text.slice(start, end);
  const markdown = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  const found = tagEdits(markdown, replace);
  for (const link of markdown.matchAll(destinations)) {
    const target = link[1] ?? link[2] ?? link[3]!;
    const replacement = replace(target);
    if (replacement === undefined) continue;
    const targetEnd = link.index + link[0].length - (link[3] === undefined ? 0 : 1);
    found.push({
      start: targetEnd - target.length,
      end: targetEnd,
      text: JSON.stringify(replacement).slice(1, -1),
    });
  }
  return found.length === 0 ? [] : inSource(raw, start, outsideCode(markdown, found));
}

/** The edits in their order, without those in code and those that begin within the one before. */
function outsideCode(markdown: string, edits: readonly Edit[]): Edit[] {
  const code = codeIn(markdown);
  let passed = 0;
  let before = 0;
  return edits
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      while (passed < code.length && code[passed]!.end < start) passed += 1;
      if (start < before || start > (code[passed]?.start ?? Infinity)) return false;
      before = end;
      return true;
    });
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Code: the text between two runs of as many backticks, in ascending order. */
function codeIn(markdown: string): readonly Span[] {
  const runs = [...markdown.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }));
  // The places of the runs of a length, the first one last.
  const ahead = Map.groupBy(runs.toReversed(), ({ length }) => length);
  const code: Span[] = [];
  for (const { index, length } of runs) {
    const closing = ahead.get(length)!;
    closing.pop();
    const end = closing.at(-1)?.index;
    if (end !== undefined && index > (code.at(-1)?.end ?? -1)) code.push({ start: index, end: end + length - 1 });
  }
  return code;
}

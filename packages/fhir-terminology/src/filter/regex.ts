import { parseRegex, type Node } from './regex-parser.ts';

/**
 * A regular expression that must fit the whole text (XML Schema's rule, which FHIR's `regex` filter follows), run in time
 * linear in the text: all ways to match advance together, so `(a+)+` costs no more than `a+`. A value set comes from anybody;
 * with a backtracking engine it could stop the server.
 * @throws RegexSyntaxError for what is no expression, or uses what cannot be run this way (look-around, back references)
 */
export function compileRegex(pattern: string): (text: string) => boolean {
  const program: Step[] = [];
  compile(parseRegex(pattern), program, { left: mostSteps });
  program.push({ op: 'match' });
  return (text) => run(program, text);
}

type Step =
  | { op: 'char'; test: (char: number) => boolean }
  | { op: 'split'; to: number }
  | { op: 'jump'; to: number }
  | { op: 'match' };

/** More would be a value set made to hurt; real filters have a few dozen steps. */
const mostSteps = 20_000;

function compile(node: Node, program: Step[], parts: { left: number }): void {
  // Parts are counted, not steps: an empty one that is repeated a thousand times in a thousand makes no step.
  parts.left -= 1;
  if (parts.left < 0 || program.length > mostSteps) throw new RangeError('the expression is too large');
  switch (node.type) {
    case 'char':
      program.push({ op: 'char', test: node.test });
      return;
    case 'sequence':
      for (const part of node.parts) compile(part, program, parts);
      return;
    case 'choice':
      compileChoice(node.options, program, parts);
      return;
    case 'repeat':
      for (let i = 0; i < node.min; i++) compile(node.part, program, parts);
      if (node.max === Infinity) compileLoop(node.part, program, parts);
      else compileOptional(node.part, node.max - node.min, program, parts);
  }
}

function compileChoice(options: readonly Node[], program: Step[], parts: { left: number }): void {
  const ends: { op: 'jump'; to: number }[] = [];
  options.forEach((option, i) => {
    if (i === options.length - 1) compile(option, program, parts);
    else {
      const split = { op: 'split' as const, to: 0 };
      program.push(split);
      compile(option, program, parts);
      const end = { op: 'jump' as const, to: 0 };
      program.push(end);
      ends.push(end);
      split.to = program.length;
    }
  });
  for (const end of ends) end.to = program.length;
}

function compileLoop(part: Node, program: Step[], parts: { left: number }): void {
  const start = program.length;
  const split = { op: 'split' as const, to: 0 };
  program.push(split);
  compile(part, program, parts);
  program.push({ op: 'jump', to: start });
  split.to = program.length;
}

function compileOptional(part: Node, times: number, program: Step[], parts: { left: number }): void {
  const splits: { op: 'split'; to: number }[] = [];
  for (let i = 0; i < times; i++) {
    const split = { op: 'split' as const, to: 0 };
    program.push(split);
    splits.push(split);
    compile(part, program, parts);
  }
  for (const split of splits) split.to = program.length;
}

function run(program: readonly Step[], text: string): boolean {
  let current = new Set<number>();
  follow(program, 0, current);
  for (const character of text) {
    const char = character.codePointAt(0)!;
    const next = new Set<number>();
    for (const at of current) {
      const step = program[at]!;
      if (step.op === 'char' && step.test(char)) follow(program, at + 1, next);
    }
    if (next.size === 0) return false;
    current = next;
  }
  return current.has(program.length - 1);
}

/** Adds a step and all that can be reached from it without a character. */
function follow(program: readonly Step[], start: number, into: Set<number>): void {
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (into.has(at)) continue;
    into.add(at);
    const step = program[at]!;
    if (step.op === 'jump') open.push(step.to);
    if (step.op === 'split') open.push(step.to, at + 1);
  }
}

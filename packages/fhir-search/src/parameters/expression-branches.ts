/**
 * The parts of a union (`a | b`) for a resource type, without its name at the front: `subject`, `value.ofType(date)`. Parts for other types
 * are left out; an expression without a type at the front is for all.
 * @example
 * branchesOf('Patient.name | Practitioner.telecom', 'Patient'); // [ 'name' ]
 */
export function branchesOf(expression: string, type: string): string[] {
  const found: string[] = [];
  for (const branch of splitUnion(expression)) {
    const path = withoutParentheses(branch.trim());
    if (path.startsWith(`${type}.`)) found.push(path.slice(type.length + 1));
    else if (path.startsWith('Resource.') || path.startsWith('DomainResource.'))
      found.push(path.slice(path.indexOf('.') + 1));
    else if (!/^[A-Z]/.test(path)) found.push(path);
  }
  return found;
}

/** Whether any part of a union can lead to something in a resource type. */
export function isAbout(expression: string, type: string): boolean {
  return splitUnion(expression).some((branch) => {
    const first = /^[A-Z]\w*/.exec(withoutParentheses(branch.trim()))?.[0];
    return first === undefined || first === type || first === 'Resource' || first === 'DomainResource';
  });
}

/** Splits at the bars outside parentheses and quotes. */
function splitUnion(expression: string): string[] {
  const parts: string[] = [];
  let [depth, start, quoted] = [0, 0, false];
  for (let i = 0; i < expression.length; i++) {
    const c = expression[i];
    if (c === "'") quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(') depth += 1;
    else if (c === ')') depth -= 1;
    else if (c === '|' && depth === 0) {
      parts.push(expression.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, expression.slice(start)];
}

/** Without a pair of parentheses around the whole. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let i = 0; i < text.length - 1; i++) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')') depth -= 1;
    if (depth === 0) return text;
  }
  return withoutParentheses(text.slice(1, -1).trim());
}

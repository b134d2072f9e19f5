/** How a program with clients of others tells of its calls: a line of JSON for each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As the proof describes the platform: `Ground` of ground.ts. */
export const ground = JSON.parse(process.env.DHP_GROUND);

/**
 * Returns a function that tries calls of a package, one after the other.
 * @param name of the package that is installed here
 * @returns `(call, run) => result`, undefined if it failed; what `run` returns as a text is told
 */
export function open(name) {
  return tableOf(name, versionOf(name));
}

/** The same for what is no package. */
export function tableOf(name, version) {
  return async (call, run) => {
    const tell = (outcome) => process.stdout.write(`${JSON.stringify({ client: name, version, call, ...outcome })}\n`);
    try {
      const result = await run();
      tell({ ok: true, said: typeof result === 'string' ? result.slice(0, 200) : '' });
      return result;
    } catch (error) {
      tell({ ok: false, said: textOf(error) });
      return undefined;
    }
  };
}

/** Signs the person in. Returns where the browser is sent. */
export async function signIn(address) {
  const response = await fetch(`${ground.door}/sign-in`, { method: 'POST', body: String(address) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return new URL(text);
}

/** Goes to an address of an application as a person. Returns status and text of the page at the end. */
export async function visit(address) {
  const response = await fetch(`${ground.door}/visit`, { method: 'POST', body: String(address) });
  return response.text();
}

export function check(condition, text) {
  if (!condition) throw new Error(`not as expected: ${text}`);
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(process.cwd(), 'node_modules', name, 'package.json'), 'utf8')).version;
}

/** All that somebody sees who has only the exception of the client. */
function textOf(error) {
  const seen = new Set();
  const parts = [];
  const add = (one) => {
    if (one === null || one === undefined || seen.has(one)) return;
    seen.add(one);
    if (typeof one === 'string') parts.push(one);
    else if (typeof one === 'object') {
      add(one.message);
      for (const key of ['status', 'statusCode', 'error', 'error_description', 'code']) {
        if (['string', 'number'].includes(typeof one[key])) add(String(one[key]));
      }
      for (const key of ['outcome', 'cause', 'response', 'data', 'body', 'payload', 'context']) add(one[key]);
      if (one.resourceType === 'OperationOutcome')
        for (const issue of one.issue ?? []) add(`${issue.details?.text ?? ''} ${issue.diagnostics ?? ''}`);
    }
  };
  add(error);
  return parts.join(' | ').slice(0, 1500);
}

/**
 * Tells Node where modules are, as their imports say it: `./cli.ts` beside the module that imports it, here and within packages of npm, and
 * `@dhp/budget` where it was found the first time. Node itself asks the disk for each of a thousand modules whether it is there, what it links
 * to and which `package.json` it belongs to, a third of the time that loading a server takes (decision 74). It holds for what is
 * imported from then on; packages of npm themselves, what `require` finds, and all that lies elsewhere, are found as ever.
 */
import { registerHooks, type ResolveFnOutput } from 'node:module';

const root = new URL('../../../', import.meta.url).href;
/** A file beside the module that imports it, or somewhere below or above. */
const isFile = /^\.\.?\/.*\.[tj]s$/;
const doors = new Map<string, ResolveFnOutput>();
const http: ResolveFnOutput = {
  url: new URL('node-http.ts', import.meta.url).href,
  format: 'module-typescript',
  shortCircuit: true,
};

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL, conditions } = context;
    // Node itself finds the rest, by `require` and by links.
    if (parentURL === undefined || !parentURL.startsWith(root) || !conditions.includes('import'))
      return next(specifier, context);
    if (isFile.test(specifier)) {
      const format = specifier.endsWith('.ts') ? ({ format: 'module-typescript' } as const) : {};
      return { url: new URL(specifier, parentURL).href, ...format, shortCircuit: true };
    }
    if (specifier === 'node:http') return http;
    if (!specifier.startsWith('@dhp/')) return next(specifier, context);
    const known = doors.get(specifier);
    if (known !== undefined) return known;
    const found = { ...next(specifier, context), shortCircuit: true };
    doors.set(specifier, found);
    return found;
  },
});

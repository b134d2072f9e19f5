/**
 * Tells Node where modules are, as their imports state it: `./cli.ts` beside the importing module, here and within npm packages, and
 * `@dhp/budget` where it was found the first time. Node itself checks on the disk for each of a thousand modules whether it exists, where
 * it links and to which `package.json` it belongs, a third of the time that loading a server takes (decision 74). It applies to later
 * imports; npm packages themselves, lookups by `require`, and everything elsewhere are found as usual.
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

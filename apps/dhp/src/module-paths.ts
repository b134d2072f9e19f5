/**
 * Tells Node where the modules of this repository are, as their imports say it: `./cli.ts` beside the module that imports it, `@dhp/budget` where it
 * was found the first time. Node itself asks the disk for each of a thousand modules whether it is there, what it links to and
 * which `package.json` it belongs to, which is half of the time that loading a server takes (decision 72). It holds for what is imported
 * from then on; packages of npm, and all that lies elsewhere, are found as ever.
 */
import { registerHooks, type ResolveFnOutput } from 'node:module';

const root = new URL('../../../', import.meta.url).href;
const doors = new Map<string, ResolveFnOutput>();

const isOurs = (parent: string | undefined): parent is string =>
  parent !== undefined && parent.startsWith(root) && !parent.includes('/node_modules/');

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL, conditions } = context;
    // `require` and modules of JSON are not ours to find.
    if (!isOurs(parentURL) || !conditions.includes('import')) return next(specifier, context);
    if (specifier.startsWith('.') && specifier.endsWith('.ts'))
      return { url: new URL(specifier, parentURL).href, format: 'module-typescript', shortCircuit: true };
    if (!specifier.startsWith('@dhp/')) return next(specifier, context);
    const known = doors.get(specifier);
    if (known !== undefined) return known;
    const found = { ...next(specifier, context), shortCircuit: true };
    doors.set(specifier, found);
    return found;
  },
});

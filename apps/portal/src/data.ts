/** The pages of an application's data. They are loaded at the first request, so that the portal starts faster. */
import type { Handler, Routes } from './applications/answers.ts';
import type { Shell } from './shell.ts';

const addresses = [
  ['show', '/:client/views'],
  ['show', '/:client/views/:view'],
  ['take', '/:client/views/:view'],
  ['show', '/:client/views/:view/chart.csv'],
  ['show', '/:client/exports'],
  ['take', '/:client/exports'],
  ['show', '/:client/exports/:job'],
  ['take', '/:client/exports/:job'],
  ['show', '/:client/exports/:job/files/:file'],
  ['show', '/:client/imports'],
  ['receive', '/:client/imports'],
  ['show', '/:client/imports/:job'],
  ['take', '/:client/imports/:job'],
  ['show', '/:client/imports/:job/files/:file'],
] as const;

/** @param base of the playground, as this process reaches it */
export const dataRoutes =
  (base: string) =>
  (shell: Shell, routes: Routes): void => {
    let loaded: ReturnType<typeof load> | undefined;
    for (const [way, path] of addresses)
      routes[way](path, async (context, page) => {
        loaded ??= load(base, shell);
        return (await loaded).get(`${way} ${path}`)!(context, page);
      });
  };

/** Handlers by method and path. */
async function load(base: string, shell: Shell): Promise<ReadonlyMap<string, Handler>> {
  const [{ openCallers }, { exportRoutes }, { viewRoutes }, { importRoutes }] = await Promise.all([
    import('./bulk/fhir.ts'),
    import('./bulk/routes.ts'),
    import('./views/routes.ts'),
    import('./imports/routes.ts'),
  ]);
  const handlers = new Map<string, Handler>();
  const noted = (way: keyof Routes) => (path: string, work: Handler) => void handlers.set(`${way} ${path}`, work);
  const routes = { show: noted('show'), take: noted('take'), receive: noted('receive') };
  const callers = openCallers(base);
  for (const add of [exportRoutes, viewRoutes, importRoutes]) add(callers)(shell, routes);
  return handlers;
}

/** Forms with files: as URLSearchParams, beside which the files are. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Sessions } from '../session/session.ts';
import type { Shell } from '../shell.ts';

/**
 * Bytes of a form with its files, all of which are in memory; the playground's port accepts no more (apps/dhp/src/servers/portal-proxy.ts).
 */
export const mostUploaded = 1024 ** 2;

export class UploadForm extends URLSearchParams {
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  constructor(fields: [string, string][], files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    super(fields);
    this.files = files;
  }
}

/** Bodies of `multipart/form-data` (RFC 7578); an unreadable body is refused with 400. */
function acceptUploads(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer<ArrayBuffer>) => {
      const contentType = request.headers['content-type'] ?? '';
      try {
        const form = await new Response(body, {
          headers: { 'content-type': contentType },
        }).formData();
        const fields: [string, string][] = [];
        const files = new Map<string, Uint8Array<ArrayBuffer>>();
        for (const [name, value] of form)
          if (typeof value === 'string') fields.push([name, value]);
          else files.set(name, new Uint8Array(await value.arrayBuffer()));
        return new UploadForm(fields, files);
      } catch {
        throw Object.assign(new Error('The form cannot be read'), { statusCode: 400 });
      }
    },
  );
}

/** Adds the route of a form with a file; the body is not read if nobody is signed in. */
export function addReceiver(
  scope: FastifyInstance,
  shell: Shell,
  sessions: Sessions,
  {
    path,
    work,
  }: { readonly path: string; readonly work: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> },
): void {
  void scope.register(async (own) => {
    acceptUploads(own);
    own.addHook('onRequest', async (request, reply) => {
      const page = request.url.split('?', 1)[0]!;
      return (await sessions.find(request)) === undefined ? shell.goTo(reply, page) : undefined;
    });
    own.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
      if (error.statusCode !== 413) throw error;
      return shell.goTo(reply, `${request.url.split('?', 1)[0]!}?notice=too-large`);
    });
    own.post(`/applications${path}`, { bodyLimit: mostUploaded }, work);
  });
}

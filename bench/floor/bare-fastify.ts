/** The HTTP baseline: a Fastify that answers the same bytes from memory. Receives them over IPC and reports its port. */
import Fastify from 'fastify';

process.once('message', (text: string) => {
  const body = Buffer.from(text);
  const app = Fastify();
  app.get('/Patient/:id', (_request, reply) => {
    void reply.header('content-type', 'application/fhir+json; charset=utf-8').header('etag', 'W/"1"').send(body);
  });
  void app.listen({ host: '127.0.0.1', port: 0 }).then(() => {
    process.send?.((app.server.address() as { port: number }).port);
  });
});

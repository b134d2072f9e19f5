/** The OpenAPI 3.1 description of the administration, made from the table of acts. */
import type { Act } from './act.ts';
import { acts } from './acts.ts';
import { environments, reasonMember } from './members.ts';
import { schemas } from './schemas.ts';
import { adminScopes } from '@dhp/clients/fields';

export function openApi(issuer: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const act of acts) (paths[`/admin${act.path}`] ??= {})[act.method.toLowerCase()] = operationOf(act);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Administration of the Single Sign-On',
      version: '0.1.0',
      description:
        `Ask for a token with client_credentials, an admin/ scope and resource=${issuer}. Every act that changes something ` +
        'needs a reason, which the audit trail keeps.',
    },
    servers: [{ url: issuer }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${issuer}/oauth/token`,
              scopes: Object.fromEntries(adminScopes.map((scope) => [scope, scope])),
            },
          },
        },
      },
    },
  };
}

const partSchema = (name: string): object => ({
  type: 'string',
  ...(name === 'environment' && { enum: environments }),
});

function operationOf({
  method,
  path,
  scope,
  summary,
  takes = {},
  needs = [],
  status = 200,
  answers,
  ...act
}: Act): object {
  const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const inQuery = method === 'GET' || method === 'DELETE';
  const changes = method !== 'GET' && act.isQuestion !== true;
  const members = { ...takes, ...(method === 'GET' ? {} : { reason: reasonMember }) };
  const described = Object.entries(members);
  const required = [...needs, ...(changes ? ['reason'] : [])];
  return {
    summary,
    operationId: `${method.toLowerCase()}${path.replace(/(?<![^A-Za-z0-9])[^A-Za-z0-9]+(\w)/g, (_, letter: string) => letter.toUpperCase()).replaceAll(/[^A-Za-z]/g, '')}`,
    security: [{ token: [scope] }],
    parameters: [
      ...parts.map((name) => ({ name, in: 'path', required: true, schema: partSchema(name) })),
      ...(inQuery
        ? described.map(([name, { description, ...schema }]) => ({
            ...{ name, in: 'query', description, required: required.includes(name), schema },
          }))
        : []),
    ],
    ...(inQuery
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required,
                  properties: members,
                  additionalProperties: false,
                },
              },
            },
          },
        }),
    responses: {
      [status]:
        answers === undefined
          ? { description: 'Done' }
          : {
              description: 'Done',
              content: { 'application/json': { schema: { $ref: `#/components/schemas/${answers}` } } },
            },
      default: {
        description: 'What is wrong, and what to do',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

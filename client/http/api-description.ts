/**
 * The API's own description: OpenAPI 3.1 at /openapi.json, made of the schemas that the routes check with, and a page
 * to read and try it at /docs.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** JSON Schema of a body that the route reads itself, for the description. */
    documentedBody?: object;
  }
}

const DOCS_PATH = '/docs';

/** Must be called before the routes are added. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Waybill',
        version: '1',
        description:
          'Send carrier events, and ask after orders. Every refusal is a problem document (RFC 9457) with a sentence to act on.',
      },
      tags: [
        {
          name: 'events',
          description: 'For upstream services: label printers, carriers, tracking aggregators.',
        },
        { name: 'operate', description: 'For operators: channels, orders, imports.' },
        { name: 'health', description: 'For machines that watch this one.' },
      ],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key: `wb_…`, made with `waybill keys create`.',
          },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'X-Api-Key',
            description: 'The same key in another header.',
          },
        },
      },
    },
    transform: (input) => {
      const described = jsonSchemaTransform(input);
      const body = 'route' in input ? input.route.config?.documentedBody : undefined;
      if (body === undefined) return described;
      const schema: FastifySchema = { ...described.schema, body };
      return { schema, url: described.url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    staticCSP: true,
    uiConfig: { tryItOutEnabled: true },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json').serializer(JSON.stringify).send(app.swagger()),
  );
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect(DOCS_PATH));
}

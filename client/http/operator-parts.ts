/** What the routes of the operator API have in common: their parameters, their refusals, who may call them. */
import { z } from 'zod';
import { HttpProblem, problemSchema } from './problems.ts';

/** Either header. */
export const security = [{ bearer: [] }, { apiKey: [] }];
/** What every route of the operator API may answer instead. */
export const refusals = {
  401: problemSchema.describe('No valid API key.'),
  403: problemSchema.describe('The key belongs to another channel.'),
  404: problemSchema.describe('No such channel or order.'),
  503: problemSchema.describe('Postgres is away.'),
};
export const channelParam = z.object({ channel: z.string() });
export const orderParams = z.object({
  channel: z.string(),
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be an order number')
    .describe("The store's order number."),
});

export function unknownOrder(channel: string, id: string): HttpProblem {
  return new HttpProblem(
    'unknown-order',
    `Order ${id} of ${channel} is not known here; it was never imported.`,
  );
}

/**
 * The shapes that the operator API answers with. They are checked on the way out and described in the OpenAPI
 * document; shoppers' names and addresses are not part of any of them.
 */
import { z } from 'zod';
import { ATTENTIONS, STAGES } from '../../domain/facts.ts';

const time = z.string().describe('RFC 3339 in UTC.');
const stage = z.enum(STAGES).nullable();
const attention = z.enum(ATTENTIONS).nullable();
const lineQuantity = z.object({ orderProductId: z.number().int(), quantity: z.number().int() });

export const channelAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    storeHash: z.string(),
    profile: z.string(),
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    importMode: z.string(),
    pushEnabled: z.boolean().describe('Outcomes are written back to the store.'),
  })
  .meta({ id: 'Channel' });

const shipmentAnswer = z
  .object({
    key: z.string(),
    kind: z.enum(['parcel', 'pickup']),
    trackingNumber: z.string().nullable(),
    numbers: z.array(z.string()).describe('Every number it ever had, the current one last.'),
    carrier: z.string().nullable(),
    service: z.string().nullable(),
    trackingUrl: z.string().nullable(),
    holds: z.array(lineQuantity),
    position: z.string().nullable().describe('The furthest tracking status reached.'),
    side: z.string().nullable().describe('An exception or the like, while it is newer than the position.'),
    reason: z.string().nullable(),
    returned: z.boolean(),
    returning: z.boolean(),
    voided: z.boolean(),
    lastEventAt: time,
  })
  .meta({ id: 'Shipment' });

const writeBackAnswer = z
  .object({
    id: z.string(),
    kind: z.string(),
    subject: z.string(),
    n: z.number().int(),
    state: z.string().describe('planned, sent, confirmed, refused or superseded.'),
    blocked: z.string().nullable(),
    approved: z.boolean(),
    summary: z.string(),
    mails: z.number().int().describe('Mails to the shopper that the store is expected to send for it.'),
    notBefore: time.nullable(),
    attempts: z.number().int(),
    sentAt: time.nullable(),
    storeShipmentId: z.number().int().nullable(),
    outcome: z.string().nullable(),
    updatedAt: time,
  })
  .meta({ id: 'WriteBack' });

export const orderAnswer = z
  .object({
    channelId: z.string(),
    orderId: z.number().int(),
    storeHash: z.string(),
    stage,
    stageChangedAt: time.nullable(),
    counts: z
      .object({
        needed: z.number().int(),
        imported: z.number().int(),
        trackable: z.number().int(),
        shipped: z.number().int(),
        delivered: z.number().int(),
        returned: z.number().int(),
      })
      .nullable()
      .describe('Units of the order by stage.'),
    progress: z.string(),
    attention,
    attentionReason: z.string().nullable(),
    paused: z.boolean(),
    pauseReason: z.string().nullable(),
    lifecycleState: z.enum(['none', 'open', 'closed']),
    closedReason: z.enum(['end', 'no_news']).nullable(),
    closedAt: time.nullable(),
    statusId: z.number().int().describe("The store's status of the order."),
    statusName: z.string(),
    storeCreatedAt: time,
    storeModifiedAt: time,
    readAt: time,
    firstSeenAt: time,
    lastNewsAt: time,
    lines: z.array(
      z.object({
        orderProductId: z.number().int(),
        sku: z.string(),
        name: z.string(),
        quantity: z.number().int(),
        refunded: z.number().int(),
        kind: z.string(),
        held: z.number().int(),
        inStore: z.number().int(),
        remaining: z.number().int(),
      }),
    ),
    shipments: z.array(shipmentAnswer),
    writeBacks: z.array(writeBackAnswer),
    timeline: z.array(
      z.object({
        at: time,
        kind: z.string(),
        what: z.string(),
        detail: z.string(),
        occurredAt: time.nullable(),
        state: z.enum(['parked', 'applied', 'late']).nullable(),
      }),
    ),
  })
  .meta({ id: 'Order' });

const counts = z.record(z.string(), z.number().int());

export const runAnswer = z
  .object({
    id: z.string(),
    channelId: z.string(),
    workflowId: z.string(),
    mode: z.string(),
    window: z.object({ from: time.nullable(), to: time.nullable() }),
    counts: z
      .object({
        seen: z.number().int(),
        created: z.number().int(),
        updated: z.number().int(),
        unchanged: z.number().int(),
        rejected: counts,
        setAside: counts,
        opened: z.number().int(),
        apiCalls: z.number().int(),
      })
      .describe('seen = created + updated + unchanged + rejected + setAside.'),
    slices: z.number().int(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    failure: z.string().nullable(),
    startedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'ImportRun' });

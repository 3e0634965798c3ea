/**
 * Cash on delivery of orders that are stored already: what a change of the rules would do, and doing it. Only orders that
 * are not shipped yet are judged anew (capabilities Q-23); no store is asked.
 */
import { codJudge, type CodFacts, type CodRules, type CodVerdict } from '../domain/cash-on-delivery.ts';
import type { OrderWarning } from '../domain/order.ts';
import type { Queries, Tx } from './database.ts';
import { recordChangedDecisions } from './decisions.ts';
import { jsonText } from './json-text.ts';

/** Rows judged at a time. */
const PAGE_SIZE = 1_000;
/** Order numbers that a preview names. */
const EXAMPLES_MAX = 20;
const SIMILAR_MAX = 20;

export interface CodPreview {
  /** Orders that are not shipped yet: the only ones that a change touches. */
  judged: number;
  /** Orders left as they are, because they are shipped or over. */
  shipped: number;
  becomeCod: number;
  stopBeingCod: number;
  /** Stay cash on delivery, with another reason or amount. */
  changeReason: number;
  examples: { orderId: number; from: string; to: string }[];
  /** Names that look like a listed one and are not matched, with how many orders have them. */
  similar: { text: string; orders: number }[];
}

/** What a change of the rules did. */
export interface CodChange {
  becameCod: number;
  stoppedBeingCod: number;
}

interface StoredCod extends CodVerdict {
  orderId: number;
  facts: CodFacts;
  warnings: OrderWarning[];
}

interface Judged {
  order: StoredCod;
  verdict: CodVerdict;
  similar: string[];
}

/** What the rules would change. Reads only. */
export async function previewCod(
  db: Queries,
  ask: { channelId: string; rules: CodRules },
): Promise<CodPreview> {
  const preview: CodPreview = {
    judged: 0,
    shipped: await countShipped(db, ask.channelId),
    becomeCod: 0,
    stopBeingCod: 0,
    changeReason: 0,
    examples: [],
    similar: [],
  };
  const similar = new Map<string, number>();
  for await (const judged of judgeAll(db, ask, false)) {
    preview.judged += 1;
    for (const text of judged.similar) similar.set(text, (similar.get(text) ?? 0) + 1);
    count(preview, judged);
  }
  preview.similar = [...similar]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SIMILAR_MAX)
    .map(([text, orders]) => ({ text, orders }));
  return preview;
}

/**
 * Judges the orders anew and stores what changed, with a decision each. Runs in the transaction that changes the
 * settings; rows are locked in the order of their keys. May be repeated: the second time nothing differs.
 */
export async function applyCod(
  tx: Tx,
  input: { channelId: string; rules: CodRules; now: string },
): Promise<CodChange> {
  const { channelId, now } = input;
  const outcome: CodChange = { becameCod: 0, stoppedBeingCod: 0 };
  let page: Judged[] = [];
  const flush = async (): Promise<void> => {
    const changed = page.filter(({ order, verdict, similar }) => differs(order, verdict, similar));
    page = [];
    if (changed.length === 0) return;
    await tx.sql`
      update orders o set canonical = o.canonical || x.part
      from jsonb_to_recordset(${jsonText(
        changed.map(({ order, verdict, similar }) => ({
          id: order.orderId,
          part: { ...verdict, warnings: warningsOf(order, similar) },
        })),
      )}::jsonb) as x (id bigint, part jsonb)
      where o.channel_id = ${channelId} and o.order_id = x.id`;
    await recordChangedDecisions(
      tx,
      changed
        .filter(({ order, verdict }) => verdictDiffers(order, verdict))
        .map(({ order, verdict }) => ({
          channelId,
          orderId: order.orderId,
          at: now,
          kind: 'event' as const,
          outcome: verdict.isCod ? 'cod:yes' : 'cod:no',
          detail: `The rules of cash on delivery were changed (orders.import.cod): ${said(order)} → ${said(verdict)}.`,
        })),
    );
  };
  for await (const judged of judgeAll(tx, input, true)) {
    page.push(judged);
    if (judged.verdict.isCod && !judged.order.isCod) outcome.becameCod += 1;
    if (!judged.verdict.isCod && judged.order.isCod) outcome.stoppedBeingCod += 1;
    if (page.length >= PAGE_SIZE) await flush();
  }
  await flush();
  return outcome;
}

function count(preview: CodPreview, { order, verdict }: Judged): void {
  if (!verdictDiffers(order, verdict)) return;
  if (verdict.isCod && !order.isCod) preview.becomeCod += 1;
  else if (!verdict.isCod && order.isCod) preview.stopBeingCod += 1;
  else preview.changeReason += 1;
  if (preview.examples.length < EXAMPLES_MAX)
    preview.examples.push({ orderId: order.orderId, from: said(order), to: said(verdict) });
}

function said(verdict: CodVerdict): string {
  const because = verdict.codReason === null ? '' : ` by ${verdict.codReason}`;
  return verdict.isCod ? `cash on delivery${because}` : `not cash on delivery${because}`;
}

function verdictDiffers(a: CodVerdict, b: CodVerdict): boolean {
  return a.isCod !== b.isCod || a.codReason !== b.codReason || a.codAmount !== b.codAmount;
}

function differs(order: StoredCod, verdict: CodVerdict, similar: readonly string[]): boolean {
  const before = order.warnings.filter(({ code }) => code === 'cod_similar').map(({ detail }) => detail);
  return verdictDiffers(order, verdict) || (!verdict.isCod && before.join('\n') !== similar.join('\n'));
}

function warningsOf(order: StoredCod, similar: readonly string[]): OrderWarning[] {
  return [
    ...order.warnings.filter(({ code }) => code !== 'cod_similar'),
    ...similar.map((detail): OrderWarning => ({ code: 'cod_similar', detail })),
  ];
}

/** Every order of the channel that is not shipped yet, in the order of keys, in pages. */
async function* judgeAll(
  db: Queries,
  ask: { channelId: string; rules: CodRules },
  lock: boolean,
): AsyncGenerator<Judged> {
  const judge = codJudge(ask.rules);
  for (let after = 0; ;) {
    const rows = await storedPage(db, ask.channelId, after, lock);
    for (const order of rows) {
      const verdict = judge.judge(order.facts);
      yield { order, verdict, similar: verdict.isCod ? [] : judge.similar(order.facts) };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_SIZE) return;
    after = last.orderId;
  }
}

/** Older documents have no totals, payments and labels yet; they count as "nothing known". */
async function storedPage(
  db: Queries,
  channelId: string,
  after: number,
  lock: boolean,
): Promise<StoredCod[]> {
  const rows = await db.sql<StoredCod[]>`
    select order_id as "orderId", (canonical -> 'isCod')::boolean as "isCod",
      canonical ->> 'codReason' as "codReason", canonical ->> 'codAmount' as "codAmount",
      coalesce(canonical -> 'warnings', '[]') as warnings,
      jsonb_build_object(
        'paymentMethod', canonical -> 'paymentMethod', 'paymentStatus', canonical -> 'paymentStatus',
        'statusLabel', coalesce(canonical -> 'statusLabel', '""'), 'totalIncTax', canonical -> 'totalIncTax',
        'payments', canonical -> 'payments', 'refunds', canonical -> 'refunds',
        'totals', coalesce(canonical -> 'totals', '{"storeCredit": "0.0000", "giftCertificates": "0.0000"}')) as facts
    from orders
    where channel_id = ${channelId} and order_id > ${after} and coalesce(stage, 'imported') in ('imported', 'trackable')
    order by order_id limit ${PAGE_SIZE}
    ${lock ? db.sql`for update` : db.sql``}`;
  return [...rows];
}

async function countShipped(db: Queries, channelId: string): Promise<number> {
  const [row] = await db.sql<{ n: number }[]>`
    select count(*)::int as n from orders
    where channel_id = ${channelId} and stage is not null and stage not in ('imported', 'trackable')`;
  return row?.n ?? 0;
}

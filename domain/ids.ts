/**
 * The addresses of design section 4 and the keys of section 5 and 6: built and parsed here, nowhere else.
 * Once released they live in histories, schedules and operators' notes, so a change here is a migration.
 */

/** A channel id is a slug: it appears in workflow ids, URLs and shell commands. */
export const CHANNEL_ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,38}$/;
export const CHANNEL_ID_RULE =
  'lower-case letters, digits and dashes, 1 to 39 characters, not starting with a dash';

export function isChannelId(text: string): boolean {
  return CHANNEL_ID_PATTERN.test(text);
}

/** `order:{channel}:{orderId}`, the one lifecycle of an order. */
export function orderLifecycleId(channelId: string, orderId: number): string {
  return `order:${channelId}:${orderId}`;
}

/** The twin of {@link orderLifecycleId}; null for anything else. */
export function parseOrderLifecycleId(workflowId: string): { channelId: string; orderId: number } | null {
  const match = /^order:([a-z0-9][a-z0-9-]{0,38}):(\d{1,15})$/.exec(workflowId);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { channelId: match[1], orderId: Number(match[2]) };
}

/** Schedule id, and the workflow id to which the schedule appends its nominal time. */
export function importScheduleId(channelId: string): string {
  return `import:${channelId}`;
}
export function manualImportId(channelId: string, name: string): string {
  return `import:${channelId}:manual:${name}`;
}
export function hintImportId(channelId: string): string {
  return `import:${channelId}:hints`;
}
export function checkChannelId(channelId: string): string {
  return `check:${channelId}`;
}
/** Schedule and workflow that look after the store's webhooks. */
export function watchWebhooksId(channelId: string): string {
  return `hooks:${channelId}`;
}
export function lookUpId(channelId: string, orderId: number): string {
  return `lookup:${channelId}:${String(orderId)}`;
}
export function reconcileId(channelId: string): string {
  return `reconcile:${channelId}`;
}
export const SWEEP_ID = 'sweep';

/**
 * The form in which tracking numbers are compared: upper case, without blanks, dashes, dots and slashes.
 * Labels and store fields spell one number in several ways (bigcommerce-api.md, Traps 3).
 */
export function normalizeTrackingNumber(text: string): string {
  return text.toUpperCase().replaceAll(/[\s\-./]/g, '');
}

/**
 * Every number that a store's free-text tracking field may hold: numbers joined by commas, semicolons, blanks or
 * line ends (bigcommerce-api.md, Traps 3: "may hold several numbers, blanks or a URL").
 */
export function trackingNumbersIn(text: string): string[] {
  const whole = normalizeTrackingNumber(text);
  const parts = text.split(/[,;|\s]+/).map(normalizeTrackingNumber);
  return [...new Set([whole, ...parts])].filter((part) => part.length > 0);
}

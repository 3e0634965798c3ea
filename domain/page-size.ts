/**
 * How many orders a run asks for on a list page after pages that failed. Pure: the faults of a run and the number of its
 * stored slices say it all, so that every worker comes to the same size. It must not turn one bad answer into a slow run.
 *
 * A page that fails once is asked for again as it is, because most faults pass and a smaller page costs calls; the
 * second fault of the same page halves it (bigcommerce-api.md, Traps 6), and so does an answer that was too much at once.
 * After some good pages the next larger size is tried. Where that fails, twice as many good pages are wanted before the
 * next try: a store that truly cannot carry 250 is asked in vain some seven times in 100,000 orders, not every fifth page.
 */
import { LIST_PAGE_SIZE_MAX } from './import-cursor.ts';

const PAGE_SIZES = [LIST_PAGE_SIZE_MAX, 125, 50] as const;
/** Slices stored at a lower size before a larger one is tried for the first time. */
export const GOOD_PAGES_BEFORE_RISE = 4;

/** A list page that the store could not answer. */
export interface PageFault {
  /** Slices that the run had stored before. */
  slices: number;
  /** The answer took too long or was too large: asking for the same again would only cost the same again. */
  tooMuch: boolean;
}

/** The size of the next page of a run with these faults, oldest first, that has stored so many slices. */
export function pageSizeAfter(faults: readonly PageFault[], slices: number): number {
  let step = 0;
  /** Slices when the present size began. */
  let since = 0;
  let raised = false;
  let wanted = GOOD_PAGES_BEFORE_RISE;
  /** The page whose first fault was let pass. */
  let failedOnce: number | null = null;
  const riseUntil = (now: number): void => {
    for (; step > 0 && now - since >= wanted; step -= 1) {
      since += wanted;
      raised = true;
    }
  };
  for (const { slices: at, tooMuch } of faults) {
    riseUntil(at);
    const onTrial = raised && at === since;
    if (!tooMuch && !onTrial && failedOnce !== at) {
      failedOnce = at;
      continue;
    }
    // A larger size that did not last is tried again later each time; one that did was only hit by another fault.
    wanted = raised && at - since < wanted ? wanted * 2 : GOOD_PAGES_BEFORE_RISE;
    step = Math.min(step + 1, PAGE_SIZES.length - 1);
    since = at;
    raised = false;
    failedOnce = null;
  }
  riseUntil(slices);
  return PAGE_SIZES[step] ?? LIST_PAGE_SIZE_MAX;
}

/** Whether a smaller page than this can be asked for. */
export function isSmallestPage(size: number): boolean {
  return size <= Math.min(...PAGE_SIZES);
}

/**
 * Keeps places of a worker free for people and write-backs: imports of many channels may fill all but two of its places
 * for store calls, and an import that comes then is sent back to the queue at once. It waits for nothing.
 */

/** Places that background work leaves free, wherever a worker has so many. */
const KEPT_FREE = 2;

export interface BackgroundSlots {
  /** False: all places for background work are taken. */
  enter(): boolean;
  /** Once for each `enter` that was true. */
  leave(): void;
}

/** For a worker with so many places for activities that call stores. */
export function createBackgroundSlots(places: number): BackgroundSlots {
  const most = Math.max(1, places - KEPT_FREE);
  let taken = 0;
  return {
    enter: () => {
      if (taken >= most) return false;
      taken += 1;
      return true;
    },
    leave: () => {
      taken -= 1;
    },
  };
}

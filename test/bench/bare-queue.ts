// The task queue of the bare workflows, known to their worker and to the benchmark.
export const BARE_QUEUE = 'bench-bare';

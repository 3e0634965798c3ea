/**
 * How much of a stack is kept inside the sandbox; imported first, because the sandbox is sealed once our modules are
 * loaded (`preloadModules` in workers/workflow-bundle.ts). Failures and `__stack_trace` are for people: nothing may
 * depend on it.
 */

/**
 * The SDK takes a stack trace for every promise and looks each of its frames up in the source map, which was a third of
 * the workflow thread's time with the engine's ten. Two frames are its own hook's; five are the least with which it
 * still recognizes `Promise.race`, and with which our own line is named (test/workflows/stack-depth.test.ts).
 */
const STACK_FRAMES_MAX = 5;

if (!Object.isFrozen(Error)) Error.stackTraceLimit = STACK_FRAMES_MAX;

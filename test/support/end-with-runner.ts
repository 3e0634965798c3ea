// A test process ends with the runner that started it: vitest's own leaves it running when the runner is killed.
process.once('disconnect', () => process.exit(1));

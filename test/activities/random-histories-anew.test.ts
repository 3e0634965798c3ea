// The other half of the random histories: seeds that no run had before, printed at the end. See random-histories.test.ts.
import { randomHistories } from './history-suite.ts';

randomHistories(import.meta.url, 'random');

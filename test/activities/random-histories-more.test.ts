// The other half of the random histories, so that both cores are at work. See random-histories.test.ts.
import { randomHistories } from './history-suite.ts';

randomHistories(import.meta.url, 'second');

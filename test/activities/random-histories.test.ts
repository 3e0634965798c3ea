// Random histories through the real ingress function, ledger and executor on Postgres against the simulator: facts of all
// kinds repeated, reordered and delayed, a person's edits and store faults between. The store must end as the model says.
// A failure prints its seed and a shrunken history. With WAYBILL_LONG_TESTS=1 this and its other half are 20,000 of them,
// WAYBILL_TEST_HISTORIES makes it another number; WAYBILL_TEST_SEED begins at this seed, and the two halves share what
// follows: a run that was stopped goes on from there. Seeds from 3,000,000,000 on are histories of a second sort, of which
// 40 more are played.
import { randomHistories } from './history-suite.ts';

randomHistories(import.meta.url, 'first');

#!/usr/bin/env node
// The `waybill` command. Sources are TypeScript and run as they are: tsx strips the types, so that a clone needs no
// build step on Node 20, which cannot do it itself (docs/decisions/0001-run-from-source.md).
import { register } from 'tsx/esm/api';

register();
await import('../client/cli/main.ts');

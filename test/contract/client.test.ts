// What our client sends, held against the published description: paths, query parameters and bodies of every call it
// can make, as they really went over the wire to the simulated store, and what came back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreClient } from '../../bigcommerce/client.ts';
import {
  everyCall,
  listeningBetween,
  makePlace,
  type Exchange,
  type NamedCall,
} from '../bigcommerce/every-call.ts';
import type { AnsweringServer } from '../bigcommerce/answering-server.ts';
import { simulatedSide, type SimulatedSide } from '../bigcommerce/simulated.ts';
import { DifferenceBook } from './differences.ts';
import { KNOWN_DIFFERENCES, REQUEST_DIFFERENCES } from './known-differences.ts';
import { descriptionFolder, Descriptions } from './openapi.ts';

const folder = descriptionFolder();

describe.runIf(folder !== null)('every call of the client', () => {
  let side: SimulatedSide;
  let between: { server: AnsweringServer; exchanges: Exchange[] };
  let descriptions: Descriptions;
  const sent: { call: NamedCall; exchange: Exchange; template: string | null }[] = [];
  const requests = new DifferenceBook(REQUEST_DIFFERENCES);

  beforeAll(async () => {
    descriptions = new Descriptions(folder ?? '');
    side = await simulatedSide();
    between = await listeningBetween(side.bench);
    const client = createStoreClient({
      apiBaseUrl: between.server.url,
      storeHash: 'teststore1',
      token: 'token-1',
      timeoutMs: 60_000,
      userAgent: 'Waybill/test',
      allowLoopback: true,
      extraHosts: [],
    });
    const calls = everyCall(await makePlace(side.bench, side.client));
    for (const call of calls) {
      await call.run(client);
      const exchange = between.exchanges.at(-1);
      if (exchange === undefined) throw new Error(`${call.name} sent nothing`);
      const [path = ''] = exchange.path.split('?');
      sent.push({ call, exchange, template: descriptions.templateOf(path) });
    }
  });
  afterAll(async () => {
    await between.server.close();
    await side.bench.close();
  });

  it('has a path and a method that are described', () => {
    const unknown = sent.filter(
      ({ exchange, template }) =>
        template === null || descriptions.statuses(exchange.method, template) === null,
    );
    expect(unknown.map(({ exchange }) => `${exchange.method} ${exchange.path}`)).toEqual([]);
  });

  it('asks with parameters that are described, and with values that fit', () => {
    const problems: string[] = [];
    for (const { exchange, template } of sent) {
      const call = `${exchange.method} ${template ?? ''}`;
      const described = descriptions.queryParameters(exchange.method, template ?? '');
      for (const [name, value] of new URLSearchParams(exchange.path.split('?')[1] ?? '')) {
        const check = described.get(name);
        if (check === undefined) {
          if (!requests.covers(call, `query ${name}`)) problems.push(`${call}: ${name} is not described`);
          continue;
        }
        for (const misfit of check(value))
          if (!requests.covers(call, `query ${name} value`))
            problems.push(`${call}: ${name}=${value} ${misfit.message}`);
      }
    }
    expect([...new Set(problems)]).toEqual([]);
  });

  it('sends bodies that are described, and none where none is', () => {
    const problems: string[] = [];
    for (const { exchange, template } of sent) {
      const call = `${exchange.method} ${template ?? ''}`;
      const check = descriptions.requestSchema(exchange.method, template ?? '');
      if (exchange.body === '') {
        if (check !== null && exchange.method !== 'GET') problems.push(`${call} has no body`);
        continue;
      }
      if (check === null) problems.push(`${call} describes no body`);
      else
        for (const misfit of requests.unknownMisfits(call, check, JSON.parse(exchange.body)))
          problems.push(`${call}: body ${misfit.at} ${misfit.message}`);
    }
    expect(problems).toEqual([]);
  });

  it('is answered by the simulated store with a status and a body that are described', () => {
    const answers = new DifferenceBook(KNOWN_DIFFERENCES);
    const problems: string[] = [];
    for (const { exchange, template } of sent) {
      const ofStorefront =
        exchange.path.includes('channel_id=') && template?.startsWith('/v3/settings/') === true;
      const call = `${exchange.method} ${template ?? ''}${ofStorefront ? ' (of a storefront)' : ''}`;
      const { status } = exchange;
      const described = descriptions.statuses(exchange.method, template ?? '') ?? [];
      if (!described.includes(String(status)) && !answers.covers(call, `status ${String(status)}`))
        problems.push(`${call} does not describe ${String(status)}`);
      const check = descriptions.responseSchema(exchange.method, template ?? '', status);
      if (check === null || exchange.answer === '') continue;
      for (const misfit of answers.unknownMisfits(call, check, JSON.parse(exchange.answer)))
        problems.push(`${call} ${String(status)}: ${misfit.at} ${misfit.message}`);
    }
    expect([...new Set(problems)]).toEqual([]);
  });

  it('needs each of the known differences', () => {
    expect(requests.unused()).toEqual([]);
  });
});

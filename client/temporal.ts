/**
 * The connection to Temporal, from the same TOML file and TEMPORAL_* variables as the `temporal` command line, so that
 * one profile serves operators and workers. Nothing of ours is started here.
 */
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';

export const CHANNEL_ID_KEY = defineSearchAttributeKey('ChannelId', SearchAttributeType.KEYWORD);
export const ORDER_STAGE_KEY = defineSearchAttributeKey('OrderStage', SearchAttributeType.KEYWORD);

const DEFAULT_NAMESPACE = 'default';
/** A server that is there answers in milliseconds; more waiting only delays the message that it is not. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface TemporalTarget {
  /** `host:port`; default: profile and environment. */
  address?: string | undefined;
  namespace?: string | undefined;
  /** How long to seek a server that may be away; default 5 s. */
  timeoutMs?: number | undefined;
}

export interface TemporalConnection {
  connection: Connection;
  client: Client;
  namespace: string;
  close(): Promise<void>;
}

/** The server cannot be reached or does not answer; the message says where it was sought. */
export class TemporalUnavailableError extends Error {
  readonly code = 'temporal_unavailable';

  constructor(address: string, cause: unknown) {
    super(
      `Temporal does not answer at ${address}. Start it (\`waybill dev\` brings one), or set TEMPORAL_ADDRESS or a profile of the temporal command line.`,
      { cause },
    );
    this.name = 'TemporalUnavailableError';
  }
}

/** What profile, environment and arguments say together; arguments win. Usable for `Connection` and `NativeConnection`. */
export function resolveTemporal(target: TemporalTarget = {}): {
  options: ClientConnectConfig['connectionOptions'] & { address: string };
  namespace: string;
} {
  const profile = loadClientConnectConfig();
  const address = target.address ?? profile.connectionOptions.address ?? 'localhost:7233';
  return {
    options: { ...profile.connectionOptions, address },
    namespace: target.namespace ?? profile.namespace ?? DEFAULT_NAMESPACE,
  };
}

/**
 * Connects and checks that the server answers. Close what you opened.
 * @throws TemporalUnavailableError
 */
export async function connectTemporal(target: TemporalTarget = {}): Promise<TemporalConnection> {
  const { options, namespace } = resolveTemporal(target);
  let connection: Connection;
  try {
    connection = await Connection.connect({
      ...options,
      connectTimeout: target.timeoutMs ?? CONNECT_TIMEOUT_MS,
    });
  } catch (error) {
    throw new TemporalUnavailableError(options.address, error);
  }
  return {
    connection,
    client: new Client({ connection, namespace }),
    namespace,
    close: () => connection.close(),
  };
}

/** gRPC status code of an operation the server has no such service for: Temporal Cloud. */
const GRPC_UNIMPLEMENTED = 12;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_ALREADY_EXISTS = 6;

/**
 * Registers our search attributes in a namespace; those that exist are left alone. May be repeated, also by several
 * processes at once. Where the server does not let us (Temporal Cloud), says so with the names to register by hand.
 */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<{ added: string[] }> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length === 0) return { added: [] };
  const indexed = proto.temporal.api.enums.v1.IndexedValueType;
  const types = {
    KEYWORD: indexed.INDEXED_VALUE_TYPE_KEYWORD,
    DATETIME: indexed.INDEXED_VALUE_TYPE_DATETIME,
  } as const;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, types[type]])),
    });
  } catch (error) {
    const code = grpcCode(error);
    if (code === GRPC_ALREADY_EXISTS) return { added: [] };
    if (code === GRPC_UNIMPLEMENTED || code === GRPC_PERMISSION_DENIED) {
      throw new Error(
        `Namespace ${namespace} lacks search attributes and the server does not let this client add them. Register by hand: ${missing.map(([name, type]) => `${name} (${type.toLowerCase()})`).join(', ')}.`,
        { cause: error },
      );
    }
    throw error;
  }
  return { added: missing.map(([name]) => name) };
}

/** The gRPC status code of an error of the client, or null for any other error. */
export function grpcCode(error: unknown): number | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'number') return at.code;
  }
  return null;
}

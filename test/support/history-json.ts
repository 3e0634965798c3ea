// A history as the command line writes it, read into the SDK's own messages. The SDK has a reader of its own, which
// works only where one copy of protobufjs is installed; this one asks for the copy that the messages were made with.
import proto from '@temporalio/proto';
import { createRequire } from 'node:module';

export interface RecordedHistory {
  events: { eventId: string; eventType: string }[];
}
export type History = proto.temporal.api.history.v1.History;

const requireHere = createRequire(import.meta.url);
const requireAsProto = createRequire(requireHere.resolve('@temporalio/proto'));
// The package has no types for this entry; the SDK calls it the same way.
const { fromJson } = requireAsProto('protobufjs/ext/protojson') as {
  fromJson: (type: unknown, json: unknown) => History;
};

export function readHistory(recorded: RecordedHistory): History {
  return fromJson(proto.temporal.api.history.v1.History, recorded);
}

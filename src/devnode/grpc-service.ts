/**
 * Puts a node's plain calls behind a gRPC server: every call passes the faults that a test may
 * have ordered, and what it throws becomes its status. Nothing is decided here.
 */
import type {
  Server,
  ServerWritableStream,
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
} from "@grpc/grpc-js";

import type { DataServiceHandlers } from "../wire/gen/quidditch/data/DataService.js";
import type { DocumentServiceHandlers } from "../wire/gen/quidditch/devnode/DocumentService.js";
import { wire } from "../wire/load.js";
import { statusOf, textOf } from "./call-error.js";
import type { DataCalls, DocumentCalls, StreamCall, UnaryCall } from "./node-calls.js";

/** What every call passes before it is handled; it may delay or refuse. */
export interface Gate {
  pass(): Promise<void>;
}

/** Adds DataService and DocumentService to a server. */
export function addNodeServices(
  server: Server,
  gate: Gate,
  node: { readonly data: DataCalls; readonly documents: DocumentCalls },
): void {
  const { data, documents } = node;
  const dataHandlers: DataServiceHandlers = {
    CreateShard: unaryHandler(gate, data.CreateShard),
    UpdateShard: unaryHandler(gate, data.UpdateShard),
    DeleteShard: unaryHandler(gate, data.DeleteShard),
    GetShardInfo: unaryHandler(gate, data.GetShardInfo),
    GetShardStats: unaryHandler(gate, data.GetShardStats),
    RefreshShard: unaryHandler(gate, data.RefreshShard),
    FlushShard: unaryHandler(gate, data.FlushShard),
    GetNodeStats: unaryHandler(gate, data.GetNodeStats),
  };
  const documentHandlers: DocumentServiceHandlers = {
    PutDocument: unaryHandler(gate, documents.PutDocument),
    GetDocument: unaryHandler(gate, documents.GetDocument),
    ListDocuments: unaryHandler(gate, documents.ListDocuments),
    ReplicateDocument: unaryHandler(gate, documents.ReplicateDocument),
    Recover: streamHandler(gate, documents.Recover),
  };
  server.addService(wire.DataService.service, dataHandlers);
  server.addService(wire.DocumentService.service, documentHandlers);
}

function unaryHandler<Req, Res>(
  gate: Gate,
  answer: UnaryCall<Req, Res>,
): handleUnaryCall<Req, Res> {
  return (call, reply: sendUnaryData<Res>) => {
    gate
      .pass()
      .then(() => answer(call.request))
      .then(
        (value) => {
          reply(null, value);
        },
        (error: unknown) => {
          reply({ code: statusOf(error), details: textOf(error) });
        },
      );
  };
}

function streamHandler<Req, Res>(
  gate: Gate,
  answer: StreamCall<Req, Res>,
): handleServerStreamingCall<Req, Res> {
  return (call) => {
    gate
      .pass()
      .then(() => send(call, answer(call.request)))
      .then(
        () => {
          call.end();
        },
        (error: unknown) => {
          call.emit("error", { code: statusOf(error), details: textOf(error) });
        },
      );
  };
}

/** Writes as fast as the other side reads. */
async function send<Req, Res>(
  call: ServerWritableStream<Req, Res>,
  messages: Iterable<Res>,
): Promise<void> {
  for (const message of messages) {
    if (call.cancelled) return;
    if (!call.write(message)) await drained(call);
  }
}

/** Ends when the stream takes more, or has ended. */
function drained<Req, Res>(call: ServerWritableStream<Req, Res>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      call.off("cancelled", done);
      resolve();
    };
    call.once("drain", done);
    call.once("cancelled", done);
  });
}

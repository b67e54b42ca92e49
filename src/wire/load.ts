/**
 * The gRPC service definitions of proto/, loaded once per process. Field names stay as written in
 * the .proto files (reflection shows them so), int64 is a number, enums are strings. The types in
 * gen/ are generated from the same files by `npm run gen:wire` and never edited. Knows nothing of
 * what the messages mean.
 */
import { fileURLToPath } from "node:url";

import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

import type { ProtoGrpcType as AdminTypes } from "./gen/admin.js";
import type { ProtoGrpcType as DataTypes } from "./gen/data.js";
import type { ProtoGrpcType as DevnodeTypes } from "./gen/devnode.js";
import type { ProtoGrpcType as MasterTypes } from "./gen/master.js";
import type { ProtoGrpcType as RaftTypes } from "./gen/raft.js";

/** Folder of the .proto files: beside both src/ and dist/. */
const protoDirectory: string = fileURLToPath(new URL("../../proto", import.meta.url));

/** Descriptor set of the public API, made by the build; what reflection serves. */
export const descriptorSetFile: string = fileURLToPath(
  new URL("../../dist/proto/api.binpb", import.meta.url),
);

const protoFiles = ["master.proto", "admin.proto", "data.proto", "devnode.proto", "raft.proto"];

const definition = loadSync(protoFiles, {
  includeDirs: [protoDirectory],
  keepCase: true,
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});

const types = loadPackageDefinition(definition) as unknown as MasterTypes &
  AdminTypes &
  DataTypes &
  DevnodeTypes &
  RaftTypes;

/** Encoders of single messages, for fragments and payloads. */
export const messages: MasterTypes["quidditch"]["master"] = types.quidditch.master;

/** Client constructors, each with a `service` definition for servers. */
export const wire: {
  readonly MasterService: MasterTypes["quidditch"]["master"]["MasterService"];
  readonly AdminService: AdminTypes["quidditch"]["master"]["AdminService"];
  readonly DataService: DataTypes["quidditch"]["data"]["DataService"];
  readonly DocumentService: DevnodeTypes["quidditch"]["devnode"]["DocumentService"];
  readonly FaultService: DevnodeTypes["quidditch"]["devnode"]["FaultService"];
  readonly PeerService: RaftTypes["quidditch"]["raft"]["PeerService"];
} = {
  MasterService: types.quidditch.master.MasterService,
  AdminService: types.quidditch.master.AdminService,
  DataService: types.quidditch.data.DataService,
  DocumentService: types.quidditch.devnode.DocumentService,
  FaultService: types.quidditch.devnode.FaultService,
  PeerService: types.quidditch.raft.PeerService,
};

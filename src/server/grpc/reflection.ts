/**
 * Server reflection for clients in other languages. It is answered from the descriptor set that
 * the build makes, file by file as the compiler wrote them: the descriptors that the loader
 * derives lose imports and name map entries in a way that strict readers refuse.
 */
import { readFileSync } from "node:fs";

import type { Server } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

import { FatalError, exitCode } from "../../base/errors.js";
import { adminServiceName } from "./admin-service.js";
import { serviceName } from "./service.js";

/** Adds both versions of the reflection service. @throws FatalError when the file is unusable. */
export function addReflection(server: Server, file: string): void {
  // The library reads nothing of a definition but these descriptors.
  const definition = {
    api: { fileDescriptorProtos: splitDescriptorSet(readDescriptors(file), file) },
  } as unknown as PackageDefinition;
  // The set describes internal services too; only what this server serves is listed.
  const services = [serviceName, adminServiceName, "grpc.health.v1.Health"];
  new ReflectionService(definition, { services }).addToServer(server);
}

/**
 * The files of a FileDescriptorSet: its only field, number 1, repeated, length-delimited.
 *
 * @throws FatalError when the bytes are anything else.
 */
function splitDescriptorSet(bytes: Buffer, file: string): Buffer[] {
  const files: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const isFile = bytes[at] === 0x0a;
    at += 1;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined || shift > 28) throw notDescriptors(file);
      at += 1;
      length += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (!isFile || at + length > bytes.length) throw notDescriptors(file);
    files.push(bytes.subarray(at, at + length));
    at += length;
  }
  return files;
}

function notDescriptors(file: string): FatalError {
  return new FatalError(exitCode.bug, `${file} is no descriptor set; run "npm run build"`, {
    file,
  });
}

function readDescriptors(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const text = `${file} cannot be read; it is made by "npm run build" and belongs beside the program`;
    throw new FatalError(exitCode.bug, text, { file }, thrown);
  }
}

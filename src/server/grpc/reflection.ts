/**
 * Server reflection for clients in other languages. It is answered from a descriptor set made by
 * the build, because the descriptors that the loader derives name map entries in a way that other
 * implementations refuse. Used for nothing but reflection.
 */
import { readFileSync } from "node:fs";

import type { Server } from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";

import { FatalError, exitCode } from "../../base/errors.js";
import { serviceName } from "./service.js";

/** Adds both versions of the reflection service. @throws FatalError when the file is missing. */
export function addReflection(server: Server, file: string): void {
  const definition = loadFileDescriptorSetFromBuffer(readDescriptors(file), { keepCase: true });
  new ReflectionService(definition, { services: [serviceName] }).addToServer(server);
}

function readDescriptors(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    const text = `${file} cannot be read; it is made by "npm run build" and belongs beside the program`;
    throw new FatalError(exitCode.bug, text, { file }, thrown);
  }
}

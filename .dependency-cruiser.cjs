/**
 * Which folder may import which: an allow-list, so that a new arrow is a decision. Type imports
 * count. A folder may always import itself and base/.
 */

/** Node's built-in modules, all of them or some by name. */
const node = (names = "[a-z_/]+") => `^(node:)?(${names})$`;
const npm = (name) => `^node_modules/(@types/)?${name}/`;
const anyNpm = "^node_modules/";
const src = (path) => `^src/${path}`;

const grpc = npm("@grpc/grpc-js");
const wire = src("wire/");
const state = src("state/");
const port = src("controlplane/port\\.ts$");
const admin = src("controlplane/admin\\.ts$");
const raftTypes = src("raft/(types|limits)\\.ts$");

/** [from, ...to]: the whole architecture, floor by floor. */
const table = [
  [src("bootstrap\\.mjs$"), node()],
  [src("base/")],
  [src("config/"), npm("yaml"), node("fs|net|os|path|util")],
  [src("process/"), src("config/model\\.ts$"), npm("pino"), node()],
  [src("health-probe\\.ts$"), src("config/model\\.ts$"), wire, grpc, node()],
  [src("state/")],
  [src("raft/")],
  [src("allocation/"), state],
  [
    src("wire/"),
    grpc,
    npm("@grpc/proto-loader"),
    npm("protobufjs"),
    npm("long"),
    node("fs|path|url"),
  ],
  [src("storage/"), raftTypes, npm("classic-level"), node()],
  [src("transport/"), raftTypes, wire, grpc, node()],
  [port, state],
  [admin, port],
  [
    src("controlplane/raft/"),
    state,
    src("raft/"),
    src("storage/"),
    src("transport/"),
    port,
    admin,
    wire,
    node(),
  ],
  [src("controller/"), state, src("allocation/"), port, wire, grpc, node()],
  [
    src("server/"),
    state,
    src("allocation/"),
    port,
    admin,
    wire,
    grpc,
    npm("@grpc/(reflection|proto-loader)"),
    npm("grpc-health-check"),
    npm("fastify"),
    npm("prom-client"),
    node(),
  ],
  [src("devnode/"), wire, grpc, node()],
  [src("demo/"), wire, grpc, src("config/"), node()],
  [
    src("cli/"),
    src("storage/"),
    state,
    src("config/(process|values|model|limits)\\.ts$"),
    src("process/system-clock\\.ts$"),
    wire,
    grpc,
    node(),
  ],
  [src("(main|serve)\\.ts$"), src(""), node(), anyNpm],
  ["^test/", src(""), "^test/", node(), anyNpm],
];

/** Programs: whatever none of them reaches is dead. Workers are started by file name. */
const entries = [
  "^src/(main|serve)\\.ts$",
  "^src/(devnode|demo|cli)/main\\.ts$",
  "^src/.*worker\\.ts$",
  "^src/wire/gen/",
];

module.exports = {
  allowed: table.map(([from, ...to]) => ({
    from: { path: from },
    to: { path: [from, src("base/"), ...to] },
  })),
  allowedSeverity: "error",
  forbidden: [
    {
      name: "no-cycle",
      severity: "error",
      from: { pathNot: "^src/wire/gen/" },
      to: { circular: true },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "not-reachable-from-a-program",
      severity: "error",
      from: { path: entries },
      // The state's invariants are a test oracle: an entry that breaks one would break it again at
      // every start, on every member, so the daemon itself does not stop over them.
      to: {
        path: "^src/.*\\.ts$",
        pathNot: [...[entries].flat(), "^src/state/invariants\\.ts$"],
        reachable: false,
      },
    },
    {
      name: "no-test-in-product",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};

/**
 * Lint rules. Beyond typescript-eslint's strictest set: the size limits of the house style, and
 * for the pure folders a ban on everything that is not a function of its arguments.
 */
import tseslint from "typescript-eslint";

/** Folders whose code is synchronous and free of the outside; tsconfig.pure.json names them too. */
const pure = [
  "src/base/**/*.ts",
  "src/state/**/*.ts",
  "src/raft/**/*.ts",
  "src/allocation/**/*.ts",
  "src/controller/liveness.ts",
  "src/controller/shard-reconciler.ts",
];

const bannedEverywhere = [
  { selector: "ExportDefaultDeclaration", message: "Named exports only." },
  { selector: "ExportAllDeclaration", message: "No barrels: import from the file itself." },
  { selector: "TSEnumDeclaration", message: "Use a union of string literals." },
  { selector: "TSNonNullExpression", message: "Use assertDefined from base/assert.ts." },
  { selector: "Decorator", message: "No decorators." },
];

const bannedEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "Only src/config reads process.env.",
};

const bannedInPure = [
  { selector: ":function[async=true]", message: "Pure folders are synchronous." },
  { selector: "AwaitExpression", message: "Pure folders are synchronous." },
  { selector: "ForOfStatement[await=true]", message: "Pure folders are synchronous." },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "Take a Random from base/random.ts.",
  },
  { selector: "ImportExpression", message: "Pure folders import statically." },
];

const bannedGlobalsInPure = [
  "Promise",
  "Date",
  "Intl",
  "Buffer",
  "process",
  "console",
  "performance",
  "crypto",
  "TextEncoder",
  "TextDecoder",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "WeakRef",
  "FinalizationRegistry",
].map((name) => ({ name, message: "Pure folders are functions of their arguments." }));

const sizes = {
  "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
  "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }],
  "max-params": "off",
  "@typescript-eslint/max-params": ["error", { max: 4 }],
  complexity: ["error", 15],
  "max-depth": ["error", 4],
};

const house = {
  ...sizes,
  eqeqeq: "error",
  "no-console": "error",
  "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }],
  "no-restricted-syntax": ["error", ...bannedEverywhere, bannedEnvironment],
  "@typescript-eslint/consistent-type-imports": [
    "error",
    { fixStyle: "separate-type-imports", disallowTypeAnnotations: true },
  ],
  "@typescript-eslint/no-floating-promises": ["error", { ignoreVoid: false }],
  "@typescript-eslint/switch-exhaustiveness-check": [
    "error",
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
  "@typescript-eslint/explicit-function-return-type": ["error", { allowExpressions: true }],
  "@typescript-eslint/restrict-template-expressions": [
    "error",
    { allowNumber: true, allowBoolean: true },
  ],
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
};

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "coverage/", "src/wire/gen/", ".quidditch/"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["src/**/*.ts", "test/**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: house,
  },
  {
    files: ["src/config/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...bannedEverywhere] },
  },
  {
    files: pure,
    rules: {
      "no-restricted-syntax": ["error", ...bannedEverywhere, bannedEnvironment, ...bannedInPure],
      "no-restricted-globals": ["error", ...bannedGlobalsInPure],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": ["error", { max: 800, skipBlankLines: true, skipComments: true }],
      // A describe block is a table of contents, not a function to hold in one's head.
      "max-lines-per-function": "off",
    },
  },
  {
    files: [
      "src/demo/**/*.ts",
      "test/bench/**/*.ts",
      "test/damage/main.ts",
      "test/conformance/main.ts",
      "test/linearizability/main.ts",
      "test/chaos/main.ts",
    ],
    rules: { "no-console": "off" },
  },
);

/**
 * Lets Node run the project's .ts files as they are: Node strips the types itself, this maps the
 * `.js` suffix of our relative imports to the `.ts` file that stands there. For programs under
 * test/ that are not run by vitest: `node --import ./test/support/ts-imports.mjs FILE.ts`.
 */
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  resolve(specifier, context, next) {
    const relative = /^\.{1,2}\/.*\.js$/.test(specifier) || /^file:.*\.js$/.test(specifier);
    if (relative) {
      const source = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
      if (existsSync(source)) return next(source.href, context);
    }
    return next(specifier, context);
  },
});

/** One JSON document per command, whatever it shows, with names in the style of the API. */

/**
 * The text of a value. Names become snake_case; the loader's marks of which optional field is
 * there are left out; bytes become base64.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(shaped(value), undefined, 2);
}

function shaped(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(shaped);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => !name.startsWith("_"));
  return Object.fromEntries(fields.map(([name, one]) => [snakeCase(name), shaped(one)]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A quick 128-bit hash for tests: four FNV-1a lanes with different starts. Not for the product. */

/** See the file comment. */
export function textHash(text: string): bigint {
  let sum = 0n;
  for (const start of [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b]) {
    let hash = start;
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
    sum = (sum << 32n) | BigInt(hash >>> 0);
  }
  return sum;
}

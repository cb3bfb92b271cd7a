/** Fields as name and value in an array each, which is shorter to write. */
export function pairsOf(
  fields: readonly { readonly name: string; readonly value: string }[],
): readonly (readonly [name: string, value: string])[] {
  return fields.map(({ name, value }) => [name, value]);
}

export function builtinSchema(_group: string, _kind: string): object {
  return { type: "object" };
}

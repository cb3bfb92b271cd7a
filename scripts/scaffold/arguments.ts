/** What was read of the arguments of a scaffold: what `parseArgs` gives, or why it cannot be called so. */
export type ReadArguments<T> = { readonly read: T; readonly reason?: undefined } | { readonly reason: string };

/** Reads arguments as `parse` does, which is to throw at what it does not know; and takes no more than one name. */
export function readArguments<T extends { readonly positionals: readonly string[] }>(parse: () => T): ReadArguments<T> {
  try {
    const read = parse();
    const [, ...others] = read.positionals;
    return others.length === 0 ? { read } : { reason: `one name is enough: «${others.join(" ")}» is too much` };
  } catch (cause) {
    return { reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Lines of what comes next: each command or file, and what it is for, in two columns. What is said without more may be as long as it is. */
export function stepLines(steps: readonly (readonly [step: string, what?: string])[]): string {
  const width = Math.max(...steps.map(([step, what]) => (what === undefined ? 0 : step.length)));
  return steps.map(([step, what]) => `  ${what === undefined ? step : `${step.padEnd(width)}   ${what}`}`).join("\n");
}

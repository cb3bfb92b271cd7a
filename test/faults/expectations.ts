import type { Stage } from "./stage.ts";

/** A change of the other kind arrives within a second. */
export async function expectOthersGoOn(stage: Stage): Promise<void> {
  const name = await stage.create(undefined, {}, "secrets");
  stage.expect(await stage.waitFor(() => stage.cached("secrets").has(name), 1_000), "another kind heard nothing for 1 s");
}

/** What was cached stays readable while `body` runs. */
export async function expectReadable(stage: Stage, body: () => Promise<void>): Promise<void> {
  const before = stage.cached().size;
  await body();
  stage.expect(stage.cached().size === before, `of ${before} cached objects ${stage.cached().size} were readable meanwhile`);
}

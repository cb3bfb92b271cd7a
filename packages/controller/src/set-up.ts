import { groupKindText } from "@polykind/apimachinery";
import { type End, messageOf, PolykindError } from "@polykind/core";
import type { Reconciler } from "@polykind/plugin";
import { hooksOf } from "./hooks.ts";
import type { Parts } from "./parts.ts";

/** So long `setup` may take, in milliseconds. */
const SETUP_MS = 60_000;
/** One that takes longer is told of, in milliseconds. */
const LONG_MS = 10_000;
/** More workers than this are a slip: all of them are started at once. */
const MOST_WORKERS = 1000;

/**
 * Calls the plugin's `setup`.
 *
 * @returns its hooks. What it returns later than anybody waits for is told of the stop: see {@link Parts.ending}.
 * @throws PolykindError `PLUGIN_FAILED` when it throws, takes longer than a minute, or makes no reconciler, and when the plugin's `workers` is no number of workers.
 */
export async function setUp(parts: Parts): Promise<Reconciler> {
  const { options, ending } = parts;
  const { plugin, resource } = options;
  const fail = (why: string, cause?: unknown): PolykindError =>
    new PolykindError("PLUGIN_FAILED", `cannot set up ${plugin.name} for ${groupKindText(resource)}: ${why}`, { cause });
  const { workers } = plugin;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS))
    throw fail(`\`workers\` is ${String(workers)}; make it an integer from 1 to ${MOST_WORKERS}`);
  const context = { ...parts.contextFor({ signal: parts.ended.signal }), defer: (end: End) => ending.defer(end) };
  const outcome = await runSetup(parts, async () => {
    const made = await plugin.setup(context);
    await ending.take(made);
    return made;
  });
  switch (outcome.type) {
    case "returned": {
      const hooks = hooksOf(outcome.value);
      if (hooks.type === "none") throw fail(hooks.problem);
      return hooks.hooks;
    }
    case "threw":
      throw fail(messageOf(outcome.cause), outcome.cause);
    case "abandoned":
      throw fail(`setup did not end within ${SETUP_MS} ms`);
  }
}

async function runSetup<T>({ options, runs, ended }: Parts, hook: () => Promise<T>): Promise<Awaited<ReturnType<typeof runs.run<T>>>> {
  const { clock, log, plugin, resource } = options;
  const timer = clock.setTimer(LONG_MS, () =>
    log.warn("setup goes on for long", { plugin: plugin.name, kind: groupKindText(resource), forMs: LONG_MS, mostMs: SETUP_MS }),
  );
  const cancel = (): void => timer.cancel();
  // A stop waits for it by itself, tells of it, and leaves no timer.
  ended.signal.addEventListener("abort", cancel, { once: true });
  try {
    return await runs.run(hook, { timeoutMs: SETUP_MS, graceMs: 0 });
  } finally {
    cancel();
    ended.signal.removeEventListener("abort", cancel);
  }
}

import type { SlotTimer } from "../../packages/manager/src/kind/state.ts";
import { post, type Setting } from "./post.ts";
import type { Action, PluginName, World } from "./world.ts";

/** The timers that may fire now: the model knows no durations. */
export function timeMoves(setting: Setting, world: World): readonly Action[] {
  const { kind } = world;
  const slot = [...kind.waits].map(([timer, serial]): Action => {
    // A deletion is looked into again and again: once is enough to see where it leads.
    const isFair = timer !== "blocked" || !kind.isBlocked;
    return {
      text: WAITED[timer],
      move: { type: "wait", timer },
      isFair,
      take: () => post(setting, world, { type: "waited", timer, serial }),
    };
  });
  const cooled = [...kind.runs.values()].flatMap((run): readonly Action[] => {
    const resting = run.phase === "running" ? run.successor : run;
    if (resting === undefined || !("error" in resting)) return [];
    const plugin = run.target.plugin as PluginName; // There are no others.
    const { epoch } = resting;
    return [
      {
        text: `${plugin} has cooled down after epoch ${epoch}`,
        move: { type: "cool", plugin, epoch },
        isFair: true,
        take: () => post(setting, world, { type: "cooled", plugin, epoch }),
      },
    ];
  });
  return [...slot, ...cooled];
}

const WAITED: Readonly<Record<SlotTimer, string>> = {
  forgive: "a former life is forgiven",
  hold: "the kind has been held long enough",
  quiet: "it has been quiet for long enough",
  blocked: "the deletion takes long",
};

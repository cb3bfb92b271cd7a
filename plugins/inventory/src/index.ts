import { definePlugin, type KubeObject, type ObjectName, type PluginContext } from "@polykind/plugin";
import { summaryOf } from "./summary.ts";
import { type CountedCondition, Tally } from "./tally.ts";

/** Counts the objects of every kind in the cluster, and their conditions. It only reads. */
export default definePlugin({
  name: "inventory",
  engines: { polykind: "^1.0" },
  manages: { selector: {} },
  shared: true,
  workers: 1,

  setup(context) {
    const tally = new Tally();
    for (const object of context.objects.list()) tally.take(keyOf(object.metadata), conditionsOf(object));
    // Also where there is nothing: a kind without objects has 0 of them, it is not unknown.
    publish(tally, context);
    return {
      async reconcile(object, context) {
        if (tally.take(keyOf(object.metadata), conditionsOf(object))) publish(tally, context);
        return undefined;
      },
      forget(name, context) {
        if (tally.remove(keyOf(name))) publish(tally, context);
      },
    };
  },
});

function publish(tally: Tally, { metrics, note }: Pick<PluginContext, "metrics" | "note">): void {
  metrics.set("objects", tally.objects);
  for (const [type, counts] of tally.conditions) for (const [status, count] of counts) metrics.set("conditions", count, { type, status });
  note(summaryOf(tally));
}

function keyOf({ namespace = "", name }: ObjectName): string {
  return `${namespace}/${name}`;
}

/** Objects come from any CRD, and `status` may be anything: what does not look like a condition is none. */
function conditionsOf(object: KubeObject): readonly CountedCondition[] {
  const status = "status" in object ? object.status : undefined;
  const conditions: unknown = typeof status === "object" && status !== null && "conditions" in status ? status.conditions : undefined;
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

function isCondition(value: unknown): value is CountedCondition {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    typeof value.type === "string" &&
    "status" in value &&
    typeof value.status === "string"
  );
}

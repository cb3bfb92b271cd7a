import type { PluginMetrics } from "@polykind/plugin";
import type { MetricDefinition, SeriesGroup } from "@polykind/telemetry";

/**
 * The metrics of one plugin on one kind: names get the prefix `polykind_plugin_<plugin>_`, and the group has the labels `group` and `kind`.
 *
 * *Errors.* `TypeError` when one name is used as two types, or with other labels than at first.
 */
export function pluginMetrics(plugin: string, series: SeriesGroup): PluginMetrics {
  const definitions = new Map<string, MetricDefinition>();
  const define = (name: string, type: MetricDefinition["type"], labels: Readonly<Record<string, string>>): MetricDefinition => {
    const known = definitions.get(name);
    if (known !== undefined) return known;
    const fullName = `polykind_plugin_${plugin.replaceAll(/[^a-z0-9]/g, "_")}_${name}`;
    const definition: MetricDefinition = {
      name: fullName,
      help: `${name}, by the plugin ${plugin}`,
      type,
      labelNames: ["group", "kind", ...Object.keys(labels)],
    };
    definitions.set(name, definition);
    return definition;
  };
  return {
    set: (name, value, labels = {}) => series.set(define(name, "gauge", labels), value, labels),
    add: (name, by = 1, labels = {}) => series.add(define(name, "counter", labels), by, labels),
    clear: (name) => {
      const definition = definitions.get(name);
      if (definition !== undefined) series.clear(definition);
    },
  };
}

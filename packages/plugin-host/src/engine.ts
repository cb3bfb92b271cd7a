import { satisfies } from "semver";
import { refusal } from "./refusal.ts";

/**
 * Admits a plugin that may run on this host.
 *
 * A preview of the host counts as what it previews: `1.1.0-beta.1` is in `^1.0`.
 *
 * @throws PolykindError `PLUGIN_INCOMPATIBLE`, with both sides as facts.
 */
export function checkEngine(range: string, what: string, hostVersion: string): void {
  if (satisfies(hostVersion, range, { includePrerelease: true })) return;
  throw refusal(
    "PLUGIN_INCOMPATIBLE",
    what,
    `it runs on Polykind ${range}, and this is ${hostVersion}; take a version of the plugin that runs on ${hostVersion}, or another Polykind`,
    {
      facts: { asksFor: range, hostVersion },
    },
  );
}

import { isServed, type World } from "../model/world.ts";

/** One watch for each informer that is leased and served; one of a former life may be open on its URL as long as it stops. */
export function faultOfWatches(open: ReadonlyMap<string, number>, world: World): string | undefined {
  const { server } = world;
  const leased = [...world.held, ...world.caches.filter(({ isFull }) => isFull)];
  for (const version of ["v1", "v2"]) {
    const lives = new Set(leased.filter((each) => each.version === version).map(({ life }) => life));
    const isOpen = server.crd !== undefined && lives.has(server.crd.life) && isServed(server, { life: server.crd.life, version });
    const [least, most] = [Number(isOpen), lives.size];
    const found = open.get(version) ?? 0;
    if (found < least || found > most)
      return `I1: ${found} watches of ${version} are open instead of ${least}${most > least ? ` to ${most}` : ""}`;
  }
  return undefined;
}

/** Whether a plugin that only finalizes has nothing to finalize, and the model has not taken that in yet. */
export function isVacating({ held, server: { crd, own } }: World): boolean {
  return held.some(({ plugin, phase, life, isRetiring }) => phase === "up" && isRetiring && !(crd?.life === life && own.includes(plugin)));
}

/** The versions that those who ask for the kind now would be served: not those who belong to a life that is over. */
export function servedIn({ server, told }: World): readonly string[] {
  const { crd } = server;
  return crd !== undefined && crd.isEstablished && told?.life === crd.life ? crd.served.split(",") : [];
}

import type { CrdDescriptor, VersionDescriptor } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Binding, Verdict } from "../../packages/manager/src/kind/state.ts";
import type { Look, PluginName, Served } from "./world.ts";

/** What a start fails with in the model. */
export const FAILURE: PolykindError = new PolykindError("API_UNAVAILABLE", "cannot list");

/** Makes what the production code takes of what the model has, each once. */
export class Catalog {
  readonly #crds = new Map<number, CrdDescriptor>();
  readonly #verdicts = new Map<string, Verdict>();

  crdOf(look: Look): CrdDescriptor {
    const key = (look.life * 100 + look.at) * 8 + SERVED.indexOf(look.served) * 2 + Number(look.isTerminating);
    const known = this.#crds.get(key);
    if (known?.isEstablished === look.isEstablished && known.generation === look.generation) return known;
    const made = makeCrd(look);
    this.#crds.set(key, made);
    return made;
  }

  /** As the match of plugins to a CRD does it. */
  verdictOf(served: Served, { bound, digest }: { readonly bound: readonly PluginName[]; readonly digest: number }): Verdict {
    const key = `${served} ${bound.join()} ${digest}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const made = makeVerdict(served, bound, digest);
    this.#verdicts.set(key, made);
    return made;
  }
}

const SERVED: readonly Served[] = ["v1", "v2", "v1,v2"];

/** A life's uid. */
export function uidOf(life: number): string {
  return `u${life}`;
}

/** The life of a uid. */
export function lifeOf(uid: string): number {
  return Number(uid.slice(1));
}

function makeCrd(look: Look): CrdDescriptor {
  const { life, at, generation, isEstablished, isTerminating } = look;
  const versions = ["v2", "v1"].map((name) => makeVersion(name, look));
  return {
    name: "balls.x.example.com",
    uid: uidOf(life),
    resourceVersion: String(life * 100 + at),
    generation,
    labels: {},
    annotations: {},
    group: "x.example.com",
    names: { plural: "balls", kind: "Ball" },
    resourceScope: life % 2 === 1 ? "Namespaced" : "Cluster",
    versions,
    storedVersions: ["v1"],
    conversion: { strategy: "None", hash: "" },
    isEstablished,
    namesAccepted: { status: isEstablished ? "True" : "Unknown", reason: "", message: "" },
    isTerminating,
  };
}

function makeVersion(name: string, { served, generation }: Look): VersionDescriptor {
  return {
    name,
    isServed: served.split(",").includes(name),
    isStorage: name === "v1",
    isDeprecated: false,
    schemaHash: String(generation),
    bodyHash: "",
    hasStatus: false,
    hasScale: false,
    selectableFields: [],
  };
}

function makeVerdict(served: Served, bound: readonly PluginName[], digest: number): Verdict {
  if (bound.length === 0) return { type: "none" };
  const bindings = bound.flatMap((plugin): readonly Binding[] => {
    if (plugin === "q") return served === "v2" ? [] : [{ plugin, digest: "0", version: "v1" }];
    return [{ plugin, digest: String(digest), version: served === "v1" ? "v1" : "v2" }];
  });
  return bindings.length === 0 ? { type: "incompatible", message: "q has no version in common" } : { type: "bound", bindings };
}
